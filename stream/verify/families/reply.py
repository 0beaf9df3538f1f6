"""How long customers waited for the next reply. Relation `next_reply`."""

import duckdb

from stream.verify.distribution import durations
from stream.verify.families import tickets
from stream.verify.groups import Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.section import DURATIONS, Family, Row, Section

# Every word of an agent, and every solving where that stops the wait, ends a stretch of the conversation; the
# customer's first message in a stretch is the one that waits, unless nobody has answered the ticket at all yet. At one
# time and event id a message comes before a status.
_NEXT_REPLY = """
CREATE OR REPLACE TABLE next_reply AS
WITH
turn AS (
    SELECT
        ticket_id, us, event_id, ticket.opened_by,
        CASE WHEN type = 'ticket.status' THEN 'solved' ELSE author END AS who
    FROM admitted JOIN ticket USING (ticket_id)
    WHERE us >= opened_us AND NOT retracted AND (
        (type = 'ticket.responded' AND public AND author IN ('agent', 'customer'))
        OR (type = 'ticket.status' AND status IN ('resolved', 'closed', 'abandoned') AND {solving_stops})
    )
),
stretch AS (
    SELECT
        *,
        count(*) FILTER (who <> 'customer') OVER before AS number,
        opened_by = 'agent' OR count(*) FILTER (who = 'agent') OVER before > 0 AS answered
    FROM turn
    WINDOW before AS (
        PARTITION BY ticket_id ORDER BY us, event_id, who = 'solved'
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),
reply AS (
    SELECT
        ticket_id,
        min(us) FILTER (who = 'customer' AND answered) AS asked_us,
        max(us) FILTER (who = 'agent') AS replied_us
    FROM stretch GROUP BY ticket_id, number
)
SELECT ticket.*, replied_us AS us, replied_us - asked_us AS duration_us
FROM reply JOIN ticket USING (ticket_id)
WHERE replied_us IS NOT NULL AND asked_us IS NOT NULL
"""


def derive(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> None:
    """Make the relation: a row for each reply, at its time."""
    database.execute(_NEXT_REPLY.format(solving_stops=options.policy.solving_stops))
    place(database, "next_reply", Scope.TICKETS)


def next_reply(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of the waits for replies, seconds."""
    relation = Relation("placed_next_reply", ("window",), [(window,) for window in options.response_windows])
    return relation.rows(database, options.labels, durations(options.le_seconds))


FAMILY = Family(derive, after=(tickets.derive,), sections={"next_reply": Section(next_reply, ("window",), DURATIONS)})
