"""Windows over event time: what a window is called, how long it is, and where it lies at an instant.

A window is `[start, end)` and moves in steps of its pane. It ends with the pane that contains now, so that the
newest event counts at once:

    panes      |----|----|----|----|----|----|
    now                                   ^
    window          [ start ........... end  )

docs/metrics/README.md, "Rules for all".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

TODAY = "today"
ALL = "all"
AHEAD = "ahead"

_UNITS = {"s": SECOND_US, "m": MINUTE_US, "h": HOUR_US, "d": DAY_US}


@dataclass(frozen=True, slots=True)
class DayStart:
    """When a desk's day begins: an hour of the local clock in an IANA zone."""

    zone: str = "UTC"
    hour: int = 0

    def last_before(self, now_us: int) -> int:
        """Return the last start of a day at or before now, in microseconds.

        The local clock decides, so a day has 23 or 25 hours when daylight saving time changes. An hour that the
        change skips begins when the clock has passed it, as `zoneinfo` resolves it.
        """
        zone = ZoneInfo(self.zone)
        local = datetime.fromtimestamp(now_us // SECOND_US, zone)
        start = _instant_us(local, self.hour, zone)
        return start if start <= now_us else _instant_us(local - timedelta(days=1), self.hour, zone)

    def __str__(self) -> str:
        return f"{self.hour:02d}:00 {self.zone}"


def _instant_us(local: datetime, hour: int, zone: ZoneInfo) -> int:
    start = datetime(local.year, local.month, local.day, hour, tzinfo=zone)
    return int(start.timestamp()) // 60 * 60 * SECOND_US


@dataclass(frozen=True, slots=True)
class Window:
    """A named window.

    length_us is None for `today`, whose start is a DayStart. pane_us is the step in which it moves.
    """

    name: str
    length_us: int | None
    pane_us: int

    slack_us: ClassVar[int] = 0
    """How far a window of this kind may go back while time goes on."""

    def bounds(self, now_us: int, day: DayStart) -> tuple[int, int]:
        """Return `(start_us, end_us)` of this window at now."""
        end = (now_us // self.pane_us + 1) * self.pane_us
        if self.length_us is None:
            return day.last_before(now_us), end
        return end - self.length_us, end


@dataclass(frozen=True, slots=True)
class Ahead(Window):
    """All that lies ahead, from the next full pane on: what is counted once a time to come has come."""

    def bounds(self, now_us: int, day: DayStart) -> tuple[int, int]:
        """Return `(start_us, end_us)` at now; there is no end."""
        return (now_us // self.pane_us + 1) * self.pane_us, 1 << 62


WHAT_LIES_AHEAD = Ahead(AHEAD, None, HOUR_US)


def parse_window(name: str) -> Window:
    """Make a window from its name: `today`, or a number with s, m, h or d, such as `30m`.

    Up to an hour a window moves in panes of 10 seconds, up to two days in minutes, beyond that in hours.
    Raises ValueError for anything else, and for a length that is no whole number of panes.
    """
    if name == TODAY:
        return Window(name, None, MINUTE_US)
    length_us = parse_duration_us(name)
    pane_us = 10 * SECOND_US if length_us <= HOUR_US else MINUTE_US if length_us <= 2 * DAY_US else HOUR_US
    if length_us % pane_us:
        raise ValueError(f"window {name!r}: must be a whole number of {pane_us // SECOND_US} second panes")
    return Window(name, length_us, pane_us)


def parse_duration_us(text: str) -> int:
    """Return the microseconds of a text such as `90s`, `30m`, `24h` or `7d`; raises ValueError otherwise."""
    match = re.fullmatch(r"([1-9][0-9]{0,6})([smhd])", text)
    if match is None:
        raise ValueError(f"got {text!r}; accepts a number with s, m, h or d, such as 30m")
    return int(match[1]) * _UNITS[match[2]]
