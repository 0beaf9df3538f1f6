"""Rows that Python made, as a table: what SQL says badly, such as opening hours."""

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import duckdb

BATCH = 20_000


def insert(database: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: Iterable[Any]) -> int:
    """Append rows to a table of these columns and their SQL types, and say how many there were."""
    # A column goes over as one JSON text: DuckDB reads that three times as fast as a list of Python values.
    kinds = enumerate(columns.values(), 1)
    values = ", ".join(f"unnest(from_json(${place}, '[\"{kind}\"]'))" for place, kind in kinds)
    remaining, inserted = iter(rows), 0
    while batch := list(islice(remaining, BATCH)):
        texts = [json.dumps(column) for column in zip(*batch, strict=True)]
        database.execute(f"INSERT INTO {name} SELECT {values}", texts)
        inserted += len(batch)
    return inserted


def create(database: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str], rows: Iterable[Any]) -> int:
    """Make a table of these columns and their SQL types, in place of one there was, and say how many rows it has."""
    database.execute(f"CREATE OR REPLACE TABLE {name} ({', '.join(map(' '.join, columns.items()))})")
    return insert(database, name, columns, rows)
