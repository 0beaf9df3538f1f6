"""How a number is exposed to Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Gauge:
    """Counts; the labels are the window, the number's choices, `label`, and the dimensions.

    label: tells its fields apart. fields: which of the number's; all if none is named. divisor: what they are divided
    by. ahead: what will count once its time has come, instead of what a window counts.

    A combination of labels is shown if something of the number was counted under it; alone: if something of these
    fields was. zeros: it is also shown where there was ever a ticket, or once any customer did such a thing.
    read: what to show of what stands now, None to show nothing.
    """

    name: str
    help: str
    label: str = ""
    fields: tuple[str, ...] = ()
    divisor: int = 1
    ahead: bool = False
    alone: bool = False
    zeros: Literal["tickets", "customers"] | None = None
    read: Callable[[Any], float | Mapping[str, float] | None] | None = None


@dataclass(frozen=True, slots=True)
class Histogram:
    """A distribution of durations. everywhere: in full in all windows, else in those of `distribution_windows`."""

    name: str
    help: str
    everywhere: bool = False


Metric = Gauge | Histogram
