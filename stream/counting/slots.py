"""Dense numbers for codes, in the order in which they came: by them amounts stand in vectors."""

from __future__ import annotations

import numpy as np

from stream.model.times import Ints


class Slots:
    """The slots of codes."""

    def __init__(self) -> None:
        """Start with none."""
        self.codes: Ints = np.zeros(0, np.int64)
        """By slot."""
        self._sorted: Ints = np.zeros(0, np.int64)
        self._slots: Ints = np.zeros(0, np.int64)  # of the sorted codes

    def __len__(self) -> int:
        return len(self.codes)

    def of(self, codes: Ints) -> Ints:
        """Return the slots of codes, new ones for those that were not seen before."""
        place = np.searchsorted(self._sorted, codes)
        known = np.take(self._sorted, place, mode="clip") == codes if len(self) else np.zeros(len(codes), bool)
        if not known.all():
            new = np.unique(codes[~known])
            at = np.searchsorted(self._sorted, new)
            self._slots = np.insert(self._slots, at, np.arange(len(self), len(self) + len(new)))
            self._sorted = np.insert(self._sorted, at, new)
            self.codes = np.concatenate((self.codes, new))
            place = np.searchsorted(self._sorted, codes)
        return self._slots[place]

    def keep(self, used: Ints) -> None:
        """Give up all slots but these, which are ascending and get new numbers in their order."""
        self.codes = self.codes[used]
        order = np.argsort(self.codes)
        self._sorted, self._slots = self.codes[order], order
