"""Which records of a partition are in hand, and up to where it is done with."""

from __future__ import annotations


class Window:
    """The records of one partition that one receiver does not have yet."""

    def __init__(self, position: int) -> None:
        """position: the offset that is read next."""
        self._next = position
        self._open: dict[int, tuple[float, int]] = {}
        self.committed = position
        """What the group has committed."""

    def __len__(self) -> int:
        """Return how many records are in hand."""
        return len(self._open)

    def begin(self, offset: int, since: float, size: int) -> None:
        """Take a record in hand; they come in the order of their offsets. since: its time. size: in bytes."""
        self._open[offset] = since, size
        self._next = offset + 1

    def finish(self, offset: int) -> None:
        """Be done with a record, in any order."""
        del self._open[offset]

    @property
    def position(self) -> int:
        """Return the offset before which everything is done with: what may be committed."""
        return next(iter(self._open), self._next)

    @property
    def oldest(self) -> float | None:
        """Return the time of the oldest record in hand, None if there is none."""
        return min((since for since, _ in self._open.values()), default=None)

    @property
    def size(self) -> int:
        """Return how many bytes are in hand."""
        return sum(size for _, size in self._open.values())
