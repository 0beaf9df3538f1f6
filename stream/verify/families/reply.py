"""How long customers waited for the next reply. Relation `next_reply`."""

import duckdb

from stream.verify.distribution import durations
from stream.verify.families import waits
from stream.verify.groups import Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.section import DURATIONS, Family, Row, Section

_NEXT_REPLY = """
CREATE OR REPLACE TABLE next_reply AS
SELECT *, ended_us AS us, ended_us - began_us AS duration_us FROM wait WHERE kind = 'reply' AND outcome = 'answered'
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> None:
    """Make the relation from `wait`: a row for each reply, at its time."""
    database.execute(_NEXT_REPLY)
    place(database, "next_reply", Scope.TICKETS)


def next_reply(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of the waits for replies, seconds."""
    relation = Relation("placed_next_reply", ("window",), [(window,) for window in options.response_windows])
    return relation.rows(database, options.labels, durations(options.le_seconds))


FAMILY = Family(derive, after=(waits.derive,), sections={"next_reply": Section(next_reply, ("window",), DURATIONS)})
