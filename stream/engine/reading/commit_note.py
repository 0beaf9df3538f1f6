"""What goes with a committed offset: the changelog that held the states then, and the record before the offset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from stream.engine.reading.last_record import LastRecord


class CommitNote(NamedTuple):
    """What the metadata of a committed offset says: the changelog that held the states then, its end, and the desk.

    last: the record before the offset; None where the offset was committed without reading up to it. bad: how many
    records of the changelog its owner has set aside. meaning: by which version of what the numbers mean the owner
    counts; 0 for one that did not say so.
    """

    log: str
    end: int
    desk: str
    last: LastRecord | None = None
    bad: int = 0
    meaning: int = 0

    def encode(self) -> str:
        """Return the metadata."""
        return orjson.dumps(self._asdict() | {"last": self.last and tuple(self.last)}).decode()

    @staticmethod
    def decode(metadata: str) -> CommitNote | None:
        """Read metadata; None for what was not written by `encode`, as by earlier versions or by Kafka's own tools."""
        try:
            fields = orjson.loads(metadata)
        except orjson.JSONDecodeError:
            return None
        match fields:
            case {"log": str(log), "end": int(end), "desk": str(desk)}:
                bad, meaning = (_count(fields, name) for name in ("bad", "meaning"))
                return CommitNote(log, end, desk, _last(fields), bad, meaning)
        return None


def is_news(old: CommitNote | None, metadata: str) -> bool:
    """Say whether metadata tells what the note that is committed does not: there is none, or another owner wrote it."""
    new = CommitNote.decode(metadata)
    return old is None or (new is not None and new[3:] != old[3:])


def _last(fields: Mapping[str, Any]) -> LastRecord | None:
    match fields.get("last"):
        case [int(offset), str(digest)]:
            return LastRecord(offset, digest)
    return None  # of an earlier version


def _count(fields: Mapping[str, Any], name: str) -> int:
    count = fields.get(name)
    return count if isinstance(count, int) else 0
