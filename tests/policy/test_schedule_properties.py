"""Business hours against a minute-by-minute reading of the wall clock, over whatever hypothesis thinks of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import assume, example, given
from hypothesis import strategies as st

from stream.core.schedule import WORKING_WEEK, Day, Holidays, Schedule, Version

MINUTE = 60 * 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BASE = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
# Days on which a clock of these zones is changed, beside ordinary ones.
CHANGES = [
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 11, 1),
]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland"]

# No change happens between four in the morning and midnight. Hours that begin or end inside of a change are worked
# out by hand in test_schedule.py: there the wall clock alone does not say which instant is meant.
CORNERS = st.lists(st.sampled_from([0, *range(240, 1441, 5)]), max_size=6, unique=True).map(sorted)


@st.composite
def days(draw: st.DrawFn) -> Day:
    corners = draw(CORNERS)
    pairs = list(pairwise(corners))
    return tuple(pairs if draw(st.booleans()) else pairs[::2])  # with hours that touch, or with breaks between them


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    near = st.sampled_from(CHANGES).flatmap(lambda day: st.integers(-2, 2).map(lambda n: day + timedelta(days=n)))
    weeks = st.lists(days(), min_size=7, max_size=7).map(tuple)
    edits = sorted(draw(st.sets(near, max_size=2)))
    versions = [Version(None, draw(weeks)), *(Version(day, draw(weeks)) for day in edits)]
    return Schedule(
        zone=draw(st.sampled_from(ZONES)),
        versions=tuple(versions),
        holidays=Holidays(draw(st.frozensets(near, max_size=3))),
    )


@st.composite
def instants(draw: st.DrawFn) -> int:
    """An instant within two days of a change of some clock, at any microsecond."""
    day = draw(st.sampled_from(CHANGES))
    return (day - EPOCH.date()).days * 1440 * MINUTE + draw(st.integers(-2 * 1440 * MINUTE, 2 * 1440 * MINUTE))


def read_off_the_clock(schedule: Schedule, start_us: int, end_us: int) -> int:
    """The oracle: look at the wall clock at the beginning of each minute, and add up those within the hours."""
    total, zone = 0, ZoneInfo(schedule.zone)
    for minute in range(start_us // MINUTE, -(-end_us // MINUTE)):
        local = (EPOCH + timedelta(minutes=minute)).astimezone(zone)
        week = [
            version.week
            for version in schedule.versions
            if version.from_date is None or version.from_date <= local.date()
        ][-1]
        now = local.hour * 60 + local.minute
        if local.date() not in schedule.holidays.dates and any(a <= now < b for a, b in week[local.weekday()]):
            total += min(end_us, (minute + 1) * MINUTE) - max(start_us, minute * MINUTE)
    return total


@given(schedules(), instants(), st.integers(0, 50 * 60 * MINUTE))
@example(Schedule(zone="Europe/Berlin"), BASE, 9 * 1440 * MINUTE)
def test_what_elapses_is_what_the_wall_clock_shows(schedule, start_us, length_us):
    end_us = start_us + length_us
    assert schedule.elapsed_us(start_us, end_us) == read_off_the_clock(schedule, start_us, end_us)


@given(schedules(), st.lists(instants(), min_size=3, max_size=3).map(sorted))
def test_a_span_elapses_as_much_as_its_parts(schedule, corners):
    start, middle, end = corners
    whole = schedule.elapsed_us(start, end)
    assert whole == schedule.elapsed_us(start, middle) + schedule.elapsed_us(middle, end)
    assert 0 <= whole <= end - start


@given(schedules(), instants(), st.integers(1, 300 * 60 * MINUTE))
def test_adding_is_the_inverse_of_elapsing(schedule, start_us, business_us):
    end_us = schedule.add_us(start_us, business_us)
    if end_us is None:
        # Hours there are none after the last edit: so much does not come in what is left of time.
        assert schedule.elapsed_us(start_us, 1 << 62) < business_us
    else:
        assert schedule.elapsed_us(start_us, end_us) == business_us
        assert schedule.elapsed_us(start_us, end_us - 1) == business_us - 1


@given(schedules(), instants(), instants())
def test_a_later_start_never_ends_earlier(schedule, one, other):
    first, second = (schedule.add_us(min(one, other), 10 * MINUTE), schedule.add_us(max(one, other), 10 * MINUTE))
    assume(first is not None and second is not None)
    assert first <= second


@given(days(), instants(), st.integers(0, 40 * 24 * 60 * MINUTE))
def test_a_week_that_is_the_same_every_day_in_utc_is_a_fraction_of_time(day, start_us, length_us):
    schedule = Schedule(versions=(Version(None, (day,) * 7),))
    daily = sum(end - start for start, end in day) * MINUTE
    whole_days, rest = divmod(length_us, 1440 * MINUTE)
    elapsed = schedule.elapsed_us(start_us, start_us + length_us)
    assert whole_days * daily <= elapsed <= whole_days * daily + min(rest, daily)


def test_the_oracle_itself_counts_a_working_week():
    monday = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000_000
    schedule = Schedule(versions=(Version(None, WORKING_WEEK),))
    assert read_off_the_clock(schedule, monday, monday + 7 * 1440 * MINUTE) == 40 * 60 * MINUTE
