"""Whether events arrive: by the newest of them, and by the hours in which they have to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from stream.board.trust import trusted
from stream.core.feed import Feed, feed
from stream.core.schedule import Day, Schedule, Schedules, Version

MINUTE_US = 60_000_000
TEN_MINUTES_US = 10 * MINUTE_US
NINE_TO_FIVE = Schedules()  # from Monday to Friday, in UTC
NIGHT: Day = ((0, 6 * 60),)
WITH_NIGHTS = Schedules(by_queue={"emergency": Schedule("nights", versions=(Version(None, (NIGHT,) * 7),))})


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize("schedules", [None, NINE_TO_FIVE])
def test_a_feed_without_any_event_is_no_quiet_one(schedules: Schedules | None):
    assert feed(None, at("02T03:00"), TEN_MINUTES_US, schedules) == "never"


def test_a_feed_is_alive_until_nothing_came_for_longer_than_the_bound():
    newest = at("02T12:00")
    assert feed(newest, newest + TEN_MINUTES_US, TEN_MINUTES_US, NINE_TO_FIVE) == "alive"
    assert feed(newest, newest + TEN_MINUTES_US + 1, TEN_MINUTES_US, NINE_TO_FIVE) == "dead"


@pytest.mark.parametrize(
    ("now", "schedules", "found"),
    [
        ("02T17:11", NINE_TO_FIVE, "quiet"),  # closed since 17:00
        ("03T03:00", NINE_TO_FIVE, "quiet"),
        ("03T09:04", NINE_TO_FIVE, "quiet"),  # open for four minutes, and six on Monday
        ("03T09:05", NINE_TO_FIVE, "dead"),
        ("03T00:11", WITH_NIGHTS, "dead"),  # a queue is served, if not all
        ("02T23:59", WITH_NIGHTS, "quiet"),
        ("02T17:11", None, "dead"),  # nobody stated hours
    ],
)
def test_a_desk_closed_at_night_is_quiet_and_dead_only_once_it_is_open(
    now: str, schedules: Schedules | None, found: Feed
):
    assert feed(at("02T16:54"), at(now), TEN_MINUTES_US, schedules) == found


def test_an_event_dated_ahead_says_nothing_of_when_it_came():
    assert feed(at("03T12:00"), at("02T12:00"), TEN_MINUTES_US, None) == "quiet"


ROW = {"label": "chat", "value": 1, "level": "bad"}
TILE: dict[str, Any] = {
    "value": 3,
    "n": 3,
    "low": 1,
    "high": 5,
    "level": "good",
    "target": 5.0,
    "why": None,
    "more": 2,
    "parts": {"on_time": 3},
    "rows": [ROW],
    "fresh_as_of": "2026-03-02T12:00:00Z",
}


def test_a_tile_of_a_living_feed_says_what_it_says():
    assert trusted(TILE, "alive") is TILE


@pytest.mark.parametrize("of", ["quiet", "behind"])
def test_without_news_nothing_is_well_and_what_is_overdue_stays_so(of: Feed):
    assert trusted(TILE, of) == TILE | {"level": "neutral"}


@pytest.mark.parametrize("level", ["good", "warn", "bad"])
def test_a_dead_feed_leaves_numbers_and_no_judgement(level: str):
    assert trusted(TILE | {"level": level}, "dead") == TILE | {"level": "neutral", "rows": [ROW | {"level": "neutral"}]}


def test_before_the_first_event_nothing_is_0():
    told = trusted(TILE, "never")
    assert (told["value"], told["n"], told["parts"], told["rows"], told["more"]) == (None, None, None, [], 0)
    assert (told["level"], told["why"], told["target"]) == ("unknown", "no_event", 5.0)
    assert trusted(TILE | {"rows": None}, "never")["rows"] is None
