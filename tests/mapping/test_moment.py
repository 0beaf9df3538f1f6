"""Times in files: formats, zones, and the two hours a year in which a local clock does not tell the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.mapping.moment import Moment, TimeReading, duration_us, written
from stream.mapping.refusal import Cause, Refusal

ROME = ZoneInfo("Europe/Rome")
NOON = "2026-03-02T12:00:00Z"


def reading(**keys: object) -> TimeReading:
    return TimeReading.model_validate(keys)


def read(text: str, **keys: object) -> str:
    """Read a time and write it in UTC; a refusal fails the test."""
    moment = reading(**keys).read(text)
    assert isinstance(moment, Moment), moment
    return written(moment.at_us)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02T13:00:00+01:00",
        "2026-03-02T12:00:00Z",
        "2026-03-02 12:00:00 UTC",
        "2026-03-02 13:00:00 +0100",
        "2026-03-02 13:00 +01:00",
        "20260302T120000Z",
        "2026-03-02T12:00:00.0000009Z",
    ],
)
def test_iso_takes_what_exports_write(text: str) -> None:
    assert read(text) == NOON


@pytest.mark.parametrize("text", ["Mon, 2 Mar 2026 13:00:00 +0100", "2 Mar 2026 12:00:00 GMT"])
def test_times_are_read_as_in_mail(text: str) -> None:
    assert read(text, formats="rfc_2822", zone="UTC") == NOON


def test_a_long_text_is_no_time_and_is_not_searched_for_one() -> None:
    refusal = reading().read("2026" + " " * 1_000_000 + "x")
    assert isinstance(refusal, Refusal)
    assert refusal.cause is Cause.TIME


def test_a_time_of_its_own_zone_ignores_the_zone_of_the_mapping() -> None:
    assert read("2026-03-02T12:00:00Z", zone="Asia/Tokyo") == NOON


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("1772452800", "unix"),
        ("1772452800.0", "unix"),
        ("1772452800000", "unix_ms"),
        ("1772452800000000", "unix_us"),
        ("02/03/2026 13:00", "%d/%m/%Y %H:%M"),
        ("02/Mar/26 1:00 PM", "%d/%b/%y %I:%M %p"),
    ],
)
def test_other_formats_are_named(text: str, pattern: str) -> None:
    assert read(text, formats=[pattern], zone="Europe/Rome") == NOON


def test_formats_are_tried_in_order() -> None:
    keys = {"formats": ["%d/%m/%Y %H:%M", "unix"], "zone": "UTC"}
    assert read("02/03/2026 12:00", **keys) == NOON
    assert read("1772452800", **keys) == NOON


# Rome, 25 October 2026: clocks go back at 03:00, so 02:30 comes twice.
#
#   UTC    00:00     00:30      01:00     01:30      02:00
#   local  02:00 ... 02:30 .... 02:00 ... 02:30 .... 03:00
@pytest.mark.parametrize(
    ("policy", "expected"), [("earlier", "2026-10-25T00:30:00Z"), ("later", "2026-10-25T01:30:00Z")]
)
def test_an_hour_that_came_twice_is_the_one_that_the_mapping_says_and_is_marked(policy: str, expected: str) -> None:
    moment = reading(zone="Europe/Rome", repeated_hour=policy).read("2026-10-25T02:30:00")
    assert isinstance(moment, Moment)
    assert (written(moment.at_us), moment.clock) == (expected, "repeated")


def test_an_hour_that_came_twice_can_be_refused() -> None:
    moment = reading(zone="Europe/Rome", repeated_hour="reject").read("2026-10-25T02:30:00")
    assert moment == Refusal(Cause.TIME, "got '2026-10-25T02:30:00', which came twice in Europe/Rome")


# Rome, 29 March 2026: clocks go forward at 02:00, so 02:30 never was. A clock that nobody moved shows 02:30 when
# the others show 03:30.
def test_an_hour_that_was_skipped_is_read_from_a_clock_not_moved_yet_and_is_marked() -> None:
    moment = reading(zone="Europe/Rome").read("2026-03-29T02:30:00")
    assert isinstance(moment, Moment)
    assert (written(moment.at_us), moment.clock) == ("2026-03-29T01:30:00Z", "skipped")
    assert datetime(2026, 3, 29, 1, 30, tzinfo=UTC).astimezone(ROME).hour == 3


def test_an_hour_that_was_skipped_can_be_refused() -> None:
    moment = reading(zone="Europe/Rome", skipped_hour="reject").read("2026-03-29T02:30:00")
    assert moment == Refusal(Cause.TIME, "got '2026-03-29T02:30:00', which the clocks of Europe/Rome skipped")


@given(st.integers(0, 4_000_000_000), st.sampled_from(["earlier", "later"]))
def test_every_instant_written_by_a_local_clock_is_read_back_but_for_the_other_half_of_a_repeated_hour(
    seconds: int, policy: str
) -> None:
    instant = datetime.fromtimestamp(seconds, UTC)
    local = instant.astimezone(ROME)
    moment = reading(zone="Europe/Rome", repeated_hour=policy).read(local.replace(tzinfo=None).isoformat())
    assert isinstance(moment, Moment)
    off = timedelta(microseconds=moment.at_us) - timedelta(seconds=seconds)
    if moment.clock == "plain":
        assert not off
    else:
        assert moment.clock == "repeated"
        assert off == (timedelta() if local.fold == (policy == "later") else timedelta(hours=1 - 2 * local.fold))


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2026-03-02",
        "2026-02-30T12:00:00Z",
        "1969-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
    ],
)
def test_what_is_no_time_or_out_of_reach_is_refused(text: str) -> None:
    moment = reading().read(text)
    assert isinstance(moment, Refusal)
    assert moment.cause is Cause.TIME


@pytest.mark.parametrize("text", ["nan", "inf", "1e400.0", "99999999999999999999"])
def test_numbers_that_are_no_instant_are_refused(text: str) -> None:
    assert isinstance(reading(formats=["unix"]).read(text), Refusal)


def test_a_local_time_without_any_zone_is_refused_and_says_how_to_fix_it() -> None:
    moment = reading().read("2026-03-02T12:00:00")
    assert isinstance(moment, Refusal)
    assert "time.zone" in moment.detail


@given(st.text())
def test_no_text_makes_reading_a_time_fail(text: str) -> None:
    found = reading(zone="Europe/Rome", formats=["iso", "unix", "%d/%m/%Y %H:%M"]).read(text)
    assert isinstance(found, Moment | Refusal)


@pytest.mark.parametrize(
    ("text", "unit", "seconds"),
    [
        ("90", "seconds", 90),
        ("1.5", "minutes", 90),
        ("2", "hours", 7200),
        ("01:00:30", "clock", 3630),
        ("0:05", "clock", 300),
    ],
)
def test_durations_have_units(text: str, unit: str, seconds: float) -> None:
    assert duration_us(text, unit) == seconds * 1_000_000


@pytest.mark.parametrize(
    ("text", "unit"), [("-1", "minutes"), ("inf", "hours"), ("nan", "hours"), ("5", "clock"), ("1:-5", "clock")]
)
def test_what_is_no_duration_is_refused(text: str, unit: str) -> None:
    assert isinstance(duration_us(text, unit), Refusal)


@pytest.mark.parametrize("formats", [["unix", "unix_ms"], ["unix_ms", "unix"], ["iso", "unix_us", "unix_ms", "unix"]])
@pytest.mark.parametrize("text", ["1772452800", "1772452800000", "1772452800.0", "1.7724528e9"])
def test_seconds_and_milliseconds_in_one_column_are_told_apart_by_their_digits(formats: list[str], text: str) -> None:
    assert read(text, formats=formats) == NOON


def test_several_formats_in_one_column_are_tried_until_one_fits_also_where_a_time_would_be_out_of_reach() -> None:
    formats = ["%d/%m/%Y %H:%M", "iso", "unix", "unix_ms", "unix_us"]
    texts = ["02/03/2026 12:00", "2026-03-02T12:00:00Z", "1772452800", "1772452800000", "1772452800000000"]
    assert {read(text, formats=formats, zone="UTC") for text in texts} == {NOON}
    refused = reading(formats=formats).read("99999999999999999999")
    assert isinstance(refused, Refusal)
    assert "accepts times from 1970 to 2199" in refused.detail
