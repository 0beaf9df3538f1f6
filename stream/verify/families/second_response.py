"""How long it took until customers had heard from a person twice. Relation `second_response`."""

import duckdb

from stream.verify.distribution import durations
from stream.verify.families import response
from stream.verify.families.waits import AUTHORS
from stream.verify.groups import Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.section import DURATIONS, Family, Row, Section

# Of every ticket with a first response, the next of its answers; of two at one time both are answers. An answer just
# before the opening counts at it. The clock is that of the first response.
_SECOND_RESPONSE = """
CREATE OR REPLACE TABLE second_response AS
WITH answer AS (
    SELECT
        ticket_id, greatest(admitted.us, opened_us) AS us,
        row_number() OVER (PARTITION BY ticket_id ORDER BY admitted.us, event_id) AS number
    FROM admitted JOIN first_response USING (ticket_id)
    WHERE type = 'ticket.responded' AND public AND author IN {authors}
    AND admitted.us >= opened_us - {early_us} AND greatest(admitted.us, opened_us) >= response_us
)
SELECT first_response.* EXCLUDE (duration_us), us, us - response_us + duration_us AS duration_us
FROM first_response JOIN answer USING (ticket_id)
WHERE number = 2
"""


def derive(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> None:
    """Make the relation: a row for each ticket with a second response, at its time."""
    database.execute(
        _SECOND_RESPONSE.format(authors=AUTHORS[options.responder], early_us=options.policy.early_answer_us)
    )
    place(database, "second_response", Scope.TICKETS)


def second_response(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of the times to second responses, seconds."""
    relation = Relation("placed_second_response", ("window",), [(window,) for window in options.response_windows])
    return relation.rows(database, options.labels, durations(options.le_seconds))


FAMILY = Family(
    derive,
    after=(response.derive,),
    sections={"second_response": Section(second_response, ("window",), DURATIONS)},
)
