"""The course of a ticket: when it was done, and when it was opened again. Relations `turn` and `transition`."""

import duckdb

from stream.verify.families import tickets
from stream.verify.options import Options
from stream.verify.order import IN_ORDER
from stream.verify.section import Family

# A ticket begins open; each lifecycle change leaves it open or done, and where that differs from before it, it turns.
_TURN = f"""
CREATE OR REPLACE TABLE turn AS
WITH change AS (
    SELECT *, status IN ('resolved', 'closed', 'abandoned') AS done
    FROM lifecycle_change WHERE status IN ('pending', 'resolved', 'reopened', 'closed', 'abandoned')
)
SELECT * FROM change
QUALIFY done <> coalesce(lag(done) OVER (PARTITION BY ticket_id ORDER BY {IN_ORDER}), false)
"""  # noqa: S608 - only constants of this package go in

# A transition is not earlier than the opening. `place` counts those of a ticket from 1. Of retracted tickets there are
# none: while it is spam nothing counts, and what became of it before counts again if it comes back.
_TRANSITION = """
CREATE OR REPLACE TABLE transition AS
SELECT
    ticket.*, greatest(us, opened_us) AS us,
    CASE WHEN done THEN status ELSE 'reopened' END AS kind,
    row_number() OVER (PARTITION BY ticket_id ORDER BY turn.us, at_once, event_id) AS place
FROM turn JOIN ticket USING (ticket_id)
WHERE opened_us IS NOT NULL AND NOT retracted
"""

# When a ticket was resolved for the first time.
_RESOLVED = """
CREATE OR REPLACE TABLE first_resolved AS
SELECT * FROM transition WHERE kind IN ('resolved', 'closed')
QUALIFY row_number() OVER (PARTITION BY ticket_id ORDER BY place) = 1
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> None:
    """Make the relations from `lifecycle_change` and `ticket`; a transition has the ticket's columns too."""
    database.execute(_TURN)
    database.execute(_TRANSITION)
    database.execute(_RESOLVED)


FAMILY = Family(derive, after=(tickets.derive,))
