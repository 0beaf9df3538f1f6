"""What a changelog is: which log, of which desk, and whether it holds everything that the committed offsets imply.

Each owner of a partition writes the record with its first write. The committed offsets of the sources name the log in
their metadata (`CommitNote`), so a changelog that was deleted, recreated or truncated does not go unnoticed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

import orjson

LOG_KEY = b"m:log"
# Of the offsets of one topic, up to which it has to be read until a rebuilt changelog is complete.
Targets = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """The record. worker, at_us: who wrote it and when, in microseconds since the Unix epoch.

    begin: the log's first offset when it was complete; a later first offset means that records were deleted. desk: what
    `Settings.desk` returns. rebuild: by source topic, up to which offset to read before the partition is complete;
    empty when it is. lost: why the log must not be used as it is; empty if it may. noted: whether committed offsets
    have carried notes, as not every broker keeps them.
    """

    id: str
    begin: int
    desk: Mapping[str, Any]
    worker: str
    at_us: int
    meaning: int = 1  # which earlier versions need; a changelog holds states, and these are counted anew
    rebuild: Targets = field(default_factory=dict)
    lost: str = ""
    noted: bool = False

    @staticmethod
    def new(begin: int, desk: Mapping[str, Any], worker: str, at_us: int) -> LogIdentity:
        """Return the identity of a log that has none yet."""
        return LogIdentity(uuid.uuid4().hex[:16], begin, desk, worker, at_us)

    def by(self, worker: str, at_us: int) -> LogIdentity:
        """Return the same log as its next owner writes it."""
        return replace(self, worker=worker, at_us=at_us)

    def encode(self) -> bytes:
        """Return the value of the record."""
        return orjson.dumps(self)

    @staticmethod
    def decode(value: bytes) -> LogIdentity:
        """Read a value that `encode` made; ValueError for anything else. Fields of later versions are left out."""
        fields = orjson.loads(value)
        if not isinstance(fields, dict):
            raise ValueError(f"the identity of a changelog is a JSON object, got {type(fields).__name__}")
        for name, kind in _KINDS.items():
            if not isinstance(fields.get(name), kind):
                raise ValueError(f"the identity of a changelog needs {name}, a {kind.__name__}")
        return LogIdentity(**{name: fields[name] for name in _KINDS})


_KINDS: dict[str, type] = {
    "id": str,
    "begin": int,
    "desk": dict,
    "worker": str,
    "at_us": int,
    "meaning": int,
    "rebuild": dict,
    "lost": str,
    "noted": bool,
}


def desk_digest(desk: Mapping[str, Any]) -> str:
    """Return what tells desks apart, short enough to go with every committed offset."""
    return blake2b(orjson.dumps(dict(desk), option=orjson.OPT_SORT_KEYS), digest_size=6).hexdigest()
