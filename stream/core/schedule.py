"""Business hours: how much of a span of time lies within them, and when a given amount of them has passed.

Hours are those of a local clock. Turned into instants, they are a row of spans that do not overlap; a running sum
over it answers both questions with a bisection:

    spans     |#####|   |#####|        |#####|
    sum       0     8   8     16       16    24
    elapsed      s------------------------e         sum at e - sum at s
    add          s + 12 hours -> the instant at which the sum has grown by 12

docs/policy.md, "When a promise is due".
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from schemas.fields import END_OF_TIME, EPOCH
from stream.core.windows import SECOND_US

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 1440
# Outside of these local years there are no hours: nobody means them, and a wrong year in one event must not make
# a worker lay out two thousand.
FIRST_YEAR, LAST_YEAR = EPOCH.year, END_OF_TIME.year - 1
_DAY = timedelta(days=1)
# The first and the last year reach as far as integers do, so that no instant lies outside of all years.
_FIRST_US, _LAST_US = -(1 << 62), 1 << 62

Day = tuple[tuple[int, int], ...]  # (start, end) in minutes of the local clock, ascending


@dataclass(frozen=True, slots=True)
class Version:
    """The hours of a week, Monday first, in force from a local date on (None: since ever).

    Minutes are of the local clock, 0 to 1440, which is the midnight that ends the day. A break is the gap between
    two spans. Raises ValueError unless there are seven days of ascending spans that do not overlap.
    """

    from_date: date | None
    week: tuple[Day, ...]

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError(f"week: got {len(self.week)} days; accepts seven, Monday first")
        for day in self.week:
            minutes = [minute for span in day for minute in span]
            if any(start >= end for start, end in day) or any(a > b for a, b in pairwise(minutes)):
                raise ValueError(f"week: got {day}; accepts ascending spans that do not overlap")
            if minutes and not 0 <= minutes[0] <= minutes[-1] <= DAY_MINUTES:
                raise ValueError(f"week: got {day}; accepts minutes from 0 to {DAY_MINUTES}")


@dataclass(frozen=True, slots=True)
class Holidays:
    """Local dates without hours: those listed, and the public holidays of a country as the `holidays` package has them.

    country is an ISO 3166-1 code, subdivision one of its parts (None: what the whole country has).
    """

    dates: frozenset[date] = frozenset()
    country: str | None = None
    subdivision: str | None = None

    def of_year(self, year: int) -> frozenset[date]:
        """Return every holiday of a year; raises NotImplementedError if the package does not know the country."""
        if self.country is None:
            return self.dates
        # The package takes a tenth of a second to import, and few desks need it.
        from holidays import country_holidays  # noqa: PLC0415

        return self.dates.union(country_holidays(self.country, self.subdivision, years=year))


WORKING_WEEK: tuple[Day, ...] = (((9 * 60, 17 * 60),),) * 5 + ((), ())


@dataclass(frozen=True, slots=True)
class Schedule:
    """The business hours of a desk, or of a queue of it.

    zone is an IANA name. On a local date the last version counts whose from_date is not after it; before the first
    there are no hours, nor are there on a holiday. A time of day that the clock shows twice is the first of the two,
    one that it skips lies as far behind the change as `datetime` puts it; what overlaps by that counts once.
    There are none before 1970 and after 2199. Raises ValueError if the versions do not ascend; an unknown zone
    raises LookupError, ValueError or OSError on use.
    """

    name: str = "default"
    zone: str = "UTC"
    versions: tuple[Version, ...] = (Version(None, WORKING_WEEK),)
    holidays: Holidays = field(default_factory=Holidays)
    _kept: list[Row] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        dates = [version.from_date or date.min for version in self.versions]
        if not dates or any(a >= b for a, b in pairwise(dates)):
            raise ValueError(f"versions: got {[str(day) for day in dates]}; accepts ascending dates, at least one")

    def elapsed_us(self, start_us: int, end_us: int) -> int:
        """Return the business microseconds within `[start_us, end_us)`, 0 if it ends before it starts."""
        if end_us <= start_us:
            return 0
        row = self.covering(start_us, end_us)
        return row.sum_at(end_us) - row.sum_at(start_us)

    def add_us(self, start_us: int, business_us: int) -> int | None:
        """Return the first instant, not before start, by which this much business time has elapsed; None if never."""
        if business_us <= 0:
            return start_us
        row = self.covering(start_us, start_us)
        while (instant := row.reach(row.sum_at(start_us) + business_us)) is None:
            if row.last_year == LAST_YEAR or self._closed_after(row.last_year):
                return None
            # Twice as far each time, so that reaching far costs no more than the distance.
            further = row.last_year + max(1, row.last_year - row.first_year)
            row = self._build(row.first_year, min(further, LAST_YEAR))
        return instant

    def _closed_after(self, year: int) -> bool:
        last = self.versions[-1]
        return not any(last.week) and (last.from_date is None or last.from_date.year <= year)

    def covering(self, start_us: int, end_us: int) -> Row:
        """Return a row of spans that holds two instants; what it has is kept, so most calls build nothing."""
        for row in self._kept:
            if row.start_us <= start_us and end_us <= row.end_us:
                return row
        years = [_year(start_us, self.zone), _year(end_us, self.zone)]
        years += (year for row in self._kept for year in (row.first_year, row.last_year))
        return self._build(min(years), max(years))

    def _build(self, first_year: int, last_year: int) -> Row:
        zone = ZoneInfo(self.zone)
        row = Row.of(
            (first_year, last_year),
            _FIRST_US if first_year == FIRST_YEAR else _instant_us(date(first_year, 1, 1), 0, zone),
            _LAST_US if last_year == LAST_YEAR else _instant_us(date(last_year, 12, 31), DAY_MINUTES, zone),
            self.spans(first_year, last_year),
        )
        self._kept[:] = [row]
        return row

    def spans(self, first_year: int, last_year: int) -> Iterator[tuple[int, int]]:
        """Yield `(start_us, end_us)` of the hours of these local years, ascending and without overlap."""
        zone = ZoneInfo(self.zone)
        reached = _FIRST_US
        for year in range(first_year, last_year + 1):
            closed = self.holidays.of_year(year)
            day = date(year, 1, 1)
            version, following = self._in_force(day)
            while day.year == year:
                if following is not None and day >= following:
                    version, following = self._in_force(day)
                if version is not None and day not in closed:
                    for start, end in version.week[day.weekday()]:
                        start_us = max(_instant_us(day, start, zone), reached)
                        end_us = _instant_us(day, end, zone)
                        if start_us < end_us:
                            yield start_us, end_us
                            reached = end_us
                day += _DAY

    def _in_force(self, day: date) -> tuple[Version | None, date | None]:
        """Return the version in force on a local date, and the date at which the next one takes over."""
        dates = [version.from_date or date.min for version in self.versions]
        count = bisect_right(dates, day)
        return self.versions[count - 1] if count else None, dates[count] if count < len(dates) else None


@dataclass(frozen=True, slots=True)
class Row:
    """The spans of some years, `[start_us, end_us)`, and the sum of hours at the end of each."""

    first_year: int
    last_year: int
    start_us: int
    end_us: int
    starts: array[int]
    ends: array[int]
    sums: array[int]

    @classmethod
    def of(cls, years: tuple[int, int], start_us: int, end_us: int, spans: Iterable[tuple[int, int]]) -> Row:
        starts, ends = array("q"), array("q")
        for start, end in spans:
            starts.append(start)
            ends.append(end)
        sums = array("q", accumulate(end - start for start, end in zip(starts, ends, strict=True)))
        return cls(*years, start_us, end_us, starts, ends, sums)

    def sum_at(self, instant_us: int) -> int:
        """Return the hours between the beginning of the row and an instant, in microseconds."""
        index = bisect_right(self.starts, instant_us) - 1
        if index < 0:
            return 0
        missing = self.ends[index] - instant_us
        return self.sums[index] - missing if missing > 0 else self.sums[index]

    def reach(self, total_us: int) -> int | None:
        """Return the first instant at which the sum is this much (more than 0), None if it stays under it."""
        index = bisect_left(self.sums, total_us)
        return None if index == len(self.sums) else self.ends[index] - (self.sums[index] - total_us)


def _instant_us(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return the instant of a local time of day; minute 1440 is the midnight after."""
    if minute == DAY_MINUTES:
        day, minute = day + _DAY, 0
    return int(datetime(day.year, day.month, day.day, *divmod(minute, 60), tzinfo=zone).timestamp()) * SECOND_US


def _year(instant_us: int, zone: str) -> int:
    """Return the local year of an instant, the first or the last one that has hours if it lies outside."""
    try:
        year = (EPOCH + timedelta(microseconds=instant_us)).astimezone(ZoneInfo(zone)).year
    except OverflowError:
        year = FIRST_YEAR if instant_us < 0 else LAST_YEAR
    return min(max(year, FIRST_YEAR), LAST_YEAR)


@dataclass(frozen=True, slots=True)
class Schedules:
    """Which business hours serve a ticket: those of its queue, else the default."""

    default: Schedule = field(default_factory=Schedule)
    by_queue: Mapping[str, Schedule] = field(default_factory=dict)

    def of(self, attributes: Mapping[str, str]) -> Schedule:
        """Return the schedule of a ticket of these attributes."""
        return self.by_queue.get(attributes.get("queue", ""), self.default)
