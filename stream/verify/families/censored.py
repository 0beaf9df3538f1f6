"""First response times with the tickets that still wait, each with its wait so far. Relation `censored`."""

from typing import Any

import duckdb

from stream.verify.distribution import Distribution
from stream.verify.families import response
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.section import DURATIONS, Family, Row, Section

# Whatever the window: who waits now waits in all of them.
_CENSORED = """
CREATE OR REPLACE TABLE censored AS
SELECT * EXCLUDE (attribute_to), false AS waits FROM placed_response WHERE attribute_to = 'response'
UNION ALL BY NAME
SELECT waiting.*, name AS "window", true AS waits FROM waiting, period WHERE kind = 'first' AND for_tickets
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> None:
    """Make the relation from `placed_response` and `waiting`."""
    database.execute(_CENSORED)


def first_response_counting_waiting(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of quantiles, seconds, and of how many were answered and how many wait."""
    distribution = Distribution((50, 90, 95, 99))

    def numbers(values: tuple[Any, ...]) -> Row:
        n, waiting = values[0], values[-1]
        return {"n": n, "answered": n - waiting, "waiting": waiting, **distribution.quantiles(values)}

    selected = f"{distribution.selected}, count(*) FILTER (waits)"
    relation = Relation("censored", ("window",), [(window,) for window in options.response_windows])
    return relation.rows(database, options.labels, Measure(selected, numbers, (*distribution.nothing, 0)))


FAMILY = Family(
    derive,
    after=(response.derive,),
    sections={"first_response_counting_waiting": Section(first_response_counting_waiting, ("window",), DURATIONS)},
)
