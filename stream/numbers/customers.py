"""Customers: who stays of those at the start of a window, and who is there at its end beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stream.core.rows import percent
from stream.counting.cohorts import Stays, Within
from stream.model.times import Mask
from stream.numbers.cells import Counts
from stream.numbers.declare import Fields, Here, Number, Windowed
from stream.numbers.metric import Gauge
from stream.numbers.reasons import Reason
from stream.numbers.tile import Tile, column

_PARTS = (
    *("start", "end", "lost", "new", "returned", "transient", "won_back_within"),
    *("left", "lapsed", "regained"),
)
COUNTS = Counts("customers", _PARTS)


class Customers(Windowed):
    """The customers at the start of a window and those at its end: who stayed, left, came, came back.

    end = start - lost + new + returned. acquired: new and returned. lost: at the start, and not at the end. left: at
    the start, and left at least once. lapsed: had left in the days before the start in which somebody may be won back,
    and were not back by then; regained: of these, customers at the end. churn is net_churn or gross_churn, as the
    policy says.
    """

    start: int
    end: int
    lost: int
    new: int
    returned: int
    acquired: int
    transient: int
    won_back_within: int
    left: int
    lapsed: int
    regained: int
    retention: float | None
    churn: float | None
    net_churn: float | None
    gross_churn: float | None
    win_back_rate: float | None


def parts(s: Stays) -> Sequence[Mask]:
    """Return who is in which part of a window."""
    start, end = s.at_start, s.at_end
    came = ~start & end
    return (
        start,
        end,
        start & ~end,
        came & ~s.had_left,
        came & s.had_left,
        ~start & ~end & s.turned,
        start & end & s.turned,
        start & s.turned,
        s.lapsed,
        s.lapsed & end,
    )


def row(n: Mapping[str, int], here: Here) -> Fields:
    """Return who was there, and what share of those at the start stayed and left.

    1000 at the start and 1200 at the end, 300 of them acquired, is a retention of 90 %; 400 of 2000 lost is a churn of
    20 %.
    """
    start = n["start"]
    net, gross = percent(n["lost"], start), percent(n["left"], start)
    return {
        **n,
        "acquired": n["new"] + n["returned"],
        "retention": percent(start - n["lost"], start),
        "churn": gross if here.policy.definitions.churn == "gross" else net,
        "net_churn": net,
        "gross_churn": gross,
        "win_back_rate": percent(n["regained"], n["lapsed"]),
    }


NUMBERS = (
    Number(
        name="customers",
        order=310,
        version=2,
        page="customers.md",
        definition="of the customers at the start of the window, those who are customers at its end x 100",
        shape=Customers,
        book="customers",
        cells=COUNTS,
        within=Within(tuple(map(COUNTS.measure, _PARTS)), parts),
        labelled=False,
        over_all=False,
        row=row,
        why_not=(Reason("not_then", "they were no customer at the start or the end of the window, or in between"),),
        metrics=(
            Gauge(
                "deskpulse_customer_cohort",
                "Customers at the start of the window and at its end, those of the start who are lost or left at least "
                "once, and the others by what they are; lapsed: who could be won back, regained: and was.",
                labels=("part",),
            ),
        ),
        tiles=(
            Tile("retention", "percent", "better", column("retention", "start")),
            Tile("churn", "percent", "worse", column("churn", "start")),
            Tile("win_back_rate", "percent", "better", column("win_back_rate", "lapsed")),
        ),
    ),
)
