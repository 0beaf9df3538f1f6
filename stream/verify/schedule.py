"""Business time: how much of a span lies in opening hours, and when so much of it will have passed."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

from stream.verify.instant import EPOCH, MICROSECOND

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# There are no hours before and after these local years.
FIRST_YEAR, LAST_YEAR = 1970, 2199

Hours = Sequence[tuple[int, int]]  # minutes of a local day, [start, end)


class Version(NamedTuple):
    """The hours of a week, Monday to Sunday, from a date on."""

    start: date
    week: tuple[Hours, ...]


class Schedule:
    """Opening hours on the clock of a zone, without those of holidays.

    The hours are laid out as instants, year by year as they are asked for, so that a span is two searches.
    """

    def __init__(
        self,
        zone: str,
        versions: Sequence[Version],
        dates: Collection[date] = (),
        country: str | None = None,
        subdivision: str | None = None,
    ) -> None:
        """Take the versions in order of their dates. Raises KeyError for a zone that is none."""
        self._zone = ZoneInfo(zone)
        self._versions = versions
        self._dates = frozenset(dates)
        self._country, self._subdivision = country, subdivision
        self._from, self._to = LAST_YEAR + 1, FIRST_YEAR - 1  # no year is laid out yet

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Self:
        """Read one of a policy's `schedules`."""
        versions = [
            Version(
                date.min if version["from"] is None else date.fromisoformat(version["from"]),
                tuple([(_minute(start), _minute(end)) for start, end in version["week"][day]] for day in DAYS),
            )
            for version in document["versions"]
        ]
        free = document["holidays"]
        dates = [date.fromisoformat(day) for day in free["dates"]]
        return cls(document["zone"], sorted(versions), dates, free["country"], free["subdivision"])

    def elapsed_us(self, start_us: int, end_us: int) -> int:
        """The business microseconds in [start, end); none if it ends before it starts."""
        if end_us <= start_us:
            return 0
        self._reach(start_us, end_us)
        return self._passed(end_us) - self._passed(start_us)

    def add_us(self, start_us: int, business_us: int) -> int | None:
        """The first instant from `start_us` on by which so much business time has passed; None if there is none."""
        if business_us <= 0:
            return start_us
        self._reach(start_us, start_us)
        due = self._passed(start_us) + business_us
        while self._total < due:
            if self._to == LAST_YEAR or self._is_over():
                return None
            self._extend(self._to + 1)
        place = bisect_left(self._until, due)
        return self._ends[place] - (self._until[place] - due)

    def _passed(self, time_us: int) -> int:
        """The business time laid out before an instant."""
        place = bisect_right(self._starts, time_us) - 1
        if place < 0:
            return 0
        return self._until[place] - max(0, self._ends[place] - time_us)

    def _reach(self, start_us: int, end_us: int) -> None:
        # A local year is not that of UTC; a year more on both sides is enough for any zone.
        first = min(max(_year(start_us) - 1, FIRST_YEAR), LAST_YEAR)
        last = min(max(_year(end_us) + 1, FIRST_YEAR), LAST_YEAR)
        if first < self._from:
            self._lay_out(first, max(last, self._to))
        for year in range(self._to + 1, last + 1):
            self._extend(year)

    def _lay_out(self, first: int, last: int) -> None:
        self._from = first
        self._to = first - 1
        self._total = 0
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._until: list[int] = []  # the business time that has passed by each end
        for year in range(first, last + 1):
            self._extend(year)

    def _extend(self, year: int) -> None:
        """Lay out one year more. Hours that a change of the clock makes overlap count once."""
        free = self._dates | _holidays(self._country, self._subdivision, year)
        day = date(year, 1, 1)
        while day.year == year:
            if day not in free:
                for start, end in self._week(day)[day.weekday()]:
                    self._open(self._instant(day, start), self._instant(day, end))
            day += timedelta(days=1)
        self._to = year

    def _open(self, start_us: int, end_us: int) -> None:
        start_us = max(start_us, self._ends[-1]) if self._ends else start_us
        if end_us > start_us:
            self._total += end_us - start_us
            self._starts.append(start_us)
            self._ends.append(end_us)
            self._until.append(self._total)

    def _instant(self, day: date, minute: int) -> int:
        days, minute = divmod(minute, 24 * 60)
        local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self._zone)
        return (local + timedelta(days=days) - EPOCH) // MICROSECOND  # adding days keeps the local time of day

    def _week(self, day: date) -> tuple[Hours, ...]:
        in_force: tuple[Hours, ...] = ((),) * 7
        for version in self._versions:
            if version.start <= day:
                in_force = version.week
        return in_force

    def _is_over(self) -> bool:
        """Whether there are no hours any more after the years laid out."""
        return all(version.start.year <= self._to for version in self._versions) and not any(
            self._week(date(self._to, 12, 31))
        )


def _year(time_us: int) -> int:
    return (EPOCH + timedelta(microseconds=time_us)).year


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


@cache
def _holidays(country: str | None, subdivision: str | None, year: int) -> frozenset[date]:
    """The public holidays of a country, or of a part of it, those included that are moved to a working day."""
    if country is None:
        return frozenset()
    from holidays import country_holidays  # noqa: PLC0415 - slow to import, and most desks name no country

    return frozenset(country_holidays(country, subdiv=subdivision, years=year))
