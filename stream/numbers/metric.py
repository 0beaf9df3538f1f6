"""How a number is exposed to Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple


class Distribution(NamedTuple):
    """How many durations are up to each bound that is shown and in all, and their sum in seconds, if it is known."""

    cumulative: Sequence[int]
    total: float | None


@dataclass(frozen=True, slots=True)
class Gauge:
    """Counts; the labels are the window, the number's choices, `labels`, and the dimensions.

    labels: the one that tells its fields apart. fields: which of the number's; all if none is named. divisor: what they
    are divided by. ahead: what will count once its time has come, instead of what a window counts.

    A combination of labels is shown if something of the number was counted under it; alone: if something of these
    fields was. zeros: it is also shown where there was ever a ticket, or once any customer did such a thing.

    read: of what is as of now, what to show: a value, one for each value of `labels`, or None to show nothing.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    divisor: int = 1
    ahead: bool = False
    alone: bool = False
    zeros: Literal["tickets", "customers"] | None = None
    read: Callable[[Any], float | Mapping[str, float] | Mapping[tuple[str, ...], float] | None] | None = None


@dataclass(frozen=True, slots=True)
class Histogram:
    """A distribution of durations. everywhere: in full in all windows, else in those of `distribution_windows`.

    summed: whether their sum is known. read: of what is as of now, what to show: a distribution, one for each value of
    `labels`, or None.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    everywhere: bool = False
    summed: bool = True
    read: Callable[[Any], Distribution | Mapping[tuple[str, ...], Distribution] | None] | None = None


Metric = Gauge | Histogram
