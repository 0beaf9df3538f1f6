"""The numbers of surveys that can be explained."""

from __future__ import annotations

from stream.core.ledger import Cell
from stream.core.policy import Policy
from stream.core.rows import Row
from stream.core.windows import DAY_US
from stream.kpi import drivers, families, promoters, satisfaction
from stream.report.metric import UNNAMED, Choices, FieldOf, Metric

REST = "rest_"

_NPS = "% promoters (9, 10) - % detractors (0 to 6) of scored answers, -100 to 100"
_COVERAGE = "surveys answered / surveys sent x 100, of those whose time to be answered is over"


def _asked(_: Policy) -> dict[str, tuple[str, ...]]:
    return {"attribute_to": promoters.ATTRIBUTE_TO}


def _scales(policy: Policy) -> dict[str, tuple[str, ...]]:
    usual, scales = policy.definitions.ces_scale, policy.definitions.ces_low_effort
    ordered = sorted(scales, key=lambda scale: (scale != usual, scale))
    return {"scale": tuple(map(str, ordered))}


def _groups(instrument: str, choices: Choices) -> FieldOf:
    groups = (*promoters.GROUPS, promoters.UNSCORED)
    fields = {promoters.measure(choices["attribute_to"], group, instrument): group for group in groups}
    return lambda cell: fields.get(cell[0])


def _beside_the_rest(choices: Choices, _: Policy) -> FieldOf:
    """Tell the answers of the chosen value from those of the others of its factor, which it is compared with."""

    def field(cell: Cell) -> str | None:
        parsed = families.DRIVERS.parse(cell[0])
        if parsed is None:
            return None
        group, (factor, value) = parsed
        if factor != choices.get("factor", factor):
            return None
        return group if value == choices.get("value", value) else f"{REST}{group}"

    return field


def _of_the_least(choices: Choices, _: Policy) -> FieldOf:
    """Name what is of the blind spot; it is one because of all others."""

    def field(cell: Cell) -> str | None:
        parsed = families.COVERAGE_BY.parse(cell[0])
        if parsed is None:
            return None
        return parsed[0] if parsed[1] == (choices.get("by"), choices.get("value")) else UNNAMED

    return field


def _excess(row: Row) -> tuple[bool, float]:
    """Return by how many answers more are low than if it were as elsewhere: of few answers any share is chance."""
    difference = row["difference"]
    return (False, row["n"]) if difference is None else (True, difference * row["n"])


def _mature_us(policy: Policy) -> int:
    return (policy.definitions.mature_days + 1) * DAY_US


METRICS = (
    Metric(
        promoters.NPS,
        "surveys",
        "net-promoter-score.md",
        _NPS,
        _asked,
        fields=lambda choices, _: _groups(promoters.NPS, choices),
    ),
    Metric(
        promoters.ENPS,
        "surveys",
        "employee-score.md",
        _NPS,
        _asked,
        fields=lambda choices, _: _groups(promoters.ENPS, choices),
    ),
    Metric("csat", "surveys", "csat.md", "satisfied / answered x 100", counted=families.CSAT),
    Metric(
        "ces",
        "surveys",
        "customer-effort.md",
        "mean score on the survey's own scale, and the share of answers of low effort",
        _scales,
        counted=families.CES,
    ),
    Metric(
        "satisfaction",
        "surveys",
        "satisfaction-ratio.md",
        "answers that count as satisfied / answers that can be judged x 100, over all instruments and touchpoints",
        counted=families.SATISFACTION,
    ),
    Metric(
        "coverage",
        "surveys",
        "survey-coverage.md",
        _COVERAGE,
        counted=families.COVERAGE,
        lag_us=_mature_us,
    ),
    Metric(
        "coverage_by",
        "surveys",
        "survey-coverage.md",
        _COVERAGE,
        lambda _: {"by": satisfaction.COVERED_BY, "value": ()},
        picks=lambda row: row["sent"],
        counted=families.COVERAGE_BY,
        lag_us=_mature_us,
    ),
    Metric(
        "blind_spot",
        "surveys",
        "survey-coverage.md",
        "the channel or segment with the lowest coverage, of those with at least blind_spot_min_sent surveys sent",
        picks=lambda row: row["sent"],
        found=("by", "value"),
        counted=families.COVERAGE_BY,
        fields=_of_the_least,
        lag_us=_mature_us,
    ),
    Metric(
        "bad_comments",
        "surveys",
        "bad-comments.md",
        "answers with a low score and a comment",
        counted=families.BAD_COMMENTS,
    ),
    Metric(
        "drivers",
        "surveys",
        "key-drivers.md",
        "share of low scores where something is so of the ticket - share where it is otherwise, in percentage points",
        lambda _: {"factor": drivers.FACTORS, "value": ()},
        picks=_excess,
        counted=families.DRIVERS,
        fields=_beside_the_rest,
        longest=("low", "other", f"{REST}low"),
    ),
)
