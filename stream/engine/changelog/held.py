"""A partition in memory, and what of it is on its changelog."""

from __future__ import annotations

from dataclasses import dataclass, field

from stream.engine.changelog.log_identity import LogIdentity
from stream.engine.changelog.replay import Replay
from stream.partition.partition import Partition


@dataclass(slots=True)
class Held:
    """A partition in memory: its state, how far its changelog is known, and what is not written yet.

    It outlives a rebalance in which the partition stays with this worker.
    """

    partition: Partition
    replay: Replay
    known: int | None = None
    """Offset of the last changelog record that is in the state; None before any."""
    dirty: set[bytes] = field(default_factory=set)
    """Keys whose newest state is not acknowledged by the changelog."""
    broken: bool = False
    """True when an eviction was cut short, so that memory and changelog disagree: recover anew."""
    unsaved: dict[bytes, int] = field(default_factory=dict)
    """Keys whose newest state is larger than the changelog topic takes, and how large in bytes."""
    identity: LogIdentity | None = None
    """What its changelog is, as this worker wrote it; None before that."""
    rebuild_since: float = 0.0
    """When reading the sources from their beginning began, in monotonic seconds."""

    @property
    def rebuilding(self) -> bool:
        """True until the sources were read again as far as they reached when the changelog was found lost."""
        return self.identity is not None and bool(self.identity.rebuild)
