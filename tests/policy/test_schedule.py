"""Business hours worked out by hand: weekends, breaks, holidays, edits, and both changes of the clock."""

from __future__ import annotations

from datetime import date, datetime
from timeit import timeit
from zoneinfo import ZoneInfo

import pytest

from stream.core.schedule import WORKING_WEEK, Day, Holidays, Schedule, Schedules, Version

HOUR = 3_600 * 1_000_000
CLOSED: Day = ()
ROUND_THE_CLOCK: Day = ((0, 1440),)
NINE_TO_FIVE: Day = ((9 * 60, 17 * 60),)
WITH_LUNCH: Day = ((9 * 60, 12 * 60), (13 * 60, 17 * 60))


def at(text: str, zone: str = "UTC") -> int:
    """Microseconds of a local time, such as `2026-03-27 16:00`."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000


def every_day(day: Day, zone: str = "UTC") -> Schedule:
    return Schedule(zone=zone, versions=(Version(None, (day,) * 7),))


def test_the_default_is_monday_to_friday_nine_to_five_in_utc():
    schedules = Schedules()
    assert schedules.of({"queue": "billing"}) is schedules.default
    assert schedules.default == Schedule("default", "UTC", (Version(None, WORKING_WEEK),), Holidays())
    # 2026-03-02 is a Monday: from its midnight to the next there are five days of eight hours.
    assert schedules.default.elapsed_us(at("2026-03-02 00:00"), at("2026-03-09 00:00")) == 40 * HOUR


def test_a_queue_has_its_own_hours_and_any_other_ticket_the_default():
    night = every_day(((0, 6 * 60),))
    schedules = Schedules(by_queue={"night": night})
    assert schedules.of({"queue": "night"}) is night
    assert schedules.of({"queue": "day"}) is schedules.default
    assert schedules.of({}) is schedules.default


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-06 16:00", "2026-03-09 10:00", 2),  # Friday 16-17 and Monday 9-10
        ("2026-03-06 18:00", "2026-03-09 08:00", 0),  # nothing of a weekend
        ("2026-03-04 10:00", "2026-03-04 10:30", 0.5),  # within one day
        ("2026-03-04 08:00", "2026-03-04 18:00", 8),  # a whole day and its margins
        ("2026-03-04 17:00", "2026-03-05 09:00", 0),  # from the end of a day to the beginning of the next
        ("2026-03-04 12:00", "2026-03-04 12:00", 0),  # no time at all
        ("2026-03-04 12:00", "2026-03-04 11:00", 0),  # the end before the start
        ("2025-01-01 00:00", "2026-01-01 00:00", 2088),  # 261 weekdays in 2025
    ],
)
def test_only_what_lies_within_the_hours_elapses(start, end, hours):
    assert Schedule().elapsed_us(at(start), at(end)) == hours * HOUR


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-06 16:00", 2, "2026-03-09 10:00"),
        ("2026-03-06 16:00", 1, "2026-03-06 17:00"),  # the end of the day, not the beginning of the next
        ("2026-03-07 03:00", 1, "2026-03-09 10:00"),  # from a Saturday night
        ("2026-03-07 03:00", 0, "2026-03-07 03:00"),  # nothing has elapsed at once, hours or none
        ("2026-03-02 09:00", 40, "2026-03-06 17:00"),
        ("2026-03-02 09:00", 41, "2026-03-09 10:00"),
        ("2025-01-01 00:00", 2088, "2025-12-31 17:00"),
    ],
)
def test_adding_hours_gives_the_first_instant_by_which_they_have_elapsed(start, hours, end):
    assert Schedule().add_us(at(start), hours * HOUR) == at(end)


def test_a_lunch_break_is_no_business_time():
    schedule = every_day(WITH_LUNCH)
    # 11:30-12:00 and 13:00-13:15.
    assert schedule.elapsed_us(at("2026-03-04 11:30"), at("2026-03-04 13:15")) == 0.75 * HOUR
    assert schedule.elapsed_us(at("2026-03-04 12:00"), at("2026-03-04 13:00")) == 0
    assert schedule.add_us(at("2026-03-04 11:30"), HOUR // 2) == at("2026-03-04 12:00")
    assert schedule.add_us(at("2026-03-04 11:30"), HOUR // 2 + 1) == at("2026-03-04 13:00") + 1


def test_hours_may_end_at_midnight_and_go_on_after_it():
    schedule = every_day(((0, 120), (1320, 1440)))
    # 22-24 and 0-2 are four hours without a seam.
    assert schedule.elapsed_us(at("2026-03-04 21:00"), at("2026-03-05 03:00")) == 4 * HOUR
    assert schedule.add_us(at("2026-03-04 21:00"), 3 * HOUR) == at("2026-03-05 01:00")
    # Also over the end of a year, and of a leap day.
    assert schedule.elapsed_us(at("2027-12-31 21:00"), at("2028-01-01 03:00")) == 4 * HOUR
    assert schedule.elapsed_us(at("2028-02-28 21:00"), at("2028-03-01 03:00")) == 8 * HOUR


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("Europe/Berlin", "2026-03-29", 23),  # 02:00 becomes 03:00
        ("Europe/Berlin", "2026-10-25", 25),  # 03:00 becomes 02:00
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),  # half an hour
        ("America/Phoenix", "2026-03-08", 24),  # never changes its clock
    ],
)
def test_hours_over_a_change_of_the_clock_have_their_real_length(zone, day, length):
    midnight, noon = at(f"{day} 00:00", zone), at(f"{day} 12:00", zone)
    schedule = every_day(ROUND_THE_CLOCK, zone)
    assert schedule.elapsed_us(midnight, noon) == (length - 12) * HOUR
    assert schedule.add_us(midnight, int((length - 12) * HOUR)) == noon
    # From midnight to six, which holds the change, and to six of the day after, which does not.
    night = every_day(((0, 360),), zone)
    assert night.elapsed_us(midnight, noon) == (length - 24 + 6) * HOUR
    assert night.elapsed_us(midnight, noon + 24 * HOUR) == (length - 24 + 6 + 6) * HOUR


def test_business_hours_follow_the_wall_clock_through_a_change():
    # Berlin, Friday 2026-03-27 16:00 CET (15:00 UTC) to Monday 2026-03-30 10:00 CEST (08:00 UTC): 16-17 and 9-10.
    berlin = Schedule(zone="Europe/Berlin")
    assert berlin.elapsed_us(at("2026-03-27 15:00"), at("2026-03-30 08:00")) == 2 * HOUR
    # Before the change 09:00 is 08:00 UTC, after it 07:00 UTC.
    assert berlin.add_us(at("2026-03-27 00:00"), 1) == at("2026-03-27 08:00") + 1
    assert berlin.add_us(at("2026-03-30 00:00"), 1) == at("2026-03-30 07:00") + 1
    # New York goes back on Sunday 2026-11-01: 09:00 is 13:00 UTC on the Friday before, 14:00 UTC on the Monday after.
    new_york = Schedule(zone="America/New_York")
    assert new_york.add_us(at("2026-10-30 00:00"), 1) == at("2026-10-30 13:00") + 1
    assert new_york.elapsed_us(at("2026-10-30 20:00"), at("2026-11-02 15:00")) == 2 * HOUR


def test_a_time_that_the_clock_shows_twice_is_the_first_of_the_two():
    # Berlin, 2026-10-25: 02:30 CEST (00:30 UTC), then 03:00 CEST = 02:00 CET, then 02:30 CET (01:30 UTC).
    schedule = every_day(((150, 240),), "Europe/Berlin")  # 02:30 to 04:00, which is 03:00 UTC
    assert schedule.elapsed_us(at("2026-10-25 00:00"), at("2026-10-25 12:00")) == 2.5 * HOUR
    assert schedule.add_us(at("2026-10-25 00:00"), 1) == at("2026-10-25 00:30") + 1


def test_hours_that_the_skipped_hour_makes_overlap_count_once():
    # Berlin, 2026-03-29: 02:30 does not exist and lies behind the change, at 03:30 CEST (01:30 UTC). So 01:00-02:30
    # is 00:00-01:30 UTC, 02:30-03:00 (01:00 UTC) is nothing, and 03:00-05:00 (01:00-03:00 UTC) begins at 01:30 UTC.
    schedule = every_day(((60, 150), (150, 180), (180, 300)), "Europe/Berlin")
    assert schedule.elapsed_us(at("2026-03-29 00:00"), at("2026-03-29 12:00")) == 3 * HOUR
    assert schedule.add_us(at("2026-03-29 00:00"), 2 * HOUR) == at("2026-03-29 02:00")


def test_a_day_that_a_zone_left_out_counts_once():
    # Samoa went over the date line: after 2011-12-29 23:59:59 (-10) came 2011-12-31 00:00 (+14).
    schedule = every_day(NINE_TO_FIVE, "Pacific/Apia")
    assert schedule.elapsed_us(at("2011-12-29 10:00"), at("2012-01-01 10:00")) == 3 * 8 * HOUR


def test_a_holiday_has_no_hours_on_its_local_date():
    schedule = Schedule(zone="Asia/Tokyo", holidays=Holidays(frozenset({date(2026, 3, 4)})))
    # Wednesday the 4th in Tokyo begins on the 3rd at 15:00 UTC. From Tuesday 00:00 UTC (09:00 there): 8, 0 and 8.
    assert schedule.elapsed_us(at("2026-03-03 00:00"), at("2026-03-05 08:00")) == 16 * HOUR
    assert schedule.add_us(at("2026-03-03 00:00"), 9 * HOUR) == at("2026-03-05 01:00")


def test_the_holidays_of_a_country_and_of_a_part_of_it_come_from_the_package():
    everywhere = Schedule(zone="Europe/Berlin", holidays=Holidays(country="DE"))
    bavaria = Schedule(zone="Europe/Berlin", holidays=Holidays(country="DE", subdivision="BY"))
    # 2026-05-01 (a Friday) is a holiday in all of Germany, 2026-06-04 (Corpus Christi) in Bavaria, not in Berlin.
    assert everywhere.elapsed_us(at("2026-05-01 00:00"), at("2026-05-02 00:00")) == 0
    assert everywhere.elapsed_us(at("2026-06-04 00:00"), at("2026-06-05 00:00")) == 8 * HOUR
    assert bavaria.elapsed_us(at("2026-06-04 00:00"), at("2026-06-05 00:00")) == 0
    # Dates of one's own come on top.
    closed = Holidays(frozenset({date(2026, 6, 5)}), "DE", "BY")
    assert Schedule(holidays=closed).elapsed_us(at("2026-06-04 00:00"), at("2026-06-06 00:00")) == 0


def test_new_year_that_is_observed_the_day_before_closes_the_old_year():
    # 2022-01-01 is a Saturday, so that the United States have Friday 2021-12-31 off.
    schedule = Schedule(holidays=Holidays(country="US"))
    assert schedule.elapsed_us(at("2021-12-30 00:00"), at("2022-01-04 00:00")) == 2 * 8 * HOUR


def test_an_edit_counts_from_its_date_and_leaves_the_past_as_it_was():
    longer: tuple[Day, ...] = (((8 * 60, 20 * 60),),) * 5 + (CLOSED, CLOSED)
    schedule = Schedule(versions=(Version(None, WORKING_WEEK), Version(date(2026, 7, 1), longer)))
    # 2026-06-30 is a Tuesday of eight hours, 2026-07-01 a Wednesday of twelve.
    assert schedule.elapsed_us(at("2026-06-30 00:00"), at("2026-07-01 00:00")) == 8 * HOUR
    assert schedule.elapsed_us(at("2026-07-01 00:00"), at("2026-07-02 00:00")) == 12 * HOUR
    assert schedule.elapsed_us(at("2026-06-30 16:00"), at("2026-07-01 09:00")) == 2 * HOUR
    before = Schedule()
    span = (at("2026-05-04 03:00"), at("2026-06-30 23:00"))
    assert schedule.elapsed_us(*span) == before.elapsed_us(*span)


def test_before_the_first_version_there_are_no_hours():
    schedule = Schedule(versions=(Version(date(2026, 3, 4), WORKING_WEEK),))
    assert schedule.elapsed_us(at("2026-03-02 00:00"), at("2026-03-05 00:00")) == 8 * HOUR
    assert schedule.add_us(at("2020-01-01 00:00"), HOUR) == at("2026-03-04 10:00")


def test_hours_that_never_come_again_are_never_reached():
    never = every_day(CLOSED)
    assert never.elapsed_us(at("2026-01-01 00:00"), at("2030-01-01 00:00")) == 0
    assert never.add_us(at("2026-01-01 00:00"), 1) is None
    assert never.add_us(at("2026-01-01 00:00"), 0) == at("2026-01-01 00:00")
    until_june = Schedule(versions=(Version(None, WORKING_WEEK), Version(date(2026, 6, 1), (CLOSED,) * 7)))
    # Thursday 28 and Friday 29 May are the last sixteen hours.
    assert until_june.add_us(at("2026-05-28 00:00"), 16 * HOUR) == at("2026-05-29 17:00")
    assert until_june.add_us(at("2026-05-28 00:00"), 16 * HOUR + 1) is None


def test_hours_that_are_all_holidays_are_never_reached():
    sundays = frozenset(date.fromordinal(date(1970, 1, 4).toordinal() + 7 * week) for week in range(12_100))
    schedule = Schedule(versions=(Version(None, (CLOSED,) * 6 + (NINE_TO_FIVE,)),), holidays=Holidays(sundays))
    assert schedule.add_us(at("2026-01-01 00:00"), 1) is None


def test_instants_at_the_ends_of_time_are_answered_and_change_nothing():
    schedule = every_day(ROUND_THE_CLOCK, "Asia/Tokyo")
    assert schedule.elapsed_us(-(1 << 62), 0) == 9 * HOUR  # 1970 began there when it was 15:00 of 1969-12-31 in UTC
    assert schedule.elapsed_us(-(1 << 70), 1 << 70) == schedule.elapsed_us(
        at("1969-01-01 00:00"), at("2201-01-01 00:00")
    )
    assert schedule.add_us(-(1 << 62), 1) == -9 * HOUR + 1
    assert schedule.add_us(at("2199-12-31 14:00"), HOUR) == at("2199-12-31 15:00")
    assert schedule.add_us(at("2199-12-31 14:00"), HOUR + 1) is None
    assert schedule.add_us(1 << 62, 1) is None


def test_what_was_asked_before_changes_no_answer():
    asked, fresh = Schedule(zone="Europe/Berlin"), Schedule(zone="Europe/Berlin")
    span = (at("2026-01-05 10:00"), at("2026-02-09 11:00"))
    first = asked.elapsed_us(*span)
    asked.elapsed_us(at("1980-01-01 00:00"), at("2040-01-01 00:00"))
    asked.add_us(at("1975-01-01 00:00"), 100_000 * HOUR)
    assert asked.elapsed_us(*span) == first == fresh.elapsed_us(*span)
    assert (asked, hash(asked)) == (fresh, hash(fresh))


@pytest.mark.parametrize(
    ("week", "says"),
    [
        ((NINE_TO_FIVE,) * 6, "got 6 days; accepts seven"),
        ((((60, 60),),) * 7, "accepts ascending spans that do not overlap"),
        ((((60, 120), (90, 180)),) * 7, "accepts ascending spans that do not overlap"),
        ((((60, 1441),),) * 7, "accepts minutes from 0 to 1440"),
        ((((-1, 60),),) * 7, "accepts minutes from 0 to 1440"),
    ],
)
def test_hours_that_cannot_be_are_refused(week, says):
    with pytest.raises(ValueError, match=says):
        Version(None, week)


@pytest.mark.parametrize("dates", [(), (date(2026, 1, 1), None), (date(2026, 1, 1), date(2026, 1, 1))])
def test_versions_that_do_not_ascend_are_refused(dates):
    with pytest.raises(ValueError, match="accepts ascending dates, at least one"):
        Schedule(versions=tuple(Version(day, WORKING_WEEK) for day in dates))


def test_a_call_takes_microseconds_once_the_year_is_laid_out():
    schedule = Schedule(zone="Europe/Berlin", holidays=Holidays(country="DE", subdivision="BE"))
    start, end = at("2026-03-02 07:12"), at("2026-03-27 19:00")
    schedule.elapsed_us(start, end)
    elapsed = min(timeit(lambda: schedule.elapsed_us(start, end), number=2_000) for _ in range(5)) / 2_000
    added = min(timeit(lambda: schedule.add_us(start, 24 * HOUR), number=2_000) for _ in range(5)) / 2_000
    print(f"elapsed_us {elapsed * 1e6:.2f} us, add_us {added * 1e6:.2f} us")
    assert max(elapsed, added) < 20e-6  # laying out a year takes a hundred times as long
