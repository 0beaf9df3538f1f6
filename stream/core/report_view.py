"""What the sections of a snapshot are made from."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.sums import Sums
from stream.core.windows import AHEAD, ALL


@dataclass(frozen=True, slots=True)
class View:
    """The totals of an instant, the policy they were counted under, and the windows that are asked for (None: all)."""

    totals: Totals
    policy: Policy
    only_windows: Container[str] | None = None

    def shown(self, sums: dict[str, Sums], *, over_all: bool = True) -> Iterator[tuple[str, Sums]]:
        """Yield the sums of each window that is asked for; over_all: also those over all time."""
        for name, window in sums.items():
            if name == AHEAD or (name == ALL and not over_all):
                continue
            if self.only_windows is None or name in self.only_windows:
                yield name, window
