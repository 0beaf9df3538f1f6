"""What a tile may show: a number of the report, how it is read there, and which way is good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from stream.core.definitions import ClockName
from stream.core.policy import Policy
from stream.core.rows import Row
from stream.core.windows import ALL
from stream.kpi.families import Book

Unit = Literal["count", "seconds", "percent", "score", "per_hour"]
Direction = Literal["worse", "better", "neutral"]
Kind = Literal["number", "breakdown", "ages", "flow", "score"]
Why = Literal["no_data", "no_event", "too_few", "not_ready", "no_target"]
Level = Literal["good", "warn", "bad", "neutral", "unknown"]

# The window of a tile that names none: the first of these that the settings have, else the first of all.
PREFERRED_WINDOWS: dict[str, tuple[str, ...]] = {
    "tickets": ("1h", "today", "24h"),
    "surveys": ("30d", "7d", "24h"),
    "customers": ("30d", "90d", "7d", "24h"),
    "agents": ("1h", "30m", "5m"),
}


class Figure(NamedTuple):
    """What a number is at an instant.

    value is None where there is none, and `why` says so. n: of how many it is made. low, high: its interval.
    parts: what it consists of, by name. judged: the level that it has without any threshold.
    """

    value: float | None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    why: Why | None = None
    parts: dict[str, float | None] | None = None
    judged: Level | None = None


def of_some(value: float | None, n: int, low: float | None = None, high: float | None = None) -> Figure:
    """Return a figure that is made of n; without any there is no data."""
    return Figure(value, n, low, high, "no_data" if value is None else None)


def _every_row(_policy: Policy) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Metric:
    """One number.

    section: the section of the report that has it; where: which of its rows, beside the window. read: makes the
    figure of that row. book: the ledger whose windows it has, None if it is of now. words: the first words of the
    measures that its section reads. over_all: whether it has the window `all`. labelled: whether it can be filtered
    and told apart by labels; else it is of the whole desk. promised: it is measured against the promises of the
    policy file that this clock measures. follows_ease: the policy may say that a high effort score is good.
    """

    name: str
    section: str
    unit: Unit
    higher_is: Direction
    read: Callable[[Row, Policy], Figure]
    book: Book | None = None
    words: tuple[str, ...] = ()
    where: Callable[[Policy], Mapping[str, object]] = _every_row
    over_all: bool = True
    labelled: bool = True
    kind: Kind = "number"
    promised: ClockName | None = None
    follows_ease: bool = False

    def direction(self, policy: Policy) -> Direction:
        """Return which way is good under a policy."""
        return "better" if self.follows_ease and policy.definitions.ces_ease else self.higher_is

    def windows(self, policy: Policy) -> tuple[str, ...]:
        """Return the windows that it has under these settings; none if it is of now."""
        if self.book is None:
            return ()
        windows = {
            "tickets": policy.windows,
            "agents": policy.agent_windows,
        }.get(self.book, policy.windows + policy.survey_windows)
        names = tuple(window.name for window in windows)
        return (*names, ALL) if self.over_all else names

    def usual_window(self, policy: Policy) -> str | None:
        """Return the window of a tile that names none."""
        if self.book is None:
            return None
        windows = self.windows(policy)
        preferred = (name for name in PREFERRED_WINDOWS[self.book] if name in windows)
        return next(preferred, next(iter(windows), None))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Return how it can be shown; first as it usually is."""
        own = dict.fromkeys((self.kind, "number", *(("breakdown",) if self.labelled else ())))
        return tuple(own)
