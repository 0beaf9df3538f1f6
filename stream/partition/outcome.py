"""What applying a batch of events did, for anyone who has to account for each of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from stream.partition.notices import Notice


@dataclass(slots=True)
class Outcome:
    """What a batch of events did.

    applied changed a state, duplicates changed nothing, late came for a pane that was already final (applied all the
    same, if the ticket is held), late_dropped were so late that their ticket may be forgotten. newest_us: the newest
    event time among them, None for none. dirty: changelog keys whose value changed. foreign: indices of events that
    were not applied because their ticket belongs to another partition. reused: indices of events whose id is known with
    other content. malformed: indices of notices that are none, and why. notices: what customers have to be told who
    belong to other partitions.
    """

    applied: int = 0
    duplicates: int = 0
    late: int = 0
    late_dropped: int = 0
    newest_us: int | None = None
    dirty: set[bytes] = field(default_factory=set)
    foreign: list[int] = field(default_factory=list)
    reused: list[int] = field(default_factory=list)
    malformed: list[tuple[int, str]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
