"""What a wallboard may show of a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from stream.core.definitions import ClockName
from stream.core.facts import FIRST, WaitName
from stream.core.policy import Policy

Unit = Literal["count", "seconds", "percent", "score", "per_hour"]
Direction = Literal["worse", "better", "neutral"]
Kind = Literal["number", "breakdown", "ages", "flow", "score"]
Why = Literal["no_data", "no_event", "too_few", "not_ready", "no_target", "switched_off"]
Level = Literal["good", "warn", "bad", "neutral", "unknown"]


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


Read = Callable[[dict[str, Any], Policy], Figure]


def column(name: str, of: str = "n") -> Read:
    """Return what reads a column of a row, which is made of as many as another column says."""
    return lambda row, _policy: of_some(row[name], row[of])


class Promise(NamedTuple):
    """Which promises of the policy file a figure is measured against: those by this clock, for this answer."""

    clock: ClockName
    wait: WaitName = FIRST


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure, read from the number's row of the usual choices.

    promised: it is measured against the promises of the policy file for this. follows_ease: the policy may say that a
    high effort score is good.
    """

    name: str
    unit: Unit
    higher_is: Direction
    read: Read
    kind: Kind = "number"
    promised: Promise | None = None
    follows_ease: bool = False
