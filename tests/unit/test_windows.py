"""Where windows lie."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from stream.core.windows import HOUR_US, SECOND_US, DayStart, parse_duration_us, parse_window

DAY = DayStart()


def _us(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND_US


def test_a_window_ends_with_the_pane_that_contains_now():
    start, end = parse_window("5m").bounds(_us("2026-03-02T12:00:07"), DAY)
    assert (start, end) == (_us("2026-03-02T11:55:10"), _us("2026-03-02T12:00:10"))


def test_at_the_first_instant_of_a_pane_the_window_has_moved_on():
    _, before = parse_window("5m").bounds(_us("2026-03-02T12:00:10") - 1, DAY)
    _, after = parse_window("5m").bounds(_us("2026-03-02T12:00:10"), DAY)
    assert (before, after) == (_us("2026-03-02T12:00:10"), _us("2026-03-02T12:00:20"))


@pytest.mark.parametrize(("name", "pane_seconds"), [("5m", 10), ("1h", 10), ("24h", 60), ("today", 60), ("7d", 3600)])
def test_longer_windows_move_in_longer_panes(name, pane_seconds):
    assert parse_window(name).pane_us == pane_seconds * SECOND_US


@pytest.mark.parametrize("name", ["", "5", "m", "0m", "5 m", "-5m", "5w", "1.5h", "yesterday"])
def test_a_wrong_window_name_is_refused(name):
    with pytest.raises(ValueError, match="accepts a number with s, m, h or d"):
        parse_window(name)


def test_a_window_that_is_no_whole_number_of_panes_is_refused():
    with pytest.raises(ValueError, match="10 second panes"):
        parse_window("15s")


def test_durations_are_parsed_to_microseconds():
    assert [parse_duration_us(text) for text in ("90s", "30m", "24h")] == [90 * SECOND_US, HOUR_US // 2, 24 * HOUR_US]


@pytest.mark.parametrize(
    ("now", "start"),
    [
        # Summer time begins on 2026-03-29 at 02:00 in Berlin: today has 23 hours.
        ("2026-03-29T12:00:00", "2026-03-28T23:00:00"),
        # Summer time ends on 2026-10-25 at 03:00: today has 25 hours.
        ("2026-10-25T22:30:00", "2026-10-24T22:00:00"),
        ("2026-10-25T23:00:00", "2026-10-25T23:00:00"),
        ("2026-10-25T22:59:59", "2026-10-24T22:00:00"),
    ],
)
def test_today_begins_at_local_midnight_across_a_change_of_summer_time(now, start):
    assert DayStart("Europe/Berlin", 0).last_before(_us(now)) == _us(start)


def test_today_may_begin_at_another_hour_and_then_yesterday_reaches_into_the_morning():
    six = DayStart("Asia/Kolkata", 6)
    assert six.last_before(_us("2026-03-02T05:59:59", "Asia/Kolkata")) == _us("2026-03-01T06:00:00", "Asia/Kolkata")
    assert six.last_before(_us("2026-03-02T06:00:00", "Asia/Kolkata")) == _us("2026-03-02T06:00:00", "Asia/Kolkata")


def test_an_hour_that_summer_time_skips_begins_when_the_clock_has_passed_it():
    two = DayStart("Europe/Berlin", 2)
    expected = int(datetime(2026, 3, 29, 1, 0, tzinfo=UTC).timestamp()) * SECOND_US
    assert two.last_before(_us("2026-03-29T12:00:00")) == expected
