"""When a first response is due: the promise in force at the opening, for the attributes of now."""

from __future__ import annotations

from datetime import date

import pytest

from stream.core.definitions import Definitions, Target
from stream.core.due import NEVER_US
from stream.core.schedule import Schedule, Schedules, Version
from stream.core.windows import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from tests.events import NOON_US
from tests.shares import promised as due

NO_HOURS = ((),) * 7


def _promise(*targets: Target, **definitions: object) -> Definitions:
    return Definitions(targets=targets, **definitions)


@pytest.mark.parametrize(
    ("channel", "target_us"),
    [
        *(("phone", 4 * MINUTE_US), ("chat", 2 * MINUTE_US), ("social", HOUR_US)),
        *(("email", DAY_US), ("form", DAY_US)),
    ],
)
def test_what_is_promised_by_default(channel, target_us):
    promised = due({"channel": channel}, NOON_US, Definitions())
    assert promised == (NOON_US + target_us * 4 // 5, NOON_US + target_us, target_us)


@pytest.mark.parametrize("attributes", [{}, {"channel": "in_app"}, {"queue": "chat"}])
def test_what_is_not_promised_is_never_due(attributes):
    assert due(attributes, NOON_US, Definitions()) is None


def test_the_first_target_that_serves_counts():
    terms = _promise(
        Target(1, priorities=frozenset({"urgent"})), Target(2, frozenset({"chat"})), Target(3, frozenset({"chat"}))
    )
    assert due({"channel": "chat", "priority": "urgent"}, 0, terms).target_us == 1
    assert due({"channel": "chat", "priority": "low"}, 0, terms).target_us == 2
    assert due({"channel": "email"}, 0, terms) is None


def test_all_that_a_target_names_has_to_fit():
    one = Target(1, frozenset({"chat"}), frozenset({"high"}), frozenset({"billing"}))
    fits = {"channel": "chat", "priority": "high", "queue": "billing"}
    assert due(fits, 0, _promise(one)) is not None
    for name in fits:
        assert due(fits | {name: "other"}, 0, _promise(one)) is None


def test_the_promise_is_that_of_the_opening_from_its_first_instant_and_up_to_its_last():
    terms = _promise(Target(1, until_us=100), Target(2, from_us=100, until_us=200))
    found = [due({}, at, terms) for at in (99, 100, 199, 200)]
    assert [promised and promised.target_us for promised in found] == [1, 2, 2, None]


@pytest.mark.parametrize(("percent", "risk_us"), [(0, 10), (20, 8), (25, 7), (99, 0), (100, 0)])
def test_the_share_that_is_left_at_risk_is_cut_to_microseconds(percent, risk_us):
    assert due({}, 0, _promise(Target(10), at_risk_percent=percent)).risk_us == risk_us


def test_by_business_hours_a_promise_of_friday_evening_is_due_on_monday():
    friday = NOON_US - 3 * DAY_US + 4 * HOUR_US + 30 * MINUTE_US  # 16:30
    promised = due({}, friday, _promise(Target(HOUR_US, clock="business")))
    assert promised.deadline_us == NOON_US - 2 * HOUR_US - 30 * MINUTE_US  # Monday, 09:30
    assert promised.risk_us == NOON_US - 3 * HOUR_US + 18 * MINUTE_US  # 30 minutes on Friday, 18 on Monday


def test_the_hours_are_those_of_the_tickets_queue_and_without_hours_it_is_never_due():
    night = Schedule("night", "UTC", (Version(None, NO_HOURS),))
    terms = _promise(Target(HOUR_US, clock="business"), schedules=Schedules(by_queue={"night": night}))
    assert due({"queue": "night"}, NOON_US, terms) == (NEVER_US, NEVER_US, HOUR_US)
    assert due({"queue": "day"}, NOON_US, terms).deadline_us == NOON_US + HOUR_US


def test_hours_that_end_for_good_leave_a_ticket_at_risk_and_never_breached():
    day = tuple(((9 * 60, 17 * 60),) for _ in range(7))
    closing = Schedule("closing", "UTC", (Version(None, day), Version(date(2026, 3, 3), NO_HOURS)))
    promised = due({}, NOON_US, _promise(Target(6 * HOUR_US, clock="business"), schedules=Schedules(closing)))
    assert promised == (NOON_US + 4 * HOUR_US + 48 * MINUTE_US, NEVER_US, 6 * HOUR_US)
    assert promised.risk_us % SECOND_US == 0
