"""What customers answered: CSAT, effort, satisfaction over all instruments, and bad comments.

Relations `csat`, `ces`, `judged` and `bad_comment`.
"""

from typing import Any

import duckdb

from stream.verify.families import answers
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.section import Family, Row, Section

# A row of `judged` is there once for its touchpoint and once for all of them together.
_JUDGED = """
CREATE OR REPLACE TABLE judged AS
WITH known AS (SELECT * FROM answer WHERE instrument IN ('nps', 'csat', 'ces') AND satisfied IS NOT NULL)
SELECT * FROM known
UNION ALL
SELECT * REPLACE (CAST(NULL AS VARCHAR) AS touchpoint) FROM known
"""
_PARTS = {
    "csat": "SELECT * FROM answer WHERE instrument = 'csat'",
    "ces": "SELECT * FROM answer WHERE instrument = 'ces' AND score IS NOT NULL AND good IS NOT NULL",
    "bad_comment": "SELECT * FROM answer WHERE commented AND low",
}

_CSAT = """
count(*) FILTER (score IS NOT NULL AND good IS NOT NULL AND satisfied),
count(*) FILTER (score IS NOT NULL AND good IS NOT NULL AND NOT satisfied),
count(*) FILTER (score IS NULL),
count(*) FILTER (score IS NOT NULL AND good IS NULL)
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> None:
    """Make the relations from `answer`, each with its windows."""
    database.execute(_JUDGED)
    for name, query in _PARTS.items():
        database.execute(f"CREATE OR REPLACE TABLE {name} AS {query}")
    for name in ("judged", *_PARTS):
        place(database, name, Scope.ALL)


def csat(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of satisfied customers, percent."""

    def numbers(values: tuple[Any, ...]) -> Row:
        satisfied, other, unscored, unscaled = values
        n = satisfied + other
        percent = 100 * satisfied / n if n else None
        return {
            "n": n,
            "satisfied": satisfied,
            "other": other,
            "unscored": unscored,
            "unscaled": unscaled,
            "percent": percent,
        }

    relation = Relation("placed_csat", ("window",), [(window,) for window in options.windows])
    return relation.rows(database, options.labels, Measure(_CSAT, numbers, (0, 0, 0, 0)))


def ces(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of effort on each scale that the policy knows: mean score, and the share of little effort in percent."""

    def numbers(values: tuple[Any, ...]) -> Row:
        n, low_effort, total = values
        return {
            "n": n,
            "low_effort": low_effort,
            "other": n - low_effort,
            "score": total,
            "mean": total / n if n else None,
            "low_effort_share": 100 * low_effort / n if n else None,
        }

    totals = [(window, scale) for window in options.windows for scale in options.policy.ces_low_effort]
    relation = Relation("placed_ces", ("window", "scale"), totals)
    selected = "count(*), count(*) FILTER (satisfied), CAST(coalesce(sum(score), 0) AS BIGINT)"
    return relation.rows(database, options.labels, Measure(selected, numbers, (0, 0, 0)))


def satisfaction(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of answers that count as satisfied, percent; touchpoint is null for all touchpoints together."""

    def numbers(values: tuple[Any, ...]) -> Row:
        n, satisfied = values
        return {
            "n": n,
            "satisfied": satisfied,
            "other": n - satisfied,
            "ratio": 100 * satisfied / n if n else None,
        }

    relation = Relation("placed_judged", ("window", "touchpoint"), [(window, None) for window in options.windows])
    selected = "count(*), count(*) FILTER (satisfied)"
    return relation.rows(database, options.labels, Measure(selected, numbers, (0, 0)))


def bad_comments(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of low answers with a comment."""
    relation = Relation("placed_bad_comment", ("window",), [(window,) for window in options.windows])
    return relation.rows(database, options.labels, Measure("count(*)", lambda values: {"n": values[0]}, (0,)))


FAMILY = Family(
    derive,
    after=(answers.derive,),
    sections={
        "csat": Section(csat, ("window",), ("percent",)),
        "ces": Section(ces, ("window", "scale"), ("mean", "low_effort_share")),
        "satisfaction": Section(satisfaction, ("window", "touchpoint"), ("ratio",)),
        "bad_comments": Section(bad_comments, ("window",)),
    },
)
