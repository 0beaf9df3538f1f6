"""Key drivers: what goes with low scores. The share of low answers where something is so, and where it is otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from stream.core.cells import Cell
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.rows import percent
from stream.core.standing import AGES_US
from stream.counting.add import Adds, By
from stream.model.surveys import Surveys
from stream.numbers import rows
from stream.numbers.cells import Counts
from stream.numbers.declare import Choice, Number, Row, Windowed
from stream.numbers.explained import Choices, Explained, FieldOf
from stream.numbers.metric import Gauge
from stream.numbers.reasons import SURVEY_UNANSWERED, UNSCALED, Reason, other_instrument, unscored

COUNTS = Counts("drivers", ("low", "other"), choices=2)
FACTORS = ("channel", "queue", "frt_band", "reopened", "transferred")
_BANDS = tuple(name for name, _, _ in AGES_US)
ASKED = frozenset({"nps", "csat"})


class Drivers(Windowed):
    """Answers about tickets of which something is so, and (rest) of which it is otherwise."""

    factor: str
    value: str
    n: int
    low: int
    low_share: float | None
    rest_n: int
    rest_low_share: float | None
    difference: float | None


def fold(s: Surveys, add: Adds) -> None:
    """Add each answer about a ticket, at its time: what is so of the ticket, and whether the score is low."""
    judged, low = s.low
    judged = judged & s.of_ticket & (s.to("nps") | s.to("csat"))
    known = {
        "channel": By(*s.names.values("channel", s.attributes["channel"])),
        "queue": By(*s.names.values("queue", s.attributes["queue"])),
        "frt_band": By(s.age_of_response, (*_BANDS, "none")),
        "reopened": By(s.ticket_reopened.astype(int), ("no", "yes")),
        "transferred": By(s.ticket_transferred.astype(int), ("no", "yes")),
    }
    for factor, value in known.items():
        add(COUNTS.measure("low", factor), s.answered, where=judged & low, by=value)
        add(COUNTS.measure("other", factor), s.answered, where=judged & ~low, by=value)


def beside_the_rest(view: View) -> Iterator[Row]:
    """Yield each value of each factor beside the other values of it."""
    for window, sums in view.shown(view.totals.surveys):
        counted = {keys: by_labels.get((), {}) for keys, by_labels in rows.found(_DRIVERS, sums, view.policy).items()}
        low_of, all_of = dict.fromkeys(FACTORS, 0), dict.fromkeys(FACTORS, 0)
        for (factor, _), counts in counted.items():
            low_of[factor] += counts.get("low", 0)
            all_of[factor] += sum(counts.values())
        for (factor, value), counts in counted.items():
            n, low = sum(counts.values()), counts.get("low", 0)
            rest_n, rest_low = all_of[factor] - n, low_of[factor] - low
            share, rest_share = percent(low, n), percent(rest_low, rest_n)
            yield {
                "window": window,
                "factor": factor,
                "value": value,
                "labels": {},
                "n": n,
                "low": low,
                "low_share": share,
                "rest_n": rest_n,
                "rest_low_share": rest_share,
                "difference": None if share is None or rest_share is None else share - rest_share,
            }


def _beside(choices: Choices, _policy: Policy) -> FieldOf:
    """Tell the answers of the chosen value from those of the others of its factor, which it is compared with."""

    def field(cell: Cell) -> str | None:
        place = COUNTS.place(cell[0])
        if place is None:
            return None
        factor, value = place.keys
        if factor != choices.get("factor", factor):
            return None
        return place.field if value == choices.get("value", value) else f"rest_{place.field}"

    return field


def _excess(row: Row) -> tuple[bool, float]:
    """Return by how many answers more are low than if it were as elsewhere: of few answers any share is chance."""
    difference = row["difference"]
    return (False, row["n"]) if difference is None else (True, difference * row["n"])


_DRIVERS = Number(
    name="drivers",
    order=280,
    version=1,
    page="key-drivers.md",
    definition="share of low scores where something is so of the ticket - share where it is otherwise, in percentage "
    "points",
    shape=Drivers,
    book="surveys",
    cells=COUNTS,
    fold=fold,
    choices=(Choice("factor", lambda _: FACTORS, free=True), Choice("value", free=True)),
    labelled=False,
    rows=beside_the_rest,
    explained=Explained(field_of=_beside, picks=_excess, longest=("low", "other", "rest_low")),
    why_not=(
        SURVEY_UNANSWERED,
        other_instrument(*ASKED),
        unscored(*ASKED),
        Reason("no_ticket", "no ticket with an opening is known that it is about", lambda s: not s.has_ticket),
        UNSCALED,
    ),
    metrics=(
        Gauge(
            "deskpulse_driver_answers",
            "NPS and CSAT answers about tickets in the window, low or other, by what is known of the ticket (factor, "
            "value).",
            labels=("group",),
        ),
    ),
)
NUMBERS = (_DRIVERS,)
