"""First response times and the waits of tickets that have none. Relations `first_response` and `waiting`."""

from typing import Any

import duckdb

from stream.verify.distribution import Distribution, durations
from stream.verify.families import tickets
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.section import DURATIONS, Family, Row, Section

ATTRIBUTIONS = ("response", "opened")
# Who answers, by the setting `responder`.
AUTHORS = {
    "human": "('agent')",
    "any": "('agent', 'bot', 'system')",
    "after_handoff": "('agent')",
}

# The clock starts at the opening; under after_handoff at the last transfer or escalation between the first public
# word of a bot and the human answer, if there is one. What the system acknowledges is no talk with a bot.
_FIRST_RESPONSE = """
CREATE OR REPLACE TABLE first_response AS
WITH
counted AS (
    SELECT * FROM ticket
    WHERE opened_us IS NOT NULL AND NOT retracted AND (opened_by <> 'agent' OR {agent_opened})
),
public AS (
    SELECT ticket_id, us, author FROM admitted JOIN counted USING (ticket_id)
    WHERE type = 'ticket.responded' AND public AND us >= opened_us
),
answer AS (SELECT ticket_id, min(us) AS response_us FROM public WHERE author IN {authors} GROUP BY ticket_id),
bot AS (SELECT ticket_id, min(us) AS bot_us FROM public WHERE author = 'bot' GROUP BY ticket_id),
handoff AS (
    SELECT ticket_id, max(us) AS handoff_us
    FROM admitted JOIN answer USING (ticket_id) JOIN bot USING (ticket_id)
    WHERE type = 'ticket.status' AND status IN ('transferred', 'escalated') AND us > bot_us AND us <= response_us
    GROUP BY ticket_id
)
SELECT
    counted.*, response_us,
    response_us - CASE WHEN {after_handoff} THEN coalesce(handoff_us, opened_us) ELSE opened_us END AS duration_us
FROM counted LEFT JOIN answer USING (ticket_id) LEFT JOIN handoff USING (ticket_id)
"""

_PLACED = """
CREATE OR REPLACE TABLE placed_response AS
SELECT name AS "window", attribute_to, first_response.*
FROM first_response, period, (VALUES ('response'), ('opened')) AS attribution(attribute_to)
WHERE response_us IS NOT NULL AND for_tickets
AND (CASE attribute_to WHEN 'opened' THEN opened_us ELSE response_us END) BETWEEN start_us AND end_us - 1
"""

_WAITING = """
CREATE OR REPLACE TABLE waiting AS
SELECT * EXCLUDE (duration_us), greatest({now_us} - opened_us, 0) AS duration_us FROM first_response
WHERE response_us IS NULL AND lifecycle IN ('open', 'pending', 'reopened')
"""


def derive(database: duckdb.DuckDBPyConnection, options: Options, now_us: int) -> None:
    """Make the relations; `first_response` holds every ticket that takes part, answered or not."""
    database.execute(
        _FIRST_RESPONSE.format(
            agent_opened=options.agent_opened == "next_public",
            authors=AUTHORS[options.responder],
            after_handoff=options.responder == "after_handoff",
        )
    )
    database.execute(_PLACED)
    database.execute(_WAITING.format(now_us=now_us))


def first_response(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of first response times, seconds."""
    totals = [(window, to) for window in options.response_windows for to in ATTRIBUTIONS]
    relation = Relation("placed_response", ("window", "attribute_to"), totals)
    return relation.rows(database, options.labels, durations(options.le_seconds))


def open_wait(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of the waits so far, seconds."""
    waits = Distribution((50, 95), options.le_seconds)

    def numbers(values: tuple[Any, ...]) -> Row:
        return {
            "n": values[0],
            "mean_seconds": values[1] / values[0] / 1e6 if values[0] else None,
            "oldest_seconds": None if values[2] is None else values[2] / 1e6,
            **waits.quantiles(values),
            "le": waits.cumulative(values),
        }

    return Relation("waiting").rows(database, options.labels, Measure(waits.selected, numbers, waits.nothing))


FAMILY = Family(
    derive,
    after=(tickets.derive,),
    sections={
        "first_response": Section(first_response, ("window", "attribute_to"), DURATIONS),
        "open_wait": Section(open_wait, (), DURATIONS),
    },
)
