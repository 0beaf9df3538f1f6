"""The whole desk as this worker knows it: its own partitions, and those of the other workers."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.policy import Policy
from stream.core.snapshot import Totals


@dataclass(frozen=True, slots=True)
class Source:
    """Where the numbers of one partition come from: the worker that counts it, and the instant they are as of."""

    partition: int
    worker: str
    as_of_us: int


@dataclass(frozen=True, slots=True)
class DeskSnapshot:
    """The numbers of all partitions that are known, and of which they are.

    totals: their sum, as of the oldest of them. policy: under which they were counted. sources: one for each
    partition, by its number. missing: partitions of the desk that nobody has told of for a while.
    """

    totals: Totals
    policy: Policy
    sources: tuple[Source, ...]
    missing: tuple[int, ...]
