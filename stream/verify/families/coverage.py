"""How many surveys are answered, once they had the time to be. Relations `cohort`, `cohort_by` and `immature`."""

from typing import Any

import duckdb

from stream.verify.families import answers
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.policy import DAY
from stream.verify.section import Family, Row, Section
from stream.verify.windows import HOUR

BY = ("channel", "segment")

# A survey counts when its days are over, as answered if the first answer to it came by then.
_COHORT = """
CREATE OR REPLACE TABLE cohort AS
SELECT *, sent_us + {mature_us} AS us, coalesce(first_answer_us <= sent_us + {mature_us}, false) AS answered
FROM sending
"""
_COHORT_BY = """
CREATE OR REPLACE TABLE cohort_by AS
SELECT us, answered, "by", CASE "by" WHEN 'channel' THEN channel ELSE segment END AS value
FROM cohort, (VALUES {by}) AS way("by")
"""
# One whose days end in an hour that has not begun is immature, whatever the window.
_PLACED = """
CREATE OR REPLACE TABLE placed_cohort_too AS
SELECT *, true AS mature FROM placed_cohort
UNION ALL
SELECT name AS "window", cohort.*, false AS mature FROM cohort, period
WHERE us >= {ahead_us} AND {scope}
"""


def derive(database: duckdb.DuckDBPyConnection, options: Options, now_us: int) -> None:
    """Make the relations from `sending`."""
    database.execute(_COHORT.format(mature_us=options.policy.mature_days * DAY))
    database.execute(_COHORT_BY.format(by=", ".join(f"('{name}')" for name in BY)))
    for relation in ("cohort", "cohort_by"):
        place(database, relation, Scope.BOUNDED)
    database.execute(_PLACED.format(ahead_us=(now_us // HOUR + 1) * HOUR, scope=Scope.BOUNDED))


def _bounded(options: Options) -> list[str]:
    return [window for window in options.windows if window != "all"]


def _covered(sent: int, answered: int) -> Row:
    return {"sent": sent, "answered": answered, "coverage": 100 * answered / sent if sent else None}


def coverage(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of surveys sent and answered, percent."""

    def numbers(values: tuple[Any, ...]) -> Row:
        sent, answered, immature = values
        return _covered(sent, answered) | {"immature": immature}

    selected = "count(*) FILTER (mature), count(*) FILTER (mature AND answered), count(*) FILTER (NOT mature)"
    relation = Relation("placed_cohort_too", ("window",), [(window,) for window in _bounded(options)])
    return relation.rows(database, options.labels, Measure(selected, numbers, (0, 0, 0)))


def coverage_by(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> list[Row]:
    """Rows for each channel and each segment that surveys were sent to, percent."""
    relation = Relation("placed_cohort_by", ("window", "by", "value"), ())
    selected = "count(*), count(*) FILTER (answered)"
    return relation.rows(database, (), Measure(selected, lambda values: _covered(*values), (0, 0)))


def blind_spot(database: duckdb.DuckDBPyConnection, options: Options, now_us: int) -> list[Row]:
    """The channel or segment with the lowest coverage of each window, of those to which enough was sent."""
    lowest: dict[str, Row] = {}
    for row in coverage_by(database, options, now_us):
        if row["value"] == "unknown" or row["sent"] < options.policy.blind_spot_min_sent:
            continue
        known = lowest.get(row["window"])
        if known is None or _rank(row) < _rank(known):
            lowest[row["window"]] = row
    return [
        {name: row[name] for name in ("window", "by", "value", "labels", "sent", "coverage")} for row in lowest.values()
    ]


def _rank(row: Row) -> tuple[float, str, str]:
    return row["coverage"], row["by"], row["value"]


FAMILY = Family(
    derive,
    after=(answers.derive,),
    sections={
        "coverage": Section(coverage, ("window",), ("coverage",)),
        "coverage_by": Section(coverage_by, ("window", "by", "value"), ("coverage",)),
        "blind_spot": Section(blind_spot, ("window",), additive=False),
    },
)
