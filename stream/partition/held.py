"""States of one partition by changelog key, tickets or customers, and which of them are still to be counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, Protocol, TypeVar

from stream.counting.places import Places


class _Placed(Protocol):
    """A state; place: where it stands in columns, -1 if it was not counted yet."""

    place: int


S = TypeVar("S", bound=_Placed)
K = TypeVar("K")
"""What a state is counted by."""


@dataclass(slots=True)
class Many(Generic[S, K]):
    """States counted in one go, as columns: where each is, and what it is counted by, as it is and as it was."""

    partitions: list[int] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    states: list[S] = field(default_factory=list)
    new: list[K] = field(default_factory=list)
    old: list[K] = field(default_factory=list)
    final_until_us: list[int] = field(default_factory=list)
    """Before which instant what each added was final; -1 where what changes is no correction."""

    def add(  # noqa: PLR0917  # columns of one table
        self,
        number: int,
        keys: Sequence[bytes],
        states: Sequence[S],
        new: Iterable[K],
        old: Iterable[K],
        final_until_us: int = -1,
    ) -> None:
        """Add states of a partition."""
        self.partitions += [number] * len(keys)
        self.keys += keys
        self.places += [state.place for state in states]
        self.states += states
        self.new += new
        self.old += old
        self.final_until_us += [final_until_us] * len(keys)


class Held(ABC, Generic[S, K]):
    """The states of one partition."""

    def __init__(self, nothing: K) -> None:
        """Start with none; nothing: what is counted by which nothing is."""
        self.states: dict[bytes, S] = {}
        self.was: dict[bytes, K] = {}
        """What those were counted by that changed since."""
        self.loading = False
        """True while states are read back, which are counted when all of them are there."""
        self.final_until_us = -1
        """The instant before which panes are final; -1 if that is not known."""
        self.changes = 0
        """Grows with every change of a state."""
        self._nothing = nothing

    @abstractmethod
    def kept(self, state: S) -> K:
        """Return what a state is counted by."""

    def settling(self, number: int, batch: Many[S, K], places: Places, most: int) -> None:
        """Move up to so many that are to be counted into a batch."""
        if len(self.was) <= most:
            changed, self.was = self.was, {}
        else:
            changed = {key: self.was.pop(key) for key in list(islice(self.was, most))}
        states = [self.states[key] for key in changed]
        for key, state in zip(changed, states, strict=True):
            if state.place < 0:
                state.place = places.take(number, key)
        final_until_us = -1 if self.loading else self.final_until_us
        batch.add(number, [*changed], states, map(self.kept, states), changed.values(), final_until_us)

    def recounting(self, number: int, some: Sequence[tuple[bytes, S]]) -> Many[S, K]:
        """Return of these states the ones that were counted, to be counted by the same under another policy."""
        batch: Many[S, K] = Many()
        keys, states = [], []
        for key, state in some:
            if state.place >= 0:
                keys.append(key)
                states.append(state)
        as_counted = [self._as_counted(state, self.was.get(key)) for key, state in zip(keys, states, strict=True)]
        batch.add(number, keys, states, as_counted, [self._nothing] * len(keys))
        return batch

    def pop(self, number: int, keys: Iterable[bytes]) -> Many[S, K]:
        """Forget states, some of which may not be held; returns those that were counted, to be counted no more."""
        batch: Many[S, K] = Many()
        for key in keys:
            state = self.states.pop(key, None)
            if state is None:
                continue
            self.changes += 1
            was = self.was.pop(key, None)
            if state.place >= 0:
                batch.add(number, [key], [state], [self._nothing], [self._as_counted(state, was)])
        return batch

    def _as_counted(self, state: S, was: K | None) -> K:
        return self.kept(state) if was is None else was
