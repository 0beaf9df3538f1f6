"""Places in columns: small numbers, each of which one owner has at a time."""

from __future__ import annotations

import numpy as np

from stream.model.times import Ints


class Places:
    """Who stands where."""

    def __init__(self) -> None:
        """Start with nobody."""
        self.keys: list[bytes] = []
        """By place; empty where nobody stands."""
        self._partition: list[int] = []
        self._free: list[int] = []

    def take(self, partition: int, key: bytes) -> int:
        """Return a place that nobody has, and give it to this one."""
        if self._free:
            place = self._free.pop()
            self.keys[place], self._partition[place] = key, partition
            return place
        self.keys.append(key)
        self._partition.append(partition)
        return len(self.keys) - 1

    def give_back(self, places: list[int]) -> None:
        """Take places back."""
        for place in places:
            self.keys[place], self._partition[place] = b"", -1
        self._free += places

    def leave(self, partition: int) -> Ints:
        """Take the places of a partition back; returns them."""
        its = np.flatnonzero(np.array(self._partition, np.int64) == partition)
        self.give_back(its.tolist())
        return its
