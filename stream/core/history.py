"""The hours that this hour is compared with: the same weekday and hour of the weeks before, by the local clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from stream.core.ledger import COUNT, Cells, Contribution, Ledger
from stream.core.rows import added
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


class History:
    """The hours of one partition."""

    def __init__(self, weeks: int, day: DayStart) -> None:
        """weeks: how many are looked back."""
        self._weeks = weeks
        self._ledger = Ledger(
            [
                PastHour(_name(since, week), None, PANE_US, week, since)
                for week in range(weeks + 1)
                for since in (False, True)
            ],
            day,
        )

    def apply(self, old: list[Contribution], new: list[Contribution]) -> None:
        """Replace what a ticket contributed by what it contributes now."""
        self._ledger.apply(old, new)

    def advance(self, now_us: int) -> None:
        """Move on to now."""
        self._ledger.advance(now_us)

    def read(self, first_opened_us: int | None) -> HistoryTotals:
        """Return the hours as of the last `advance`."""
        bounds, cells = self._ledger.windows(), self._ledger.cells()
        weeks = []
        for week in range(self._weeks + 1):
            name = _name(False, week)
            weeks.append(_week(bounds[name][1], cells[name], cells[_name(True, week)]))
        return HistoryTotals(tuple(weeks), first_opened_us)


def _name(since: bool, week: int) -> str:
    return f"{'since' if since else 'hour'} {week}"


def _week(end_us: int, hour: Mapping[tuple[str, tuple[str, ...], int], int], since: Cells) -> Week:
    return Week(
        end_us,
        hour.get((INFLOW, UNLABELLED, COUNT), 0),
        since.get((CHANGE, UNLABELLED, COUNT), 0),
        {bucket: n for (measure, _, bucket), n in hour.items() if measure == RESPONSE},
    )


def kept_us(weeks: int) -> int:
    """Return how long the tickets have to be kept that the hours are made of, in microseconds."""
    return weeks * 7 * DAY_US + PastHour.slack_us + HOUR_US if weeks else 0
