"""Where windows lie, on dates whose daylight saving time is known.

Berlin: UTC+1, and UTC+2 between 2026-03-29 01:00 and 2026-10-25 01:00 UTC.
"""

import pytest

from stream.verify.instant import microseconds, rfc3339
from stream.verify.windows import Today, Window, duration_us, window
from tests.verify.story import Desk, Story, at, row


def bounds(name: str, now: str, today: Today | None = None) -> tuple[str, str]:
    found = window(name, microseconds(now), today or Today())
    assert found.start_us is not None
    assert found.end_us is not None
    return rfc3339(found.start_us), rfc3339(found.end_us)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("5m", "2026-03-02T11:55:10", "2026-03-02T12:00:10"),
        ("30m", "2026-03-02T11:30:10", "2026-03-02T12:00:10"),
        ("1h", "2026-03-02T11:00:10", "2026-03-02T12:00:10"),
        ("24h", "2026-03-01T12:01:00", "2026-03-02T12:01:00"),
        ("today", "2026-03-02T00:00:00", "2026-03-02T12:01:00"),
        ("7d", "2026-02-23T13:00:00", "2026-03-02T13:00:00"),
        ("90d", "2025-12-02T13:00:00", "2026-03-02T13:00:00"),
    ],
)
@pytest.mark.parametrize("now", ["2026-03-02T12:00:00Z", "2026-03-02T12:00:09.999999Z"])
def test_a_window_ends_with_the_pane_that_contains_now(name: str, start: str, end: str, now: str) -> None:
    assert bounds(name, now) == (f"{start}.000000Z", f"{end}.000000Z")


def test_at_the_end_of_its_pane_a_window_moves_on() -> None:
    assert bounds("5m", "2026-03-02T12:00:10Z") == ("2026-03-02T11:55:20.000000Z", "2026-03-02T12:00:20.000000Z")


def test_everything_is_in_all() -> None:
    assert window("all", 0, Today()) == Window("all", None, None)


@pytest.mark.parametrize("name", ["yesterday", "", "0m", "5", "-5m", "5 m", "5w", "٥m"])
def test_a_window_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no length of time"):
        window(name, 0, Today())


@pytest.mark.parametrize(
    ("now", "hour", "start"),
    [
        # midnight in Berlin
        ("2026-03-02T12:00:00Z", 0, "2026-03-01T23:00:00"),
        ("2026-03-01T22:59:59Z", 0, "2026-02-28T23:00:00"),
        ("2026-03-01T23:00:00Z", 0, "2026-03-01T23:00:00"),
        # four in the morning: before it, the day is still yesterday
        ("2026-03-02T02:59:59Z", 4, "2026-03-01T03:00:00"),
        ("2026-03-02T03:00:00Z", 4, "2026-03-02T03:00:00"),
        # the short day: midnight before the jump is at 23:00 UTC, the next one at 22:00 UTC
        ("2026-03-29T12:00:00Z", 0, "2026-03-28T23:00:00"),
        ("2026-03-29T22:00:00Z", 0, "2026-03-29T22:00:00"),
        ("2026-03-29T12:00:00Z", 4, "2026-03-29T02:00:00"),
        # the clock skips 02:00: the day starts with the jump
        ("2026-03-29T00:59:59Z", 2, "2026-03-28T01:00:00"),
        ("2026-03-29T01:00:00Z", 2, "2026-03-29T01:00:00"),
        ("2026-03-30T00:00:00Z", 2, "2026-03-30T00:00:00"),
        # the long day, 25 hours
        ("2026-10-25T22:59:59Z", 0, "2026-10-24T22:00:00"),
        ("2026-10-25T23:00:00Z", 0, "2026-10-25T23:00:00"),
        # 02:00 comes twice: the day starts with the first and does not start again
        ("2026-10-24T23:59:59Z", 2, "2026-10-24T00:00:00"),
        ("2026-10-25T00:00:00Z", 2, "2026-10-25T00:00:00"),
        ("2026-10-25T01:30:00Z", 2, "2026-10-25T00:00:00"),
        ("2026-10-25T20:00:00Z", 2, "2026-10-25T00:00:00"),
    ],
)
def test_today_starts_by_the_local_clock(now: str, hour: int, start: str) -> None:
    assert bounds("today", now, Today(hour, "Europe/Berlin"))[0] == f"{start}.000000Z"


@pytest.mark.parametrize(
    ("zone", "now", "start"),
    [
        # Kathmandu is at +05:45
        ("Asia/Kathmandu", "2026-03-02T18:14:59Z", "2026-03-01T18:15:00"),
        ("Asia/Kathmandu", "2026-03-02T18:15:00Z", "2026-03-02T18:15:00"),
        # Auckland is a day ahead, at +13
        ("Pacific/Auckland", "2026-01-01T12:00:00Z", "2026-01-01T11:00:00"),
        # Havana has midnight twice on 2026-11-01 (04:00 and 05:00 UTC), and none on 2026-03-08 (jump at 05:00 UTC)
        ("America/Havana", "2026-11-01T05:30:00Z", "2026-11-01T04:00:00"),
        ("America/Havana", "2026-03-08T04:59:59Z", "2026-03-07T05:00:00"),
        ("America/Havana", "2026-03-08T05:00:00Z", "2026-03-08T05:00:00"),
    ],
)
def test_today_starts_at_midnight_wherever_that_is(zone: str, now: str, start: str) -> None:
    assert bounds("today", now, Today(0, zone))[0] == f"{start}.000000Z"


def test_an_event_at_the_start_is_in_the_window_and_one_at_the_end_is_not(desk: Desk, story: Story) -> None:
    # At 12:00 the window of 5 minutes is [11:55:10, 12:00:10).
    for i, when in enumerate(("11:55:09.999999", "11:55:10", "12:00:09.999999", "12:00:10")):
        story.opened(f"T{i}", "11:00")
        story.responded(f"T{i}", when)
    report = desk.report(story)
    assert report["windows"]["5m"] == {"start": "2026-03-02T11:55:10.000000Z", "end": "2026-03-02T12:00:10.000000Z"}
    assert row(report, "first_response", "5m", "response")["n"] == 2
    assert row(report, "first_response", "all", "response")["n"] == 4


def test_today_holds_the_25_hours_of_the_day_the_clock_goes_back(desk: Desk, story: Story) -> None:
    for i, answered in enumerate(("2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z", "2026-10-25T22:30:00Z")):
        story.opened(f"T{i}", "2026-10-24T20:00:00Z")
        story.responded(f"T{i}", answered)
    report = desk.report(story, "2026-10-25T22:45:00Z", today=Today(0, "Europe/Berlin"))
    assert row(report, "first_response", "today", "response")["n"] == 2
    assert row(report, "first_response", "24h", "response")["n"] == 1


def test_a_length_has_a_unit() -> None:
    assert [duration_us(text) for text in ("90s", "5m", "72h", "7d")] == [
        seconds * 1_000_000 for seconds in (90, 300, 72 * 3600, 7 * 86400)
    ]


def test_a_time_is_cut_to_microseconds_and_shifted_to_utc() -> None:
    assert rfc3339(microseconds("2026-03-02T12:00:00.1234569+05:45")) == "2026-03-02T06:15:00.123456Z"
    assert microseconds(at("12:00")) == microseconds("2026-03-02 12:00:00z")
