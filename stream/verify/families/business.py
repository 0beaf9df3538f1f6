"""First response times in opening hours. Relation `placed_business`."""

import duckdb

from stream.verify.computed import create
from stream.verify.distribution import durations
from stream.verify.families import response
from stream.verify.families.response import ATTRIBUTIONS
from stream.verify.groups import Relation
from stream.verify.options import Options
from stream.verify.section import DURATIONS, Family, Row, Section

_ANSWERED = """
SELECT ticket_id, given_queue, response_us - duration_us, response_us FROM first_response WHERE response_us IS NOT NULL
"""

_PLACED = """
CREATE OR REPLACE TABLE placed_business AS
SELECT placed_response.* EXCLUDE (duration_us), business.duration_us
FROM placed_response JOIN business USING (ticket_id)
"""


def derive(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> None:
    """Make the relation: `placed_response` with the time of the hours of the queue that a ticket has at present."""
    answered = database.execute(_ANSWERED).fetchall()
    durations_us = (
        (ticket, options.policy.schedule(queue).elapsed_us(start_us, response_us))
        for ticket, queue, start_us, response_us in answered
    )
    create(database, "business", {"ticket_id": "VARCHAR", "duration_us": "BIGINT"}, durations_us)
    database.execute(_PLACED)


def first_response_business(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of first response times, seconds of opening hours."""
    totals = [(window, to) for window in options.response_windows for to in ATTRIBUTIONS]
    relation = Relation("placed_business", ("window", "attribute_to"), totals)
    return relation.rows(database, options.labels, durations(options.le_seconds))


FAMILY = Family(
    derive,
    after=(response.derive,),
    sections={"first_response_business": Section(first_response_business, ("window", "attribute_to"), DURATIONS)},
)
