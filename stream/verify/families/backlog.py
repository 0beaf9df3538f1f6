"""Open tickets by state and by age. Relation `backlog`."""

from typing import Any

import duckdb

from stream.verify.families import response
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
STATES = ("unanswered", "answered", "pending")

# A ticket is pending until the customer writes again, in public or not. `waiting` are those that await a first
# response; an agent's own ticket, where those are left out, awaits none.
_BACKLOG = """
CREATE OR REPLACE TABLE backlog AS
WITH
spoken AS (
    SELECT DISTINCT ticket_id FROM admitted JOIN ticket USING (ticket_id)
    WHERE type = 'ticket.responded' AND author = 'customer' AND (us, event_id) > (lifecycle_us, lifecycle_event)
)
SELECT
    *, {now_us} - opened_us AS age_us,
    CASE
        WHEN lifecycle = 'pending' AND ticket_id NOT IN (FROM spoken) THEN 'pending'
        WHEN ticket_id IN (SELECT ticket_id FROM waiting) THEN 'unanswered'
        ELSE 'answered'
    END AS state
FROM ticket
WHERE opened_us IS NOT NULL AND lifecycle IN ('open', 'pending', 'reopened')
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, now_us: int) -> None:
    """Make the relation from `ticket` and `waiting`."""
    database.execute(_BACKLOG.format(now_us=now_us))


def backlog(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of open tickets."""
    longer = [duration_us(text) for text in options.longer_than]
    lower = list(AGES.values())
    selected = ["count(*)", *(f"count(*) FILTER (state = '{state}')" for state in STATES)]
    for start, end in zip(lower, [*lower[1:], None], strict=True):
        bounds = [f"age_us >= {start}" if start else "", f"age_us < {end}" if end else ""]
        selected.append(f"count(*) FILTER ({' AND '.join(filter(None, bounds))})")
    selected.extend(f"count(*) FILTER (age_us > {than})" for than in longer)

    def numbers(values: tuple[Any, ...]) -> Row:
        states, ages, over = values[1:4], values[4 : 4 + len(AGES)], values[4 + len(AGES) :]
        return {
            "n": values[0],
            **dict(zip(STATES, states, strict=True)),
            "ages": dict(zip(AGES, ages, strict=True)),
            "longer_than": dict(zip(options.longer_than, over, strict=True)),
        }

    return Relation("backlog").rows(
        database, options.labels, Measure(", ".join(selected), numbers, (0,) * len(selected))
    )


FAMILY = Family(derive, after=(response.derive,), sections={"backlog": Section(backlog)})
