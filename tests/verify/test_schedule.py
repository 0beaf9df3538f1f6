"""Opening hours worked out by hand: breaks, holidays, new hours, and clocks that change. 2 March 2026 is a Monday."""

from typing import Any

import pytest

from stream.verify.instant import microseconds, rfc3339
from stream.verify.schedule import Schedule
from tests.verify.story import hours

HOUR = 3_600_000_000
OFFICE: dict[str, Any] = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def elapsed(schedule: dict[str, Any], start: str, end: str) -> float:
    """Hours between two instants, of March 2026 if they are but a day and a time of UTC."""
    start_us, end_us = (microseconds(text if len(text) > 8 else f"2026-03-{text}:00Z") for text in (start, end))
    return Schedule.of_document(schedule).elapsed_us(start_us, end_us) / HOUR


def added(schedule: dict[str, Any], start: str, business_hours: float) -> str | None:
    start_us = microseconds(f"2026-03-{start}:00Z")
    due_us = Schedule.of_document(schedule).add_us(start_us, round(business_hours * HOUR))
    return None if due_us is None else rfc3339(due_us)[8:16]


@pytest.mark.parametrize(
    ("start", "end", "business_hours"),
    [
        ("02T10:00", "02T11:30", 1.5),
        ("02T08:00", "02T09:00", 0),  # ends as the day begins
        ("02T08:00", "02T18:00", 8),
        ("02T16:00", "03T10:00", 2),
        ("06T16:30", "09T09:15", 0.75),  # over a weekend
        ("07T00:00", "09T00:00", 0),  # a weekend
        ("02T00:00", "09T00:00", 40),
        ("02T11:00", "02T10:00", 0),  # ends before it starts
        ("2025-12-31T16:00:00Z", "2026-01-01T10:00:00Z", 2),
    ],
)
def test_time_passes_in_office_hours_alone(start: str, end: str, business_hours: float) -> None:
    assert elapsed(hours(**OFFICE), start, end) == business_hours


@pytest.mark.parametrize(
    ("start", "business_hours", "due"),
    [
        ("02T10:00", 0, "02T10:00"),
        ("07T10:00", 0, "07T10:00"),  # nothing has to pass
        ("02T10:00", 1, "02T11:00"),
        ("02T09:00", 8, "02T17:00"),  # the end of the day, not the beginning of the next
        ("02T18:00", 1, "03T10:00"),
        ("06T16:00", 2, "09T10:00"),
        ("02T09:00", 41, "09T10:00"),
    ],
)
def test_a_span_of_office_hours_is_over_at_the_first_instant_that_it_has_passed(
    start: str, business_hours: float, due: str
) -> None:
    assert added(hours(**OFFICE), start, business_hours) == due


def test_a_break_does_not_count() -> None:
    breaks = hours(mon=[["09:00", "12:00"], ["13:00", "17:00"]])
    assert elapsed(breaks, "02T11:00", "02T14:00") == 2
    assert added(breaks, "02T11:30", 1) == "02T13:30"
    assert added(breaks, "02T11:00", 1) == "02T12:00"


def test_a_day_until_24_00_runs_into_the_next() -> None:
    always = hours(daily=[["00:00", "24:00"]])
    assert elapsed(always, "02T18:00", "05T06:00") == 60
    assert elapsed(hours(mon=[["22:00", "24:00"]], tue=[["00:00", "06:00"]]), "02T00:00", "04T00:00") == 8


def test_hours_are_read_from_the_clock_of_their_zone() -> None:
    assert elapsed(hours("Asia/Kathmandu", **OFFICE), "02T03:15", "02T03:45") == 0.5  # 09:00 there is 03:15 UTC
    assert elapsed(hours("Asia/Kathmandu", **OFFICE), "02T03:00", "02T12:00") == 8


@pytest.mark.parametrize(
    ("day", "business_hours"),
    [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)],
)
def test_a_day_is_as_long_as_its_clock_says(day: str, business_hours: int) -> None:
    always = hours("Europe/Berlin", daily=[["00:00", "24:00"]])
    on_this_day = {**always, "versions": [{**always["versions"][0], "from": day}]}
    ends = {"2026-03-28": "2026-03-28T23:00:00Z", "2026-03-29": "2026-03-29T22:00:00Z"}
    assert elapsed(on_this_day, "2026-01-01T00:00:00Z", ends.get(day, "2026-10-25T23:00:00Z")) == business_hours


def test_a_night_shift_loses_the_hour_that_the_clock_skips_and_has_the_one_it_shows_twice() -> None:
    night = hours("Europe/Berlin", sun=[["01:00", "04:00"]])
    assert elapsed(night, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z") == 2
    assert elapsed(night, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z") == 4
    assert elapsed(night, "2026-03-21T12:00:00Z", "2026-03-22T12:00:00Z") == 3


def test_hours_that_lie_in_the_skipped_hour_alone_lie_behind_it_and_count_once() -> None:
    # 02:15 to 02:45 of that night is 03:15 to 03:45, that is 01:15 to 01:45 UTC.
    skipped = hours("Europe/Berlin", sun=[["02:15", "02:45"]])
    assert elapsed(skipped, "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z") == 0.25
    both = hours("Europe/Berlin", sun=[["02:15", "02:45"], ["03:00", "04:00"]])
    assert elapsed(both, "2026-03-29T01:30:00Z", "2026-03-29T03:00:00Z") == 0.5  # 01:30 to 02:00 UTC


def test_a_holiday_has_no_hours() -> None:
    assert elapsed(hours(**OFFICE, dates=["2026-03-03"]), "02T16:00", "04T10:00") == 2
    assert added(hours(**OFFICE, dates=["2026-03-03"]), "02T16:00", 2) == "04T10:00"
    # Good Friday and Easter Monday, 3 and 6 April 2026
    german = hours("Europe/Berlin", **OFFICE, country="DE")
    assert elapsed(german, "2026-04-02T15:00:00Z", "2026-04-07T08:00:00Z") == 1
    christmas = elapsed(german, "2026-12-24T00:00:00Z", "2026-12-29T00:00:00Z")
    assert christmas == 16  # Thursday the 24th and Monday the 28th


def test_the_holidays_of_a_part_of_a_country_are_those_of_that_part() -> None:
    bavarian = hours("Europe/Berlin", **OFFICE, country="DE")
    bavarian["holidays"]["subdivision"] = "BY"
    epiphany = ("2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z")
    assert elapsed(bavarian, *epiphany) == 0
    assert elapsed(hours("Europe/Berlin", **OFFICE, country="DE"), *epiphany) == 8


def test_new_hours_hold_from_their_date_and_leave_the_past_alone() -> None:
    changed = hours(**OFFICE)
    longer = hours(daily=[["08:00", "20:00"]])["versions"][0]
    changed["versions"].append({**longer, "from": "2026-03-04"})
    assert elapsed(changed, "02T00:00", "04T00:00") == 16
    assert elapsed(changed, "04T00:00", "09T00:00") == 60
    assert added(changed, "03T16:00", 2) == "04T09:00"


def test_what_never_passes_is_never_over() -> None:
    assert added(hours(), "02T10:00", 1) is None
    closing = hours(**OFFICE)
    closing["versions"].append({**hours()["versions"][0], "from": "2026-03-04"})
    assert added(closing, "02T09:00", 16) == "03T17:00"
    assert added(closing, "02T09:00", 16.001) is None


def test_a_long_time_is_laid_out_as_it_is_asked_for() -> None:
    schedule = Schedule.of_document(hours(daily=[["00:00", "24:00"]]))
    start_us, day_us = microseconds("2026-03-02T00:00:00Z"), 24 * HOUR
    assert schedule.add_us(start_us, 10_000 * day_us) == start_us + 10_000 * day_us
    early_us = microseconds("1990-01-01T00:00:00Z")
    assert schedule.elapsed_us(early_us, start_us) == start_us - early_us
    assert schedule.elapsed_us(start_us, start_us + day_us) == day_us


def test_no_desk_is_open_before_1970_or_after_2199() -> None:
    schedule = Schedule.of_document(hours(daily=[["00:00", "24:00"]]))
    end_us = microseconds("2199-12-31T23:00:00Z") + HOUR
    assert schedule.elapsed_us(end_us - HOUR, end_us + 900_000 * HOUR) == HOUR
    assert schedule.elapsed_us(end_us, end_us + 900_000 * HOUR) == 0
    assert schedule.add_us(end_us - HOUR, HOUR) == end_us
    assert schedule.add_us(end_us - HOUR, HOUR + 1) is None
    assert Schedule.of_document(hours(daily=[["00:00", "24:00"]])).elapsed_us(0, HOUR) == HOUR
