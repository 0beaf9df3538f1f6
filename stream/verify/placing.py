"""Rows put into the windows that their time `us` lies in."""

from enum import StrEnum

import duckdb


class Scope(StrEnum):
    """Which windows a family of numbers has: those of tickets, all, or all but the one without bounds."""

    TICKETS = "for_tickets"
    ALL = "true"
    BOUNDED = "name <> 'all'"


def place(database: duckdb.DuckDBPyConnection, relation: str, scope: Scope) -> str:
    """Make `placed_` relation: each row once for each window it lies in, named by the column `window`."""
    placed = f"placed_{relation}"
    database.execute(
        f'CREATE OR REPLACE TABLE {placed} AS SELECT name AS "window", {relation}.* FROM {relation}, period '  # noqa: S608 - constants of this package
        f"WHERE {scope} AND us BETWEEN start_us AND end_us - 1"
    )
    return placed
