"""The same core over files, without a broker: read events, apply them, and look at the numbers at an instant."""

from __future__ import annotations

import codecs
import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from schemas.codec import Limits, decode
from schemas.events import Event
from schemas.rejected import Reason, Rejected
from stream.core.misunderstood import Misunderstood
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
    misunderstood: Misunderstood = field(default_factory=Misunderstood)


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
            numbered = ((i, line.strip()) for i, line in enumerate(without_mark(lines), 1))
            filled = ((i, line) for i, line in numbered if line)
            untimed = Untimed(limits)
            while chunk := list(islice(filled, _CHUNK)):
                events: list[Event] = []
                outcomes = decode([line for _, line in chunk], limits=limits, now_us=_FAR_FUTURE_US)
                for i, outcome in untimed.settle(chunk, outcomes):
                    if isinstance(outcome, Rejected):
                        result.rejected.append(RejectedLine(path, i, outcome))
                        continue
                    found += 1
                    if as_of_us is None or outcome.at_us <= as_of_us:
                        events.append(outcome)
                result.events += len(events)
                partition.apply("file", events, 0)
                result.misunderstood.look(events, policy.definitions.values)
                on_step(f"replaying {path.name}: {result.events:,} events so far")
            result.rejected += [RejectedLine(path, i, outcome) for i, outcome in untimed.left()]
        if not found:
            result.eventless.append(path)
    on_step("adding up the replay")
    partition.advance(as_of_us if as_of_us is not None else partition.newest_us or 0)
    result.snapshot = report(partition.snapshot(), policy)
    return result


class Untimed:
    """CloudEvents in a file that have no time, as their specification allows: theirs is that of the event before.

    Those before every event that has one take its time. A broker's record has a time of its own.
    """

    def __init__(self, limits: Limits) -> None:
        """Start at the beginning of a file."""
        self._limits = limits
        self._last_us: int | None = None
        self._waiting: list[tuple[int, bytes, Rejected]] = []

    def settle(
        self, lines: Sequence[tuple[int, bytes]], outcomes: Sequence[Event | Rejected]
    ) -> Iterator[tuple[int, Event | Rejected]]:
        """Yield what numbered lines come to, given what they come to alone."""
        for (number, line), outcome in zip(lines, outcomes, strict=True):
            if isinstance(outcome, Rejected):
                if outcome.reason is Reason.MISSING_FIELD and b"specversion" in line:
                    if self._last_us is None:
                        self._waiting.append((number, line, outcome))
                    else:
                        yield number, self._timed(line)
                    continue
            else:
                self._last_us = outcome.at_us
                yield from ((n, self._timed(waiting)) for n, waiting, _ in self._waiting)
                self._waiting.clear()
            yield number, outcome

    def left(self) -> Iterator[tuple[int, Rejected]]:
        """Yield the lines of a file that has no time at all."""
        yield from ((number, outcome) for number, _, outcome in self._waiting)

    def _timed(self, line: bytes) -> Event | Rejected:
        at_us = self._last_us
        assert at_us is not None  # else nothing is timed yet
        (outcome,) = decode([line], limits=self._limits, now_us=_FAR_FUTURE_US, written_us=lambda _: at_us)
        return outcome


def without_mark(lines: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file without the byte order mark that editors put before it, UTF-16 as UTF-8."""
    first = lines.readline()
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        lines.seek(0)
        text = io.TextIOWrapper(lines, "utf-16", errors="surrogateescape", newline="\n")
        try:
            yield from (line.encode("utf-8", "surrogateescape") for line in text)
        finally:
            text.detach()  # the file is closed by its owner alone
        return
    yield first.removeprefix(codecs.BOM_UTF8)
    yield from lines


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")
