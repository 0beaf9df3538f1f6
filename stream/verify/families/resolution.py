"""How long tickets took to be resolved, for the first time and for good. Relation `resolution`."""

import duckdb

from stream.verify.distribution import durations
from stream.verify.families import course
from stream.verify.groups import Relation
from stream.verify.options import Options
from stream.verify.order import IN_ORDER
from stream.verify.placing import Scope, place
from stream.verify.section import DURATIONS, Family, Row, Section

WHICH = ("first", "last")

# A pause begins with a status that pauses, and ends with the next lifecycle change or word of the customer, public or
# not. A status that does not pause makes an empty row.
_PAUSE = f"""
CREATE OR REPLACE TABLE pause AS
WITH heard AS (
    SELECT
        ticket_id, us AS paused_us, status IN ({{pausing}}) IS TRUE AS pauses,
        lead(us) OVER (PARTITION BY ticket_id ORDER BY {IN_ORDER}) AS going_us
    FROM admitted
    WHERE (type = 'ticket.responded' AND author = 'customer') OR (type = 'ticket.status' AND status IN (
        'pending', 'resolved', 'reopened', 'closed', 'abandoned', 'merged', 'spam', 'deleted'
    ))
)
SELECT ticket_id, paused_us, coalesce(going_us, {{unbounded}}) AS going_us FROM heard WHERE pauses
"""  # noqa: S608 - only constants of this package go in

_RESOLUTION = """
CREATE OR REPLACE TABLE resolution AS
WITH
last_turn AS (
    SELECT * FROM transition QUALIFY row_number() OVER (PARTITION BY ticket_id ORDER BY place DESC) = 1
),
resolved AS (
    SELECT 'first' AS which, * FROM first_resolved
    UNION ALL
    SELECT 'last' AS which, * FROM last_turn WHERE kind IN ('resolved', 'closed')
),
paused AS (
    SELECT ticket_id, which, sum(greatest(least(going_us, us) - greatest(paused_us, opened_us), 0)) AS paused_us
    FROM resolved JOIN pause USING (ticket_id) GROUP BY ticket_id, which
)
SELECT resolved.*, (us - opened_us - coalesce(paused_us, 0))::BIGINT AS duration_us
FROM resolved LEFT JOIN paused USING (ticket_id, which)
"""


def derive(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> None:
    """Make the relation from `transition` and `first_resolved`."""
    pausing = ", ".join(f"'{status}'" for status in options.policy.pausing) or "NULL"
    database.execute(_PAUSE.format(pausing=pausing, unbounded=2**62))
    database.execute(_RESOLUTION)
    place(database, "resolution", Scope.TICKETS)


def resolution(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of resolution times, seconds."""
    totals = [(window, which) for window in options.response_windows for which in WHICH]
    relation = Relation("placed_resolution", ("window", "which"), totals)
    return relation.rows(database, options.labels, durations(options.le_seconds))


FAMILY = Family(
    derive, after=(course.derive,), sections={"resolution": Section(resolution, ("window", "which"), DURATIONS)}
)
