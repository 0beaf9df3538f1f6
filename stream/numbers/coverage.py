"""Survey coverage: of the surveys whose time to be answered is over, the share that was; and where that is least.

A survey counts on the day it is mature, so what is counted is never revised by time alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stream.core.cells import Cell
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.rows import percent
from stream.core.windows import DAY_US
from stream.counting.add import Adds, By
from stream.model.surveys import Surveys
from stream.numbers import rows
from stream.numbers.cells import Counts
from stream.numbers.declare import Choice, Fields, Here, Number, Row, Windowed
from stream.numbers.explained import UNNAMED, Choices, Explained, FieldOf
from stream.numbers.interval import wilson_percent
from stream.numbers.metric import Gauge
from stream.numbers.reasons import NOT_SENT, Reason
from stream.numbers.tile import Figure, Tile, of_some

COUNTS = Counts("coverage", ("sent", "answered"))
COUNTS_BY = Counts("coverage_by", ("sent", "answered"), choices=2)
COVERED_BY = ("channel", "segment")
"""What survey coverage is told by, to find the blind spot."""

_NOT_KNOWN = frozenset({"unknown"})


class Coverage(Windowed):
    """Surveys that are mature, and (immature) those whose time is not over."""

    sent: int
    answered: int
    immature: int
    coverage: float | None


class CoverageBy(Windowed):
    """Surveys of a channel or of a segment."""

    by: str
    value: str
    sent: int
    answered: int
    coverage: float | None


class BlindSpot(Windowed):
    """The channel or segment that answers least."""

    by: str
    value: str
    sent: int
    coverage: float | None


def fold(s: Surveys, add: Adds) -> None:
    """Add each survey that was sent on the day it is mature, and whether it was answered by then."""
    mature = s.mature
    add(COUNTS.measure("sent"), mature)
    add(COUNTS.measure("answered"), mature, where=s.first_answered <= mature)


def fold_by(s: Surveys, add: Adds) -> None:
    """Add the same by channel and by segment."""
    mature = s.mature
    for name in COVERED_BY:
        value = By(*s.names.values(name, s.attributes[name]))
        add(COUNTS_BY.measure("sent", name), mature, by=value)
        add(COUNTS_BY.measure("answered", name), mature, where=s.first_answered <= mature, by=value)


def row(n: Mapping[str, int], _here: Here) -> Fields:
    """Return the counts and the share that was answered."""
    return {**n, "coverage": percent(n["answered"], n["sent"])}


def blind_spot(view: View) -> Iterator[Row]:
    """Yield for each window the segment or channel that answers least, of those that were asked often enough."""
    least: dict[str, Row] = {}
    for each in rows.rows(_BY, view):
        if each["value"] in _NOT_KNOWN or each["sent"] < view.policy.definitions.blind_spot_min_sent:
            continue
        lowest = least.get(each["window"])
        if lowest is None or _blindness(each) < _blindness(lowest):
            least[each["window"]] = each
    for found in least.values():
        yield {name: value for name, value in found.items() if name != "answered"}


def _blindness(row: Row) -> tuple[float, str, str]:
    return row["coverage"], row["by"], row["value"]


def _share(row: Row, _policy: Policy) -> Figure:
    return of_some(row["coverage"], row["sent"], *wilson_percent(row["answered"], row["sent"]))


def _of_the_least(choices: Choices, _policy: Policy) -> FieldOf:
    """Name what is of the blind spot; it is one because of all others."""
    least = (choices.get("by"), choices.get("value"))

    def field(cell: Cell) -> str | None:
        place = COUNTS_BY.place(cell[0])
        return None if place is None else place.field if place.keys == least else UNNAMED

    return field


def _lag_us(policy: Policy) -> int:
    return (policy.definitions.mature_days + 1) * DAY_US


_WHY_NOT_BY = (
    NOT_SENT,
    Reason("other_value", "it belongs to another row of the section", lambda s: bool(s.choices)),
    Reason(
        "asked_too_seldom",
        "too few surveys were sent to its channel and to its segment to call either a blind spot",
    ),
)
_DEFINITION = "surveys answered / surveys sent x 100, of those whose time to be answered is over"

_BY = Number(
    name="coverage_by",
    order=261,
    version=1,
    page="survey-coverage.md",
    definition=_DEFINITION,
    shape=CoverageBy,
    book="surveys",
    cells=COUNTS_BY,
    fold=fold_by,
    choices=(Choice("by", lambda _: COVERED_BY, free=True), Choice("value", free=True)),
    labelled=False,
    over_all=False,
    row=row,
    explained=Explained(picks=lambda row: row["sent"], lag_us=_lag_us),
    why_not=_WHY_NOT_BY,
    metrics=(
        Gauge(
            "deskpulse_surveys_by",
            "Surveys as in deskpulse_surveys, by each channel and each segment (by, value).",
            labels=("outcome",),
        ),
    ),
)

NUMBERS = (
    Number(
        name="coverage",
        order=260,
        version=1,
        page="survey-coverage.md",
        definition=_DEFINITION,
        shape=Coverage,
        book="surveys",
        cells=COUNTS,
        fold=fold,
        over_all=False,
        ahead={"immature": "sent"},
        row=row,
        explained=Explained(lag_us=_lag_us),
        why_not=(NOT_SENT,),
        metrics=(
            Gauge(
                "deskpulse_surveys",
                "Surveys whose time to be answered was over in the window (sent), and those answered in that time.",
                labels=("outcome",),
            ),
            Gauge(
                "deskpulse_surveys_immature",
                "Surveys sent whose time to be answered is not over yet, now.",
                fields=("sent",),
                ahead=True,
            ),
        ),
        tiles=(Tile("survey_coverage", "percent", "better", _share),),
    ),
    _BY,
    Number(
        name="blind_spot",
        order=262,
        version=1,
        page="survey-coverage.md",
        definition="the channel or segment with the lowest coverage, of those with at least blind_spot_min_sent "
        "surveys sent",
        shape=BlindSpot,
        book="surveys",
        cells=COUNTS_BY,
        labelled=False,
        over_all=False,
        rows=blind_spot,
        explained=Explained(
            field_of=_of_the_least, picks=lambda row: row["sent"], found=("by", "value"), lag_us=_lag_us
        ),
        why_not=_WHY_NOT_BY,
        needs=("coverage_by",),
    ),
)
