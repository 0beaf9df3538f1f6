"""First response times. Relation `first_response`."""

import duckdb

from stream.verify.distribution import durations
from stream.verify.families import waits
from stream.verify.groups import Relation
from stream.verify.options import Options
from stream.verify.section import DURATIONS, Family, Row, Section

ATTRIBUTIONS = ("response", "opened")

# Of a ticket's waits for its first response at most one was answered.
_FIRST_RESPONSE = """
CREATE OR REPLACE TABLE first_response AS
WITH answered AS (
    SELECT ticket_id, began_us, ended_us FROM wait WHERE kind = 'first' AND outcome = 'answered'
)
SELECT
    ticket.*, ended_us AS response_us,
    ended_us - CASE WHEN {from_opening} THEN opened_us ELSE began_us END AS duration_us
FROM ticket LEFT JOIN answered USING (ticket_id)
WHERE opened_us IS NOT NULL AND NOT retracted AND (opened_by <> 'agent' OR {agent_opened})
"""

_PLACED = """
CREATE OR REPLACE TABLE placed_response AS
SELECT name AS "window", attribute_to, first_response.*
FROM first_response, period, (VALUES ('response'), ('opened')) AS attribution(attribute_to)
WHERE response_us IS NOT NULL AND for_tickets
AND (CASE attribute_to WHEN 'opened' THEN opened_us ELSE response_us END) BETWEEN start_us AND end_us - 1
"""


def derive(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> None:
    """Make the relation from `wait` and `ticket`: every ticket that takes part, answered or not."""
    database.execute(
        _FIRST_RESPONSE.format(
            agent_opened=options.agent_opened == "next_public",
            from_opening=options.policy.first_response_from == "opened",
        )
    )
    database.execute(_PLACED)


def first_response(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of first response times, seconds."""
    totals = [(window, to) for window in options.response_windows for to in ATTRIBUTIONS]
    relation = Relation("placed_response", ("window", "attribute_to"), totals)
    return relation.rows(database, options.labels, durations(options.le_seconds))


FAMILY = Family(
    derive,
    after=(waits.derive,),
    sections={"first_response": Section(first_response, ("window", "attribute_to"), DURATIONS)},
)
