"""Who was at work. Relation `act`."""

import duckdb

from stream.verify.families import tickets
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.section import Family, Row, Section
from stream.verify.windows import HOUR, duration_us

_ACT = """
CREATE OR REPLACE TABLE act AS
SELECT ticket.*, us, agent_id
FROM admitted JOIN ticket USING (ticket_id)
WHERE opened_us IS NOT NULL AND NOT retracted AND agent_id IS NOT NULL
AND (type = 'ticket.status' OR (type = 'ticket.responded' AND author = 'agent'))
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> None:
    """Make the relation: a row for each time that an agent did something on a ticket."""
    database.execute(_ACT)
    place(database, "act", Scope.TICKETS)


def agents(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of how many different agents did something, in windows of up to an hour; null if none was ever named."""
    windows = [name for name in options.response_windows if name not in ("today", "all") and duration_us(name) <= HOUR]
    ((named,),) = database.execute("SELECT count(*) FROM act").fetchall()
    measure = Measure("count(DISTINCT agent_id)", lambda values: {"n": values[0]}, (0 if named else None,))
    relation = Relation("placed_act", ("window",), [(window,) for window in windows])
    return [row for row in relation.rows(database, options.labels, measure) if row["window"] in windows]


# One agent may have worked for several workers' tickets, so their numbers are no sum.
FAMILY = Family(derive, after=(tickets.derive,), sections={"agents": Section(agents, ("window",), additive=False)})
