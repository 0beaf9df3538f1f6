"""Event files to the relation `event`: one row an event, duplicates removed."""

import codecs
import gzip
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from stream.verify.computed import create
from stream.verify.instant import rfc3339
from stream.verify.record import COLUMNS, MalformedError, Reason, UntimedError, row

_US = tuple(COLUMNS).index("us")
# Of so few events, planning a query well takes longer than running it as it stands.
FEW = 2_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """The events of some files, and what was in the files beside them."""

    database: duckdb.DuckDBPyConnection
    lines: int
    events: int
    duplicates: int
    shared_ids: int
    """How many event ids are of several tickets (surveys, customers), each of which counts."""
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
    ((shared,),) = database.execute(_SHARED).fetchall()
    (events,) = database.execute("SELECT count(*) FROM event").fetchall()[0]
    if events < FEW:
        database.execute("PRAGMA disable_optimizer; SET threads = 1")
    return Loaded(database, accepted + rejected.total(), events, accepted - events, shared, dict(rejected))


# An event is known by its id and what it belongs to, whatever its type. Of the copies of it that differ the earliest
# counts; of those of one time the one whose type comes first here; of those of one type the one that says more: the
# greatest, field by field.
_TYPES = (
    *("survey.answered", "ticket.opened", "ticket.responded", "ticket.status", "survey.sent"),
    *("customer.acquired", "customer.lost", "customer.purchased", "customer.signal", "customer.refunded"),
)
_FIELDS = (
    *("opened_by", "author", "NOT public", "status", "survey_id", "touchpoint", "channel", "priority"),
    *("coalesce(to_queue, queue)", "brand", "segment", "language", "instrument", "score", "scale_max", "commented"),
    *("amount", "purchase_id", "signal", "customer_id", "agent_id"),
)
_DISTINCT = f"""
CREATE TABLE event AS
SELECT * FROM arrival
QUALIFY row_number() OVER (
    PARTITION BY event_id, entity
    ORDER BY us, list_position({list(_TYPES)}, type), {", ".join(f"{field} DESC NULLS LAST" for field in _FIELDS)}
) = 1;
DROP TABLE arrival;
"""  # noqa: S608 - only constants of this file go in


_SHARED = """
SELECT count(*) FROM (SELECT event_id FROM event GROUP BY event_id HAVING count(DISTINCT entity) > 1)
"""


def _rows(files: Sequence[Path], max_bytes: int, rejected: Counter[Reason]) -> Iterator[tuple[Any, ...]]:
    for file in files:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
            known: int | None = None
            waiting: list[bytes] = []
            for line in _lines(lines.read() if _is_utf_16(lines) else lines):
                content = line.strip(b" \t\r\n")
                if not content:
                    continue
                try:
                    found = row(content, max_bytes, None if known is None else rfc3339(known))
                except UntimedError:
                    waiting.append(content)
                    continue
                except MalformedError as malformed:
                    rejected[malformed.reason] += 1
                    continue
                known = found[_US]
                for earlier in waiting:  # of a file that begins with events that have no time
                    yield row(earlier, max_bytes, rfc3339(known))
                waiting.clear()
                yield found
            rejected.update([Reason.WRONG_FIELD] * len(waiting))


def _is_utf_16(lines: Any) -> bool:
    begins = lines.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    lines.seek(0)
    return begins


def _lines(content: Any) -> Iterator[bytes]:
    """The lines of a file, or of the bytes of one in UTF-16, without the mark of its encoding."""
    if isinstance(content, bytes):
        content = content.decode("utf-16", "surrogateescape").encode("utf-8", "surrogateescape").split(b"\n")
    for number, line in enumerate(content):
        yield line if number else line.removeprefix(codecs.BOM_UTF8)
