"""When contacts come in: a non-homogeneous Poisson process with a daily and a weekly shape per channel."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import accumulate
from math import log

from stream.simulate.chance import DAY_US, HOUR_US, WEEK_US, Chance
from stream.simulate.channel import Channel

BUCKET_US = HOUR_US // 4
BUCKETS = WEEK_US // BUCKET_US
# 1 January 1970 was a Thursday; weeks of the desk start on Monday.
_MONDAY_US = 3 * DAY_US


class Curve:
    """Arrivals per quarter of an hour of the week, for all channels together and the share of each.

    `tickets_per_day` is the mean over a week. `ahead_us` is how far the desk's own clock runs ahead of UTC:
    at 09:00 of that clock the office channels open.
    """

    def __init__(self, channels: Mapping[str, Channel], tickets_per_day: float, ahead_us: int = 0) -> None:
        self._ahead_us = ahead_us
        self._names = list(channels)
        shapes = {name: _week_shape(channel) for name, channel in channels.items()}
        total_share = sum(channel.share for channel in channels.values())
        #: expected tickets of a channel in each quarter of an hour of the week, from Monday 00:00
        self.by_channel: dict[str, list[float]] = {
            name: [7 * tickets_per_day * channel.share / total_share * part for part in shapes[name]]
            for name, channel in channels.items()
        }
        self.total = [sum(column) for column in zip(*self.by_channel.values(), strict=True)]
        self._edges = [
            [edge / column_sum for edge in list(accumulate(column))[:-1]]
            for column, column_sum in zip(zip(*self.by_channel.values(), strict=True), self.total, strict=True)
        ]

    def local_us(self, when_us: int) -> int:
        """Microseconds since Monday 00:00 of the desk's own clock."""
        return (when_us + self._ahead_us + _MONDAY_US) % WEEK_US

    def expected(self, start_us: int, end_us: int) -> float:
        """Expected arrivals in [start, end): the integral of the curve."""
        weeks, rest_us = divmod(end_us - start_us, WEEK_US)
        contacts: float = weeks * sum(self.total)
        at = self.local_us(start_us)
        while rest_us > 0:
            step_us = min(BUCKET_US - at % BUCKET_US, rest_us)
            contacts += self.total[at // BUCKET_US % BUCKETS] * step_us / BUCKET_US
            at += step_us
            rest_us -= step_us
        return contacts

    def arrivals(
        self, chance: Chance, start_us: int, end_us: int | None = None, count: int | None = None
    ) -> Iterator[tuple[int, str]]:
        """(time in microseconds, channel) of one contact after the other.

        Without `count` the process is Poisson and runs to `end_us`, or without end. With `count` exactly so
        many come in [start, end), at times distributed like those of the Poisson process given its number.
        """
        if count is not None and end_us is None:
            raise ValueError("count needs an end: so many contacts before when?")
        now = start_us
        bucket, into_us = divmod(self.local_us(start_us), BUCKET_US)
        mass = self.expected(start_us, end_us) if count is not None and end_us is not None else 0.0
        left = count
        while left is None or left > 0:
            if left is None:
                gap = -log(1.0 - chance.random())
            else:  # the smallest of `left` uniform points on what remains of the mass
                gap = mass * (1.0 - chance.random() ** (1.0 / left))
                mass -= gap
                left -= 1
            while True:
                rate = self.total[bucket]
                rest = rate * (BUCKET_US - into_us) / BUCKET_US
                if gap < rest:
                    step_us = int(gap / rate * BUCKET_US)
                    into_us += step_us
                    now += step_us
                    break
                gap -= rest
                now += BUCKET_US - into_us
                bucket, into_us = (bucket + 1) % BUCKETS, 0
            if end_us is not None and now >= end_us:
                if left is None:
                    return
                now = end_us - 1  # float rounding at the very end of the mass; the count is promised
            yield now, self._names[bisect_right(self._edges[bucket], chance.random())]


def _week_shape(channel: Channel) -> list[float]:
    """Shares of the week's buckets: the hours interpolated to quarters, times the weekday; sums to 1."""
    raw = []
    for weekday in channel.weekdays:
        for quarter in range(96):
            hour, part = divmod(quarter, 4)
            here, there = channel.hours[hour], channel.hours[(hour + 1) % 24]
            raw.append(weekday * (here + (there - here) * part / 4))
    total = sum(raw)
    return [value / total for value in raw]
