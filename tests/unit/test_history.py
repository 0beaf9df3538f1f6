"""The hours that this hour is compared with, by the clock on the wall."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stream.core.history import HistoryTotals, PastHour, weeks_ago
from stream.core.policy import Policy
from stream.core.windows import DAY_US, HOUR_US, MINUTE_US, SECOND_US, DayStart
from stream.partition.books import Books
from stream.partition.partition import Partition
from tests.events import NOON_US, decoded, opened, responded, status

WEEK = 7 * 86_400


def _us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_US


@pytest.mark.parametrize(
    ("now", "weeks", "zone", "then"),
    [
        ("2026-03-02T12:00", 0, "UTC", "2026-03-02T12:00"),
        ("2026-03-02T12:00", 2, "UTC", "2026-02-16T12:00"),
        ("2026-03-30T10:00", 1, "Europe/Berlin", "2026-03-23T11:00"),  # noon in summer, noon in winter
        ("2026-10-26T11:00", 1, "Europe/Berlin", "2026-10-19T10:00"),
        ("2026-04-05T00:30", 1, "Europe/Berlin", "2026-03-29T01:30"),  # 02:30 was skipped: as zoneinfo resolves it
        ("2026-11-01T01:30", 1, "Europe/Berlin", "2026-10-25T00:30"),  # 02:30 came twice: the first
        ("2026-03-09T16:30", 1, "America/New_York", "2026-03-02T17:30"),
        ("2026-03-02T12:00", 3, "Asia/Kathmandu", "2026-02-09T12:00"),
    ],
)
def test_weeks_ago_the_clock_on_the_wall_showed_the_same(now, weeks, zone, then):
    assert weeks_ago(_us(now), weeks, zone) == _us(then)


def test_this_hour_is_this_hour_also_while_the_clock_shows_it_for_the_second_time():
    again = _us("2026-10-25T01:30")  # 02:30 in Berlin, for the second time
    assert weeks_ago(again, 0, "Europe/Berlin") == again


def test_an_hour_ends_at_the_last_full_five_minutes():
    hour, day = PastHour("hour", None, 5 * MINUTE_US), DayStart()
    for now in (NOON_US, NOON_US + 1, NOON_US + 5 * MINUTE_US - 1):
        assert hour.bounds(now, day) == (NOON_US - HOUR_US, NOON_US)
    assert hour.bounds(NOON_US + 5 * MINUTE_US, day)[1] == NOON_US + 5 * MINUTE_US


def test_what_came_since_begins_where_the_hour_ended():
    start, end = PastHour("since", None, 5 * MINUTE_US, 1, since=True).bounds(NOON_US, DayStart())
    assert start == NOON_US - 7 * DAY_US
    assert end > NOON_US + 100 * 365 * DAY_US


def _history(*events, now=60.0, zone="UTC") -> HistoryTotals:
    policy = Policy(day=DayStart(zone))
    partition = Partition(0, Books(policy))
    partition.apply("t", decoded(*events), NOON_US)
    partition.advance(NOON_US + int(now * SECOND_US))
    return partition.snapshot().history


def test_an_hour_holds_its_first_instant_and_not_its_last():
    history = _history(*(opened(f"T{i}", at) for i, at in enumerate([-3600.000001, -3600, -0.000001, 0])))
    assert history.weeks[0].inflow == 2


def test_each_week_has_its_own_hour():
    events = [opened(f"T{i}", -week * WEEK - 1) for i, week in enumerate([0, 1, 1, 3])]
    history = _history(*events)
    assert [week.inflow for week in history.weeks] == [1, 2, 0, 1, 0]
    assert [history.has(week) for week in history.weeks] == [True, True, True, False, False]


def test_a_week_is_known_if_a_ticket_was_opened_before_its_hour_whatever_became_of_it():
    for at, known in ((-WEEK - 3600, False), (-WEEK - 3600.000001, True)):
        history = _history(opened("T", at), status("T", at + 1, "spam"))
        assert history.has(history.weeks[1]) is known
    assert not any(_history().has(week) for week in _history().weeks)


def test_the_change_since_takes_the_backlog_back_to_the_end_of_the_hour():
    events = [
        *(opened("A", -2 * WEEK), status("A", -WEEK, "resolved")),  # open until the very end of last week's hour
        *(opened("B", -2 * WEEK), status("B", -WEEK - 1, "resolved")),
        *(opened("C", -10), status("C", 30, "resolved"), status("C", 40, "reopened")),
    ]
    backlog = 1
    assert [backlog - week.change_since for week in _history(*events).weeks[:3]] == [1, 1, 0]


def test_first_responses_are_kept_by_their_length_in_their_hour():
    history = _history(opened("T", -30), responded("T", -10), opened("U", -WEEK - 30), responded("U", -WEEK - 10))
    assert history.weeks[0].responses == history.weeks[1].responses == {Policy().buckets.index(20 * SECOND_US): 1}


def test_hours_go_back_with_the_clock_also_those_that_lie_farthest_back():
    policy = Policy(day=DayStart("Europe/Berlin"))
    partition = Partition(0, Books(policy))
    four_weeks_before = (_us("2026-09-26T23:15") - NOON_US) / SECOND_US  # 01:15
    partition.apply("t", decoded(opened("T", four_weeks_before)), NOON_US)
    inflow = []
    for now in ("2026-10-25T00:00", "2026-10-25T00:55", "2026-10-25T01:00"):  # 02:00, 02:55, and 02:00 again
        partition.advance(_us(now))
        inflow.append(partition.snapshot().history.weeks[4].inflow)
    assert inflow == [1, 0, 1]


def test_parts_add_up_and_the_first_opening_of_all_counts():
    one, other = _history(opened("T", -1), responded("T", -1)), _history(opened("U", -2 * WEEK), opened("V", -1))
    both = HistoryTotals.merge([one, other])
    assert both.first_opened_us == NOON_US - 14 * DAY_US
    assert both.weeks[0].inflow == 2
    assert both.weeks[0].responses == one.weeks[0].responses
    assert both.weeks[1].change_since == 2
    assert HistoryTotals.merge([one, _history()]).first_opened_us == one.first_opened_us
