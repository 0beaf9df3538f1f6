"""When a value is good, a warning or bad; and what the policy file promises to the tickets of a tile."""

from __future__ import annotations

import pytest

from stream.board.layout import Filter, Threshold
from stream.board.thresholds import level, promised_seconds, under_policy
from stream.core.definitions import Definitions, Target
from stream.core.windows import HOUR_US, MINUTE_US
from stream.numbers.tile import Promise

DEFAULT = Definitions()
NOW_US = 1_000_000_000_000
CALENDAR, BUSINESS, REPLY = Promise("calendar"), Promise("business"), Promise("calendar", "reply")


@pytest.mark.parametrize(
    ("value", "says"), [(0, "good"), (2.9, "good"), (3, "warn"), (4, "warn"), (4.1, "bad"), (None, "unknown")]
)
def test_more_is_bad(value: float | None, says: str) -> None:
    assert level(value, Threshold("at_most", 4, 3)) == says


@pytest.mark.parametrize(
    ("value", "says"), [(100, "good"), (85.1, "good"), (85, "warn"), (80, "warn"), (79.9, "bad"), (None, "unknown")]
)
def test_less_is_bad(value: float | None, says: str) -> None:
    assert level(value, Threshold("at_least", 80, 85)) == says


def test_without_a_warning_or_without_a_target_the_other_holds() -> None:
    assert [level(value, Threshold("at_most", 4)) for value in (4, 5)] == ["good", "bad"]
    assert [level(value, Threshold("at_most", None, 4)) for value in (3, 4, 99)] == ["good", "warn", "warn"]


def test_without_either_a_value_is_neither_good_nor_bad() -> None:
    assert level(5, None) == level(5, Threshold("at_most", from_policy=True)) == "neutral"
    assert level(None, None) == "unknown"


@pytest.mark.parametrize(
    ("of", "seconds"),
    [
        ((("channel", ("phone",)),), 240),
        ((("channel", ("email", "form")),), 86_400),
        ((("channel", ("phone",)), ("queue", ("billing",))), 240),
        ((), None),  # promises differ
        ((("channel", ("phone", "chat")),), None),  # here too
        ((("channel", ("forum",)),), None),  # nothing is promised
        ((("channel", ("phone", "forum")),), None),  # to some of them nothing is
        ((("queue", ("billing",)),), None),
    ],
)
def test_a_target_of_the_policy_is_one_that_all_tickets_of_the_tile_have(of: Filter, seconds: float | None) -> None:
    assert promised_seconds(DEFAULT, CALENDAR, of, NOW_US) == seconds


def test_a_promise_to_some_tickets_only_is_none_for_a_tile_of_more() -> None:
    urgent_first = Definitions(
        targets=(Target(HOUR_US, priorities=frozenset({"urgent"})), Target(4 * HOUR_US, frozenset({"chat"})))
    )
    chat, urgent = ("channel", ("chat",)), ("priority", ("urgent",))
    assert promised_seconds(urgent_first, CALENDAR, (chat,), NOW_US) is None
    assert promised_seconds(urgent_first, CALENDAR, (chat, urgent), NOW_US) == 3600
    assert promised_seconds(urgent_first, CALENDAR, (urgent,), NOW_US) == 3600
    assert promised_seconds(urgent_first, CALENDAR, (chat, ("priority", ("low",))), NOW_US) == 4 * 3600


def test_a_promise_counts_while_it_is_in_force_and_by_its_own_clock() -> None:
    def only(**more: object) -> Definitions:
        return Definitions(targets=(Target(HOUR_US, **more),))  # type: ignore[arg-type]  # what a test makes of it

    assert promised_seconds(only(), CALENDAR, (), NOW_US) == 3600
    assert promised_seconds(only(from_us=NOW_US), CALENDAR, (), NOW_US) == 3600
    assert promised_seconds(only(from_us=NOW_US + 1), CALENDAR, (), NOW_US) is None
    assert promised_seconds(only(until_us=NOW_US + 1), CALENDAR, (), NOW_US) == 3600
    assert promised_seconds(only(until_us=NOW_US), CALENDAR, (), NOW_US) is None
    assert promised_seconds(only(clock="business"), CALENDAR, (), NOW_US) is None
    assert promised_seconds(only(clock="business"), BUSINESS, (), NOW_US) == 3600
    assert promised_seconds(Definitions(targets=()), CALENDAR, (), NOW_US) is None


def test_a_promise_for_a_reply_is_none_for_a_first_response_nor_the_other_way_round() -> None:
    both = Definitions(targets=(Target(HOUR_US, wait="reply"), Target(2 * HOUR_US)))
    assert promised_seconds(both, CALENDAR, (), NOW_US) == 7200
    assert promised_seconds(both, REPLY, (), NOW_US) == 3600
    assert promised_seconds(DEFAULT, REPLY, (("channel", ("phone",)),), NOW_US) is None


def test_under_the_policy_a_tile_warns_where_tickets_are_at_risk_unless_it_says_otherwise() -> None:
    phone: Filter = (("channel", ("phone",)),)
    asked = Threshold("at_most", from_policy=True)
    assert under_policy(asked, DEFAULT, CALENDAR, phone, 0) == Threshold("at_most", 240, 192, from_policy=True)
    own = Threshold("at_most", warn=60, from_policy=True)
    assert under_policy(own, DEFAULT, CALENDAR, phone, 0).warn == 60
    # Written for all channels, and longer than what is promised in this one.
    longer = Threshold("at_most", warn=10 * MINUTE_US / 1e6, from_policy=True)
    assert under_policy(longer, DEFAULT, CALENDAR, phone, 0).warn == 240
    assert under_policy(asked, DEFAULT, CALENDAR, (), 0) == asked
