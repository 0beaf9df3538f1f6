"""Facts of a ticket: when it was opened, its attributes, its lifecycle. Relations `lifecycle_change` and `ticket`."""

import duckdb

from stream.verify.options import DIMENSIONS, Options
from stream.verify.order import IN_ORDER
from stream.verify.section import Family

# Statuses that move the lifecycle; transferred, escalated and updated leave it as it is.
_RETRACTING = "('merged', 'spam', 'deleted')"
_LIFECYCLE = "('pending', 'resolved', 'reopened', 'closed', 'abandoned', 'merged', 'spam', 'deleted')"

# Each attribute is its last writer's; what is absent writes nothing, what is empty takes the value away, and a transfer
# writes the queue that it goes to.
_ATTRIBUTES = ", ".join(
    "nullif(arg_max({written}, (us, event_id, {written})) FILTER ({written} IS NOT NULL), '') AS {name}".format(
        name=name, written="coalesce(to_queue, queue)" if name == "queue" else name
    )
    for name in (*DIMENSIONS, "customer_id")
)
# A dimension has a value even where nobody gave one. Targets and schedules go by those that somebody gave.
_DIMENSIONS = ", ".join(f"coalesce(attribute.{name}, 'unknown') AS {name}" for name in DIMENSIONS)
_GIVEN = ", ".join(f"attribute.{name} AS given_{name}" for name in ("channel", "priority", "queue"))

# What is done to a retracted ticket changes nothing, unless it takes it out once more or opens it again.
_LIFECYCLE_CHANGE = f"""
CREATE OR REPLACE TABLE lifecycle_change AS
WITH change AS (
    SELECT ticket_id, status, us, at_once, event_id, agent_id, last_value(
        CASE WHEN status IN {_RETRACTING} OR status = 'reopened' THEN status END IGNORE NULLS
    ) OVER (PARTITION BY ticket_id ORDER BY {IN_ORDER} ROWS UNBOUNDED PRECEDING) AS standing
    FROM admitted WHERE type = 'ticket.status' AND status IN {_LIFECYCLE}
)
SELECT ticket_id, status, us, at_once, event_id, agent_id FROM change
WHERE status IN {_RETRACTING} OR coalesce(standing, 'none') NOT IN {_RETRACTING}
"""  # noqa: S608 - only constants of this package go in

_TICKET = f"""
CREATE OR REPLACE TABLE ticket AS
WITH
held AS (SELECT DISTINCT ticket_id FROM admitted WHERE entity[1] = 't'),
opening AS (
    SELECT ticket_id, us AS opened_us, opened_by FROM admitted WHERE type = 'ticket.opened'
    QUALIFY row_number() OVER (PARTITION BY ticket_id ORDER BY us, event_id) = 1
),
attribute AS (
    SELECT ticket_id, {_ATTRIBUTES} FROM admitted WHERE type IN ('ticket.opened', 'ticket.status')
    GROUP BY ticket_id
),
lifecycle AS (
    SELECT ticket_id, status AS lifecycle, us AS lifecycle_us FROM lifecycle_change
    QUALIFY row_number() OVER (PARTITION BY ticket_id ORDER BY us DESC, at_once DESC, event_id DESC) = 1
)
SELECT
    held.ticket_id, opened_us, opened_by, {_DIMENSIONS}, {_GIVEN}, customer_id,
    coalesce(lifecycle, 'open') AS lifecycle, lifecycle_us,
    lifecycle IN {_RETRACTING} IS TRUE AS retracted
FROM held
LEFT JOIN opening USING (ticket_id)
LEFT JOIN attribute USING (ticket_id)
LEFT JOIN lifecycle USING (ticket_id)
"""  # noqa: S608 - only constants of this package go in

_COUNT = """
SELECT
    count(*),
    count(*) FILTER (opened_us IS NOT NULL AND NOT retracted),
    count(*) FILTER (opened_us IS NULL),
    count(*) FILTER (opened_us IS NOT NULL AND retracted)
FROM ticket
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> None:
    """Make the relations; of `ticket` one row for each ticket that any event names; customer_id null if it has none."""
    database.execute(_LIFECYCLE_CHANGE)
    database.execute(_TICKET)


def counts(database: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The tickets held, and how many of them count. A ticket without an opening counts as nothing else."""
    row = database.execute(_COUNT).fetchall()[0]
    return dict(zip(("held", "opened", "without_opening", "retracted"), row, strict=True))


FAMILY = Family(derive)
