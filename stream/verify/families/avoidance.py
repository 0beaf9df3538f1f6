"""Resolutions after which the customer had no need to come back. Relation `ripe`."""

from typing import Any

import duckdb

from stream.verify.families import course
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.section import Family, Row, Section
from stream.verify.share import percent
from stream.verify.windows import DAY, HOUR

# A customer's contacts: the tickets that customers opened, and each time that one of anybody's was opened again. The
# first one after a resolution says for how long none was needed.
_RIPE = """
CREATE OR REPLACE TABLE ripe AS
WITH
contact_of_customer AS (
    SELECT customer_id, opened_us AS us FROM ticket
    WHERE opened_us IS NOT NULL AND NOT retracted AND customer_id IS NOT NULL AND opened_by = 'customer'
    UNION
    SELECT customer_id, us FROM transition WHERE kind = 'reopened' AND customer_id IS NOT NULL
),
followed AS (
    SELECT resolved.*, contact_of_customer.us AS back_us
    FROM (FROM first_resolved WHERE customer_id IS NOT NULL) AS resolved
    ASOF LEFT JOIN contact_of_customer
    ON resolved.customer_id = contact_of_customer.customer_id AND resolved.us < contact_of_customer.us
)
SELECT
    * EXCLUDE (us, back_us), days, us + days * {day} AS us,
    back_us IS NULL OR back_us > us + days * {day} AS avoided
FROM followed, (SELECT unnest({days}::BIGINT[]) AS days)
"""

# Who is not ripe yet is so in every window alike.
_WITH_IMMATURE = """
CREATE OR REPLACE TABLE placed_ripe_or_not AS
SELECT *, false AS immature FROM placed_ripe
UNION ALL BY NAME
SELECT ripe.*, name AS "window", true AS immature FROM ripe, period WHERE us >= {ahead_us} AND {scope}
"""
_COUNTS = """
count(*) FILTER (NOT immature),
count(*) FILTER (NOT immature AND avoided),
count(*) FILTER (immature)
"""


def derive(database: duckdb.DuckDBPyConnection, options: Options, now_us: int) -> None:
    """Make the relation: a resolution for each number of days, at the end of these days."""
    database.execute(_RIPE.format(day=DAY, days=list(options.policy.avoidance_days)))
    place(database, "ripe", Scope.BOUNDED)
    ahead_us = (now_us // HOUR + 1) * HOUR
    database.execute(_WITH_IMMATURE.format(ahead_us=ahead_us, scope=Scope.BOUNDED))


def contact_avoidance(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of resolutions without another contact for so many days; rate and matured share in percent."""

    def numbers(values: tuple[Any, ...]) -> Row:
        matured, avoided, immature = values
        return {
            "matured": matured,
            "avoided": avoided,
            "immature": immature,
            "rate": percent(avoided, matured),
            "matured_share": percent(matured, matured + immature),
        }

    windows = [window for window in options.windows if window != "all"]
    totals = [(window, days) for window in windows for days in options.policy.avoidance_days]
    relation = Relation("placed_ripe_or_not", ("window", "days"), totals)
    return relation.rows(database, options.labels, Measure(_COUNTS, numbers, (0, 0, 0)))


FAMILY = Family(
    derive,
    after=(course.derive,),
    sections={"contact_avoidance": Section(contact_avoidance, ("window", "days"), ("rate", "matured_share"))},
)
