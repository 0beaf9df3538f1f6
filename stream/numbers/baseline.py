"""This hour against the same hour of the weeks before, for inflow, first response time and backlog.

What it needs of the past is kept for the whole desk only, without labels: enough to say "unusual", and small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

from stream.core.cells import COUNT, Cell
from stream.core.history import CHANGE, INFLOW, RESPONSE, UNLABELLED, Week
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.windows import SECOND_US
from stream.counting.add import Adds
from stream.model.frame import Tickets
from stream.model.times import Mask
from stream.numbers.declare import Choice, Number, Row, Shape
from stream.numbers.explained import Explained
from stream.numbers.metric import Distribution, Gauge, Histogram
from stream.numbers.reasons import WHY_NO_FIRST_RESPONSE, OfTickets, Reason
from stream.numbers.tile import Figure, Tile

_CHANGE: Cell = (CHANGE, UNLABELLED, COUNT)


class Baseline(Shape):
    """A metric now and in the weeks before, null where nothing is known; n of these are known."""

    metric: str
    now: float | None
    weeks: list[float | None]
    n: int
    median: float | None
    low: float | None
    high: float | None
    unusual: str | None


def fold(t: Tickets, add: Adds) -> None:
    """Add each opening, what each ticket changes of the backlog and when, and its first response time."""
    add(INFLOW, t.opened)
    add(CHANGE, t.opened)
    add(CHANGE, t.reopened)
    add(CHANGE, t.resolved, times=-1)
    add(CHANGE, t.abandoned, times=-1)
    add.bucket(RESPONSE, t.responded, t.first_response)


class Usual(NamedTuple):
    """What the same hour of the weeks before was like: how many weeks are known, their median, least and most."""

    n: int
    median: float | None
    low: float | None
    high: float | None

    def judge(self, now: float | None) -> str | None:
        """Return `high`, `low` or `usual`; None where too little is known to say."""
        if now is None or self.low is None or self.high is None:
            return None
        return "high" if now > self.high else "low" if now < self.low else "usual"


def usual(weeks: Sequence[float | None]) -> Usual:
    """Return the band of the weeks that are known; at least two have to be."""
    known = [value for value in weeks if value is not None]
    if len(known) < 2:
        return Usual(len(known), None, None, None)
    return Usual(len(known), median(known), min(known), max(known))


def rows(view: View) -> Iterator[Row]:
    """Yield this hour beside the weeks before."""
    history, backlog = view.totals.history, _backlog(view)

    def median_seconds(week: Week) -> float | None:
        (median_us,) = view.policy.buckets.quantiles_us(week.responses, (0.5,))
        return None if median_us is None else median_us / SECOND_US

    metrics: dict[str, Callable[[Week], float | None]] = {
        "inflow": lambda week: week.inflow,
        "first_response_seconds": median_seconds,
        "backlog": lambda week: backlog - week.change_since,
    }
    this_hour, *weeks = history.weeks
    for metric, value in metrics.items():
        now = backlog if metric == "backlog" else value(this_hour)
        before = [value(week) if history.has(week) else None for week in weeks]
        band = usual(before)
        yield {
            "metric": metric,
            "labels": {},
            "now": now,
            "weeks": before,
            **band._asdict(),
            "unusual": band.judge(now),
        }


def _backlog(view: View) -> int:
    return sum(sum(queue.states.values()) for queue in view.totals.queues.values())


def _known(view: View) -> Iterator[tuple[str, Week]]:
    """Yield this hour and those before it of which is known what they were like, by how many weeks ago they were."""
    history = view.totals.history
    for ago, week in enumerate(history.weeks):
        if not ago or history.has(week):
            yield str(ago), week


def _tickets(view: View) -> dict[tuple[str, ...], float]:
    backlog, found = _backlog(view), dict[tuple[str, ...], float]()
    for ago, week in _known(view):
        found["inflow", ago] = week.inflow
        found["backlog", ago] = backlog if ago == "0" else backlog - week.change_since
    return found


def _responses(view: View) -> dict[tuple[str, ...], Distribution]:
    found: dict[tuple[str, ...], Distribution] = {}
    for ago, week in _known(view):
        if n := sum(week.responses.values()):
            cumulative = [count for _, count in view.policy.buckets.cumulative(week.responses)]
            found[(ago,)] = Distribution([*cumulative, n], None)
    return found


def _against_usual(row: Row, _policy: Policy) -> Figure:
    """This hour, the band of the weeks before as its interval, and of how many weeks that is."""
    unusual = row["unusual"]
    return Figure(
        row["now"],
        row["n"],
        row["low"],
        row["high"],
        parts={"usual": row["median"]},
        judged=None if unusual is None else "good" if unusual == "usual" else "warn",
    )


def _was_answered_or_need_not_be(of: OfTickets) -> Mask | bool:
    return of.choices["which"] != "first_response_seconds" or of.tickets.responded.known


NUMBERS = (
    Number(
        name="baseline",
        order=350,
        version=1,
        page="baseline.md",
        definition="inflow, first response time and backlog of the last hour, beside the same weekday and hour of the "
        "weeks before",
        shape=Baseline,
        present="past",
        labelled=False,
        choices=(Choice.of("which", "inflow", "first_response_seconds", "backlog", in_row="metric"),),
        fold=fold,
        rows=rows,
        explained=Explained(longest=("now_seconds",)),
        why_not=(
            Reason("other_hour", "it counts in none of the hours that are compared", _was_answered_or_need_not_be),
            *WHY_NO_FIRST_RESPONSE,
        ),
        metrics=(
            Gauge(
                "deskpulse_baseline_tickets",
                "Tickets opened in the last full hour (inflow) and open at its end, now for week 0 (backlog), by weeks "
                "ago.",
                labels=("metric", "week"),
                read=_tickets,
            ),
            Histogram(
                "deskpulse_baseline_first_response_seconds",
                "First response times in the same hour, in calendar seconds, by weeks ago.",
                labels=("week",),
                summed=False,
                read=_responses,
            ),
        ),
        tiles=(Tile("inflow_vs_usual", "per_hour", "neutral", _against_usual),),
    ),
)
