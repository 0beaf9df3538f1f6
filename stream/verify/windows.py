"""Windows over event time: [start, end), whole panes, ending with the pane that contains now."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from stream.verify.instant import EPOCH, MICROSECOND

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
_UNITS = {"s": SECOND, "m": 60 * SECOND, "h": HOUR, "d": DAY}
_LENGTH = re.compile(r"(\d{1,6})([smhd])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Today:
    """When a day starts: an hour 0..23 on the clock of an IANA zone."""

    hour: int = 0
    zone: str = "UTC"


MIDNIGHT_UTC = Today()


@dataclass(frozen=True, slots=True)
class Window:
    """A span of event time in microseconds; None is unbounded."""

    name: str
    start_us: int | None
    end_us: int | None


def duration_us(text: str) -> int:
    """A length such as `30m` or `72h` in microseconds. Raises ValueError."""
    match = _LENGTH.fullmatch(text)
    if not match or int(match[1]) == 0:
        raise ValueError(f"{text!r} is no length of time; such as 5m, 24h or 7d")
    return int(match[1]) * _UNITS[match[2]]


def window(name: str, now_us: int, today: Today) -> Window:
    """The window called `name` as it stands at `now_us`. Raises ValueError when the name is no window's."""
    if name == "all":
        return Window(name, None, None)
    if name == "today":
        end = _pane_end(now_us, 60 * SECOND)
        return Window(name, day_start_us(now_us, today), end)
    length = duration_us(name)
    pane = 10 * SECOND if length <= HOUR else 60 * SECOND if length <= 2 * DAY else HOUR
    end = _pane_end(now_us, pane)
    return Window(name, end - length, end)


def _pane_end(now_us: int, pane_us: int) -> int:
    return (now_us // pane_us + 1) * pane_us


def day_start_us(now_us: int, today: Today) -> int:
    """The last start of a day that is not after now.

    Where the zone's clock skips the hour, the day starts as the clock jumps; where the clock shows the hour
    twice, it starts with the first, so that a day never starts twice.
    """
    zone = ZoneInfo(today.zone)
    here = (EPOCH + timedelta(microseconds=now_us)).astimezone(zone).date()
    starts = [
        # fold 0 is the first of two instants, and in a gap the jump itself
        (datetime.combine(day, time(today.hour), zone) - EPOCH) // MICROSECOND
        for day in (here - timedelta(days=1), here)
    ]
    return max(start for start in starts if start <= now_us)
