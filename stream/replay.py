"""The same core over files, without a broker: read events, apply them, and look at the numbers at an instant."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from schemas.codec import decode
from schemas.events import Event
from schemas.rejected import Rejected
from stream.core.policy import Partitioner
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.report.document import report
from stream.settings import Settings

_CHUNK = 2_000
# A file is history: when it was written is not known, so nothing in it can be "in the future".
_FAR_FUTURE_US = 10**18


@dataclass(slots=True)
class RejectedLine:
    """A line that is no event: the file, the line's number from 1, and why."""

    file: Path
    line: int
    rejected: Rejected


@dataclass(slots=True)
class Replay:
    """What a replay came to: the snapshot, how many events were read, and the lines that are none."""

    snapshot: dict[str, Any]
    events: int = 0
    eventless: list[Path] = field(default_factory=list)
    """Files in which no line is an event."""
    rejected: list[RejectedLine] = field(default_factory=list)


def replay(
    files: Sequence[Path],
    settings: Settings,
    as_of_us: int | None = None,
    on_step: Callable[[str], None] = lambda _step: None,
) -> Replay:
    """Apply the events of JSONL files (.gz too) and return the snapshot at as_of_us, else at the newest event.

    Events after as_of_us have not happened yet and are left out. on_step is told how far it is. Raises OSError for a
    file that cannot be read.
    """
    policy = replace(settings.policy(), partitions=1, partitioner=Partitioner.TRUST)  # whatever the keys
    partition = Partition(0, Books(policy))
    result = Replay({})
    limits = settings.limits()
    for path in files:
        found = 0
        with _open(path) as lines:
            numbered = ((i, line.strip()) for i, line in enumerate(lines, 1))
            filled = ((i, line) for i, line in numbered if line)
            while chunk := list(islice(filled, _CHUNK)):
                events: list[Event] = []
                outcomes = decode([line for _, line in chunk], limits=limits, now_us=_FAR_FUTURE_US)
                for (i, _), outcome in zip(chunk, outcomes, strict=True):
                    if isinstance(outcome, Rejected):
                        result.rejected.append(RejectedLine(path, i, outcome))
                        continue
                    found += 1
                    if as_of_us is None or outcome.at_us <= as_of_us:
                        events.append(outcome)
                result.events += len(events)
                partition.apply("file", events, 0)
                on_step(f"replaying {path.name}: {result.events:,} events so far")
        if not found:
            result.eventless.append(path)
    on_step("adding up the replay")
    partition.advance(as_of_us if as_of_us is not None else partition.newest_us or 0)
    result.snapshot = report(partition.snapshot(), policy)
    return result


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")
