"""How long it took until customers had heard from a person twice. Relation `second_response`."""

import duckdb

from stream.verify.distribution import durations
from stream.verify.families import tickets
from stream.verify.groups import Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.section import DURATIONS, Family, Row, Section

# Of every ticket that takes part, all public responses in the order of time, of which the second counts; two at one
# time are two. The clock starts at the opening; where responders answer after a handoff, at the last one that followed
# a bot's first public word and was no later than the first response.
_SECOND_RESPONSE = """
CREATE OR REPLACE TABLE second_response AS
WITH
said AS (
    SELECT
        ticket_id,
        list_sort(list(us) FILTER (author = 'agent' OR ({machines} AND author IN ('bot', 'system')))) AS heard,
        min(us) FILTER (author = 'bot') AS greeted_us
    FROM admitted JOIN ticket USING (ticket_id)
    WHERE type = 'ticket.responded' AND public AND us >= opened_us
    GROUP BY ticket_id
),
moved AS (
    SELECT ticket_id, list(us) AS handoffs FROM admitted
    WHERE type = 'ticket.status' AND status IN ('transferred', 'escalated')
    GROUP BY ticket_id
),
second AS (
    SELECT
        ticket.*, heard[2] AS us,
        coalesce(
            CASE WHEN {after_handoff} THEN
                list_max([handed FOR handed IN handoffs IF handed > greeted_us AND handed <= heard[1]])
            END,
            opened_us
        ) AS began_us
    FROM ticket JOIN said USING (ticket_id) LEFT JOIN moved USING (ticket_id)
    WHERE len(heard) > 1 AND NOT retracted AND (opened_by <> 'agent' OR {agent_opened})
)
SELECT * EXCLUDE (began_us), us - began_us AS duration_us FROM second
"""


def derive(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> None:
    """Make the relation: a row for each ticket with a second response, at its time."""
    database.execute(
        _SECOND_RESPONSE.format(
            machines=options.responder == "any",
            after_handoff=options.responder == "after_handoff",
            agent_opened=options.agent_opened == "next_public",
        )
    )
    place(database, "second_response", Scope.TICKETS)


def second_response(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of the times to second responses, seconds."""
    relation = Relation("placed_second_response", ("window",), [(window,) for window in options.response_windows])
    return relation.rows(database, options.labels, durations(options.le_seconds))


FAMILY = Family(
    derive,
    after=(tickets.derive,),
    sections={"second_response": Section(second_response, ("window",), DURATIONS)},
)
