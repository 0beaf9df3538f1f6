"""What tickets went through: transfers, escalations, contacts given up, one touch, re-openings."""

from typing import Any

import duckdb

from stream.verify.families import course, response
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.section import Family, Row, Section
from stream.verify.share import percent

# A contact is given up if the first that was waited for was; what came later does not undo it.
_HANDLED = """
CREATE OR REPLACE TABLE handled AS
WITH passed_on AS (
    SELECT
        ticket_id,
        count(*) FILTER (status = 'transferred') AS transfers,
        count(*) FILTER (status = 'escalated') AS escalations
    FROM admitted WHERE type = 'ticket.status' GROUP BY ticket_id
)
SELECT
    ticket.*, ticket.opened_us AS us,
    coalesce(transfers, 0) AS transfers, coalesce(escalations, 0) AS escalations,
    first_response.ticket_id IS NOT NULL AS offered,
    outcome IS NOT DISTINCT FROM 'abandoned' AS given_up
FROM ticket LEFT JOIN passed_on USING (ticket_id) LEFT JOIN first_response USING (ticket_id)
LEFT JOIN (FROM wait WHERE kind = 'first' AND place = 1) AS first_wait USING (ticket_id)
WHERE ticket.opened_us IS NOT NULL AND NOT ticket.retracted
"""
_HANDLING = {
    "opened": "count(*)",
    "transferred": "count(*) FILTER (transfers > 0)",
    "transfers": "coalesce(sum(transfers), 0)::BIGINT",
    "escalated": "count(*) FILTER (escalations > 0)",
    "offered": "count(*) FILTER (offered)",
    "given_up": "count(*) FILTER (given_up)",
}

# One touch is what an agent resolved with a single public word.
_SOLVED = """
CREATE OR REPLACE TABLE solved AS
WITH
touched AS (
    SELECT ticket_id, count(*) AS touches
    FROM admitted JOIN first_resolved USING (ticket_id)
    WHERE type = 'ticket.responded' AND author = 'agent' AND public
    AND admitted.us BETWEEN opened_us AND first_resolved.us
    GROUP BY ticket_id
),
back AS (SELECT DISTINCT ticket_id FROM transition WHERE kind = 'reopened')
SELECT
    first_resolved.*, touches IS NOT DISTINCT FROM 1 AS one_touch, ticket_id IN (FROM back) AS reopened
FROM first_resolved LEFT JOIN touched USING (ticket_id)
"""
_QUALITY = {
    "resolved": "count(*)",
    "one_touch": "count(*) FILTER (one_touch)",
    "reopened": "count(*) FILTER (reopened)",
}


def derive(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> None:
    """Make the relations `handled`, at the opening, and `solved`, at the first resolution."""
    for query, relation in ((_HANDLED, "handled"), (_SOLVED, "solved")):
        database.execute(query)
        place(database, relation, Scope.TICKETS)


def handling(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of what became of the tickets opened; rates in percent."""

    def numbers(values: tuple[Any, ...]) -> Row:
        opened, transferred, transfers, escalated, offered, given_up = values
        return {
            **dict(zip(_HANDLING, values, strict=True)),
            "transfer_rate": percent(transferred, opened),
            "transfers_per_ticket": transfers / opened if opened else None,
            "escalation_rate": percent(escalated, opened),
            "abandonment_rate": percent(given_up, offered),
        }

    return _rows("placed_handled", database, options, Measure(", ".join(_HANDLING.values()), numbers, (0,) * 6))


def quality(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of how the tickets resolved for the first time were resolved; rates in percent."""

    def numbers(values: tuple[Any, ...]) -> Row:
        resolved, one_touch, reopened = values
        return {
            **dict(zip(_QUALITY, values, strict=True)),
            "one_touch_rate": percent(one_touch, resolved),
            "reopen_rate": percent(reopened, resolved),
        }

    return _rows("placed_solved", database, options, Measure(", ".join(_QUALITY.values()), numbers, (0,) * 3))


def _rows(relation: str, database: duckdb.DuckDBPyConnection, options: Options, measure: Measure) -> list[Row]:
    totals = [(window,) for window in options.response_windows]
    return Relation(relation, ("window",), totals).rows(database, options.labels, measure)


FAMILY = Family(
    derive,
    after=(course.derive, response.derive),
    sections={
        "handling": Section(
            handling, ("window",), ("transfer_rate", "transfers_per_ticket", "escalation_rate", "abandonment_rate")
        ),
        "quality": Section(quality, ("window",), ("one_touch_rate", "reopen_rate")),
    },
)
