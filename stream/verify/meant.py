"""What the names that a desk uses stand for. Relation `understood`: the events, with the meaning of each attribute."""

from collections.abc import Mapping

import duckdb

from stream.verify.options import DIMENSIONS
from stream.verify.shape import CHANNELS, PRIORITIES

_KNOWN = {"channel": CHANNELS, "priority": PRIORITIES}
# A priority that nobody knows is none: it takes away what was there before, as the attribute was changed.
_OTHERWISE = {"channel": "other", "priority": ""}

# What a transfer names is a queue too.
_COLUMNS = {**{name: name for name in DIMENSIONS}, "to_queue": "queue"}
_UNDERSTOOD = "CREATE OR REPLACE VIEW understood AS SELECT event.* REPLACE ({replaced}) FROM event {joins}"


def meant(database: duckdb.DuckDBPyConnection, values: Mapping[str, Mapping[str, str]]) -> None:
    """Make the relation; values: by attribute, names without their letter case and what each stands for."""
    database.execute("CREATE OR REPLACE TABLE meaning (attribute VARCHAR, said VARCHAR, meant VARCHAR)")
    for column, attribute in _COLUMNS.items():
        said = database.execute(f"SELECT DISTINCT {column} FROM event WHERE {column} <> ''").fetchall()  # noqa: S608
        rows = [(column, text, _meaning(attribute, text, values.get(attribute, {}))) for (text,) in said]
        if changed := [row for row in rows if row[1] != row[2]]:
            database.executemany("INSERT INTO meaning VALUES (?, ?, ?)", changed)
    replaced = ", ".join(f"coalesce(of_{column}.meant, event.{column}) AS {column}" for column in _COLUMNS)
    joins = " ".join(
        f"LEFT JOIN meaning of_{column} ON of_{column}.attribute = '{column}' AND of_{column}.said = event.{column}"
        for column in _COLUMNS
    )
    database.execute(_UNDERSTOOD.format(replaced=replaced, joins=joins))


def _meaning(attribute: str, text: str, named: Mapping[str, str]) -> str:
    word = text.strip().casefold()
    if word in named:
        return named[word]
    if attribute not in _KNOWN:
        return text
    return word if word in _KNOWN[attribute] else _OTHERWISE[attribute]
