"""The hours that this hour is compared with: the same weekday and hour of the weeks before, by the local clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from stream.core.cells import COUNT
from stream.core.rows import added
from stream.core.sums import Sums
from stream.core.windows import DAY_US, HOUR_US, MINUTE_US, SECOND_US, DayStart, Window

PANE_US = 5 * MINUTE_US

# What is counted of the past, for the whole desk only.
INFLOW, CHANGE, RESPONSE = "inflow", "change", "response"
UNLABELLED: tuple[str, ...] = ()


def weeks_ago(end_us: int, weeks: int, zone: str) -> int:
    """Return the instant at which the local clock showed the same, so many weeks before."""
    local = datetime.fromtimestamp(end_us // SECOND_US, ZoneInfo(zone)) - timedelta(weeks=weeks)
    return int(local.replace(fold=0).timestamp()) * SECOND_US if weeks else end_us


@dataclass(frozen=True, slots=True)
class PastHour(Window):
    """The last full hour (in steps of five minutes), some weeks ago; or, if since, all the time from its end on."""

    weeks: int = 0
    since: bool = False

    # By the local clock an hour comes twice when daylight saving time ends, so these go back by as much.
    slack_us: ClassVar[int] = 3 * HOUR_US

    def bounds(self, now_us: int, day: DayStart) -> tuple[int, int]:
        """Return `(start_us, end_us)` at now."""
        end = weeks_ago(now_us // PANE_US * PANE_US, self.weeks, day.zone)
        return (end, 1 << 62) if self.since else (end - HOUR_US, end)


class Week(NamedTuple):
    """An hour that ended at end_us: tickets opened in it, first responses by bucket, and what changed since."""

    end_us: int
    inflow: int
    change_since: int
    responses: dict[int, int]


class HistoryTotals(NamedTuple):
    """This hour (first) and those before it, and when the first ticket ever was opened; None if none was."""

    weeks: tuple[Week, ...]
    first_opened_us: int | None

    def has(self, week: Week) -> bool:
        """Say whether there were tickets before that hour: else it is not known what it was like."""
        return self.first_opened_us is not None and self.first_opened_us < week.end_us - HOUR_US

    @staticmethod
    def merge(parts: Sequence[HistoryTotals]) -> HistoryTotals:
        """Add up the hours of different partitions at one instant."""
        opened = [part.first_opened_us for part in parts if part.first_opened_us is not None]
        return HistoryTotals(
            tuple(_merge(same) for same in zip(*(part.weeks for part in parts), strict=True)),
            min(opened, default=None),
        )


def _merge(weeks: Sequence[Week]) -> Week:
    return Week(
        weeks[0].end_us,
        sum(week.inflow for week in weeks),
        sum(week.change_since for week in weeks),
        added([week.responses for week in weeks]),
    )


def hours(weeks: int) -> list[PastHour]:
    """Return the windows that are looked at, so many weeks back."""
    return [
        PastHour(_name(since, week), None, PANE_US, week, since) for week in range(weeks + 1) for since in (False, True)
    ]


def history(
    sums: Mapping[str, Sums], bounds: Mapping[str, tuple[int, int]], weeks: int, first_opened_us: int | None
) -> HistoryTotals:
    """Return the hours by what their windows hold, and where these lie."""
    return HistoryTotals(
        tuple(
            Week(
                bounds[_name(False, week)][1],
                _count(sums[_name(False, week)], INFLOW),
                _count(sums[_name(True, week)], CHANGE),
                dict(sums[_name(False, week)].of(RESPONSE).get(UNLABELLED, {})),
            )
            for week in range(weeks + 1)
        ),
        first_opened_us,
    )


def _name(since: bool, week: int) -> str:
    return f"{'since' if since else 'hour'} {week}"


def _count(sums: Sums, measure: str) -> int:
    return sums.of(measure).get(UNLABELLED, {}).get(COUNT, 0)


def kept_us(weeks: int) -> int:
    """Return how long the tickets have to be kept that the hours are made of, in microseconds."""
    return weeks * 7 * DAY_US + PastHour.slack_us + HOUR_US if weeks else 0
