"""What a ledger holds of each partition, by name, for those who look from time to time.

Between two looks few cells change, and of most windows nobody asks. So what is shown of a window is made of what was
shown before and of what has changed since, and names are given only when somebody reads it.
"""

from __future__ import annotations

from collections.abc import ItemsView

import numpy as np

from stream.core.cells import Cell
from stream.core.cells import Cells as Named
from stream.core.sums import Sums
from stream.counting.cells import CODE_BITS, Cells
from stream.counting.ledger import Ledger
from stream.model.times import Ints

_CODE = (1 << CODE_BITS) - 1


class _Later:
    """Amounts by the names of their cells, which are given when somebody asks."""

    __slots__ = ("_amounts", "_cells", "_codes")

    def __init__(self, cells: Cells, codes: Ints, amounts: Ints) -> None:
        self._cells, self._codes, self._amounts = cells, codes, amounts

    def __len__(self) -> int:
        return len(self._codes)

    def __call__(self) -> Named:
        return self._cells.named((self._codes & _CODE).tolist(), self._amounts.tolist())

    def items(self) -> ItemsView[Cell, int]:
        return self().items()


class _OfPartition(_Later):
    """The same of one partition, out of what all slots hold."""

    __slots__ = ("_partition",)

    def __init__(self, cells: Cells, codes: Ints, amounts: Ints, partition: int) -> None:
        super().__init__(cells, codes, amounts)
        self._partition = partition

    def __call__(self) -> Named:
        its = np.flatnonzero((self._codes >> CODE_BITS == self._partition) & (self._amounts != 0))
        return self._cells.named((self._codes[its] & _CODE).tolist(), self._amounts[its].tolist())


class NamedSums:
    """The sums of a ledger by name, as of the last look."""

    def __init__(self, ledger: Ledger, cells: Cells) -> None:
        """Show a ledger in whose codes the cells are these."""
        self._ledger, self._cells = ledger, cells
        self._renumbered = -1
        self._before: dict[str, Ints] = {}
        self._sums: dict[int, dict[str, Sums]] = {}

    def leave(self, partition: int) -> None:
        """Show no more of a partition."""
        self._sums.pop(partition, None)

    def look(self, partitions: list[int]) -> None:
        """Take in what has changed, of these partitions."""
        ledger = self._ledger
        changes, codes = ledger.changes(), ledger.codes
        if ledger.renumbered != self._renumbered:
            self._renumbered, self._before = ledger.renumbered, {}
            self._sums.clear()
        new = [number for number in partitions if number not in self._sums]
        self._sums.update({number: {} for number in new})
        for name, (held, changed) in changes.items():
            before = self._before.get(name)
            for number in new:
                self._sums[number][name] = Sums(_OfPartition(self._cells, codes, held, number))
            if before is not None and before is not held:
                self._step(name, codes, held, before, changed, new)
            self._before[name] = held

    def _step(  # noqa: PLR0917  # all of it is about one window
        self, name: str, codes: Ints, held: Ints, before: Ints, changed: Ints, new: list[int]
    ) -> None:
        known = np.zeros(len(changed), np.int64)
        old = changed < len(before)
        known[old] = before[changed[old]]
        amount = held[changed] - known
        changed, amount = changed[amount != 0], amount[amount != 0]
        code = codes[changed]
        order = np.argsort(code)
        code, amount = code[order], amount[order]
        partition = code >> CODE_BITS
        ends: list[int] = [*(np.flatnonzero(np.diff(partition)) + 1).tolist(), len(code)] if len(code) else []
        start = 0
        for end in ends:
            number = int(partition[start])
            sums = self._sums.get(number)
            if sums is not None and number not in new:
                step = _Later(self._cells, code[start:end], amount[start:end])
                sums[name] = sums[name].then(_OfPartition(self._cells, codes, held, number), [step])
            start = end

    def sums(self, partition: int) -> dict[str, Sums]:
        """Return what each window and all time hold of a partition, as of the last look; nothing before the first."""
        sums = self._sums.get(partition)
        return {name: Sums({}) for name in self._ledger.names} if sums is None else dict(sums)
