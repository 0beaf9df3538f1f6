"""Things put down in any order and taken up sorted, in bounded memory: SQLite's temporary database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from types import TracebackType

_BATCH = 1_000
_CACHE_KIB = 16_384


class Spool:
    """Sorts by (key, time, order of putting). Up to 16 MiB stays in memory, the rest is in a temporary file.

    The file lies where SQLite puts temporary files (SQLITE_TMPDIR, TMPDIR, /var/tmp, /tmp) and is unlinked from the
    start, so that it is gone however the process ends.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in (f"cache_size=-{_CACHE_KIB}", "journal_mode=OFF", "synchronous=OFF", "temp_store=FILE"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE item (key TEXT, at INTEGER, body BLOB)")
        self._database.execute("BEGIN")
        self._waiting: list[tuple[str, int, bytes]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def put(self, key: str, at_us: int, body: bytes) -> None:
        """Put something down."""
        self._waiting.append((key, at_us, body))
        self._count += 1
        if len(self._waiting) >= _BATCH:
            self._write()

    def sorted(self) -> Iterator[tuple[str, int, bytes]]:
        """Take everything up in order."""
        self._write()
        yield from self._database.execute("SELECT key, at, body FROM item ORDER BY key, at, rowid")

    def _write(self) -> None:
        self._database.executemany("INSERT INTO item VALUES (?, ?, ?)", self._waiting)
        self._waiting.clear()
