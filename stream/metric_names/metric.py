"""What a metric is: name, type, labels, help.

`DIMENSIONS` among the labels stands for the dimensions that the settings make labels (channel, priority, queue).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DIMENSIONS = "<dimensions>"

Kind = Literal["gauge", "counter", "histogram", "gaugehistogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric family. The name of a counter is without the `_total` that its samples have.

    summed: whether a gauge histogram knows the sum of what it counts.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    summed: bool = True

    @property
    def series(self) -> tuple[str, ...]:
        """Return the names its samples have in an exposition."""
        if self.kind == "counter":
            return (f"{self.name}_total",)
        if self.kind == "histogram":
            return tuple(f"{self.name}_{part}" for part in ("bucket", "count", "sum"))
        if self.kind == "gaugehistogram":
            parts = ("bucket", "gcount", "gsum") if self.summed else ("bucket",)
            return tuple(f"{self.name}_{part}" for part in parts)
        return (self.name,)
