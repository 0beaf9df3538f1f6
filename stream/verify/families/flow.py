"""What came in and what went out. Relation `flow`."""

from typing import Any

import duckdb

from stream.verify.families import course
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.section import Family, Row, Section
from stream.verify.share import percent

# Tickets out of every number are seen leaving, and nothing else of them.
_FLOW = """
CREATE OR REPLACE TABLE flow AS
SELECT *, opened_us AS us, 'opened' AS what FROM ticket WHERE opened_us IS NOT NULL AND NOT retracted
UNION ALL BY NAME
SELECT * EXCLUDE (kind, place), CASE kind WHEN 'closed' THEN 'resolved' ELSE kind END AS what FROM transition
UNION ALL BY NAME
SELECT *, greatest(lifecycle_us, opened_us) AS us, 'retracted' AS what FROM ticket
WHERE opened_us IS NOT NULL AND retracted
"""
_KINDS = ("opened", "reopened", "resolved", "abandoned", "retracted")
_COUNTS = ", ".join(f"count(*) FILTER (what = '{kind}')" for kind in _KINDS)

_CHANNELS = """
SELECT "window", channel, count(*), sum(count(*)) OVER (PARTITION BY "window")
FROM placed_flow WHERE what = 'opened' GROUP BY "window", channel ORDER BY "window", channel
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> None:
    """Make the relation from `ticket` and `transition`."""
    database.execute(_FLOW)
    place(database, "flow", Scope.TICKETS)


def flow(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of tickets opened, opened again and done with, and by how many the backlog grew."""
    relation = Relation("placed_flow", ("window",), [(window,) for window in options.response_windows])
    return relation.rows(database, options.labels, Measure(_COUNTS, _numbers, (0,) * len(_KINDS)))


def _numbers(values: tuple[Any, ...]) -> Row:
    opened, reopened, resolved, abandoned, _ = values
    return {**dict(zip(_KINDS, values, strict=True)), "change": opened + reopened - resolved - abandoned}


def preferred_channel(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of each channel's share of the tickets opened, percent; none where channels are not told apart."""
    if "channel" not in options.labels:
        return []
    return [
        {"window": window, "channel": channel, "labels": {}, "n": n, "of": int(of), "share": percent(n, of)}
        for window, channel, n, of in database.execute(_CHANNELS).fetchall()
    ]


def invariant(database: duckdb.DuckDBPyConnection) -> Row:
    """The backlog, and what the flow over all time says that it must be."""
    ((backlog,),) = database.execute("SELECT count(*) FROM backlog").fetchall()
    (counts,) = database.execute(f"SELECT {_COUNTS} FROM flow").fetchall()  # noqa: S608 - constants of this file
    change = _numbers(counts)["change"]
    return {"backlog": backlog, "flow": change, "error": backlog - change}


FAMILY = Family(
    derive,
    after=(course.derive,),
    sections={
        "flow": Section(flow, ("window",)),
        "preferred_channel": Section(preferred_channel, ("window", "channel"), ("of", "share")),
    },
)
