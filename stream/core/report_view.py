"""What the sections of a snapshot are made from."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from stream.core.ledger import Cells
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.windows import AHEAD, ALL


@dataclass(frozen=True, slots=True)
class View:
    """The totals of an instant, the policy they were counted under, and the windows that are asked for (None: all)."""

    totals: Totals
    policy: Policy
    only_windows: Container[str] | None = None

    def shown(self, cells: dict[str, Cells], *, over_all: bool = True) -> Iterator[tuple[str, Cells]]:
        """Yield the cells of each window that is asked for; over_all: also those over all time."""
        for name, window in cells.items():
            if name == AHEAD or (name == ALL and not over_all):
                continue
            if self.only_windows is None or name in self.only_windows:
                yield name, window
