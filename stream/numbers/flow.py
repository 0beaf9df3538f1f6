"""Inflow and outflow: tickets opened, re-opened, resolved and abandoned, each at its time; preferred channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stream.core.cells import COUNT
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.rows import percent
from stream.counting.add import Adds
from stream.model.frame import Tickets
from stream.numbers.cells import Counts
from stream.numbers.declare import Choice, Fields, Here, Number, Row, Windowed
from stream.numbers.explained import Choices, Explained, FieldOf, N
from stream.numbers.metric import Gauge
from stream.numbers.reasons import Reason
from stream.numbers.tile import Figure, Read, Tile

COUNTS = Counts("flow", ("opened", "reopened", "resolved", "abandoned", "retracted"))
OPENED, REOPENED, RESOLVED, ABANDONED, RETRACTED = map(COUNTS.measure, COUNTS.fields)

# What each adds to the backlog. Tickets that were retracted are not among the opened; those that were given up leave
# the backlog like those that were resolved.
CHANGE = {OPENED: 1, REOPENED: 1, RESOLVED: -1, ABANDONED: -1}


class Flow(Windowed):
    """What came and went; change is what that did to the backlog."""

    opened: int
    reopened: int
    resolved: int
    abandoned: int
    retracted: int
    change: int


class PreferredChannel(Windowed):
    """Tickets opened in a channel, of all that were opened."""

    channel: str
    n: int
    of: int
    share: float | None


def fold(t: Tickets, add: Adds) -> None:
    """Add each opening, resolution, re-opening and so on at its time."""
    add(OPENED, t.opened)
    add(REOPENED, t.reopened)
    add(RESOLVED, t.resolved)
    add(ABANDONED, t.abandoned)
    add(RETRACTED, t.retracted)


def row(n: Mapping[str, int], _here: Here) -> Fields:
    """Return what came and went, and what is left of it."""
    return {**n, "change": n["opened"] + n["reopened"] - n["resolved"] - n["abandoned"]}


def preferred_channel(view: View) -> Iterator[Row]:
    """Yield the share of each channel; nothing if channel is no label, as nobody knows it then."""
    if "channel" not in view.policy.labels:
        return
    place = view.policy.labels.index("channel")
    for window, sums in view.shown(view.totals.tickets):
        opened: dict[str, int] = {}
        for labels, amounts in sums.of(OPENED).items():
            opened[labels[place]] = opened.get(labels[place], 0) + amounts.get(COUNT, 0)
        of = sum(opened.values())
        for channel, n in sorted(opened.items()):
            yield {"window": window, "channel": channel, "labels": {}, "n": n, "of": of, "share": percent(n, of)}


def _openings(choices: Choices, policy: Policy) -> FieldOf:
    """Tell the openings of the channel from those of others."""
    if "channel" not in policy.labels:
        return lambda _: None
    place, channel = policy.labels.index("channel"), choices.get("channel")
    return lambda cell: None if cell[0] != OPENED else N if cell[1][place] == channel else "others"


def _sum_of(*flows: str) -> Read:
    def read(row: Row, _policy: Policy) -> Figure:
        n = sum(row[flow] for flow in flows)
        return Figure(n, n, parts={flow: row[flow] for flow in flows})

    return read


def _change(row: Row, policy: Policy) -> Figure:
    return _sum_of("opened", "reopened", "resolved", "abandoned")(row, policy)._replace(value=row["change"])


NUMBERS = (
    Number(
        name="flow",
        order=160,
        version=1,
        page="inflow-and-outflow.md",
        definition="tickets opened, re-opened, resolved and abandoned in the window, each at its time",
        shape=Flow,
        book="tickets",
        cells=COUNTS,
        fold=fold,
        row=row,
        kept_for="the backlog is checked against it at every snapshot",
        metrics=(
            Gauge(
                "deskpulse_flow_tickets",
                "Tickets opened, reopened, resolved, abandoned or retracted (flow) in the window.",
                labels=("flow",),
                zeros="tickets",
            ),
        ),
        tiles=(
            Tile("inflow", "count", "neutral", _sum_of("opened", "reopened")),
            Tile("outflow", "count", "better", _sum_of("resolved", "abandoned")),
            Tile("in_out", "count", "worse", _change, kind="flow"),
        ),
    ),
    Number(
        name="preferred_channel",
        order=161,
        version=1,
        page="inflow-and-outflow.md",
        definition="each channel's share of the tickets opened in the window",
        shape=PreferredChannel,
        book="tickets",
        cells=COUNTS,
        choices=(Choice("channel", free=True),),
        rows=preferred_channel,
        explained=Explained(field_of=_openings, picks=lambda row: row["n"], longest=(N,)),
        why_not=(Reason("no_channel", "channel is no label here, so its channel is not known"),),
        needs=("flow",),
    ),
)
