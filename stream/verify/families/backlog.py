"""Open tickets by state and by age. Relation `backlog`."""

from typing import Any

import duckdb

from stream.verify import bands
from stream.verify.families import waits
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.section import Family, Row, Section
from stream.verify.windows import DAY, HOUR, duration_us

# Lower bound of each age, inclusive; the upper is the next one's, exclusive.
AGES = {
    "<1h": None,
    "1-4h": HOUR,
    "4-8h": 4 * HOUR,
    "8-24h": 8 * HOUR,
    "1-3d": DAY,
    "3-7d": 3 * DAY,
    ">7d": 7 * DAY,
}
STATES = ("unanswered", "reply_waiting", "pending", "answered")

# Who waits for an answer does so whatever the status. A ticket is pending until the customer writes again, in public or
# not; what is said at the instant at which it becomes pending comes before that.
_BACKLOG = """
CREATE OR REPLACE TABLE backlog AS
WITH
spoken AS (
    SELECT DISTINCT ticket_id FROM admitted JOIN ticket USING (ticket_id)
    WHERE type = 'ticket.responded' AND author = 'customer' AND us > lifecycle_us
)
SELECT
    ticket.*, {now_us} - opened_us AS age_us,
    CASE
        WHEN kind = 'first' THEN 'unanswered'
        WHEN kind = 'reply' THEN 'reply_waiting'
        WHEN lifecycle = 'pending' AND ticket_id NOT IN (FROM spoken) THEN 'pending'
        ELSE 'answered'
    END AS state
FROM ticket LEFT JOIN (SELECT ticket_id, kind FROM waiting) AS waits USING (ticket_id)
WHERE opened_us IS NOT NULL AND lifecycle IN ('open', 'pending', 'reopened')
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, now_us: int) -> None:
    """Make the relation from `ticket` and `waiting`."""
    database.execute(_BACKLOG.format(now_us=now_us))


def backlog(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of open tickets."""
    longer = [duration_us(text) for text in options.longer_than]
    selected = [
        "count(*)",
        *(f"count(*) FILTER (state = '{state}')" for state in STATES),
        *bands.counts("age_us", AGES),
        *(f"count(*) FILTER (age_us > {than})" for than in longer),
    ]

    def numbers(values: tuple[Any, ...]) -> Row:
        ages_at = 1 + len(STATES)
        over_at = ages_at + len(AGES)
        states, ages, over = values[1:ages_at], values[ages_at:over_at], values[over_at:]
        return {
            "n": values[0],
            **dict(zip(STATES, states, strict=True)),
            "ages": dict(zip(AGES, ages, strict=True)),
            "longer_than": dict(zip(options.longer_than, over, strict=True)),
        }

    return Relation("backlog").rows(
        database, options.labels, Measure(", ".join(selected), numbers, (0,) * len(selected))
    )


FAMILY = Family(derive, after=(waits.derive,), sections={"backlog": Section(backlog)})
