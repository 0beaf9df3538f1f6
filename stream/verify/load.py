"""Event files to the relation `event`: one row an event, duplicates removed."""

import gzip
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from stream.verify.computed import create
from stream.verify.record import COLUMNS, MalformedError, Reason, row

# Of so few events, planning a query well takes longer than running it as it stands.
FEW = 2_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """The events of some files, and what was in the files beside them."""

    database: duckdb.DuckDBPyConnection
    lines: int
    events: int
    duplicates: int
    rejected: dict[Reason, int]


def load(files: Sequence[Path], max_record_bytes: int = 1_048_576) -> Loaded:
    """Read JSONL event files, gzipped ones too, in any order into an in-memory database.

    Blank lines are passed over; a line that is no event is skipped and counted by its reason.
    Raises OSError when a file cannot be read.
    """
    database = duckdb.connect(":memory:")
    rejected: Counter[Reason] = Counter()
    accepted = create(database, "arrival", COLUMNS, _rows(files, max_record_bytes, rejected))
    database.execute(_DISTINCT)
    (events,) = database.execute("SELECT count(*) FROM event").fetchall()[0]
    if events < FEW:
        database.execute("PRAGMA disable_optimizer; SET threads = 1")
    return Loaded(database, accepted + rejected.total(), events, accepted - events, dict(rejected))


# An event is known by its type, its id and what it belongs to. Of the copies of it that differ the earliest counts, and
# of those of one time the one that says more: the greatest, field by field.
_FIELDS = (
    *("opened_by", "author", "NOT public", "status", "survey_id", "touchpoint", "channel", "priority"),
    *("coalesce(to_queue, queue)", "brand", "segment", "language", "instrument", "score", "scale_max", "commented"),
    *("amount", "signal", "customer_id", "agent_id"),
)
_DISTINCT = f"""
CREATE TABLE event AS
SELECT * FROM arrival
QUALIFY row_number() OVER (
    PARTITION BY type, event_id, entity ORDER BY us, {", ".join(f"{field} DESC NULLS LAST" for field in _FIELDS)}
) = 1;
DROP TABLE arrival;
"""  # noqa: S608 - only constants of this file go in


def _rows(files: Sequence[Path], max_bytes: int, rejected: Counter[Reason]) -> Iterator[tuple[Any, ...]]:
    for file in files:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
            for line in lines:
                content = line.strip(b" \t\r\n")
                if not content:
                    continue
                try:
                    yield row(content, max_bytes)
                except MalformedError as malformed:
                    rejected[malformed.reason] += 1
