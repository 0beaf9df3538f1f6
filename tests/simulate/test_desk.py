"""The desk as a whole: what its events are, before anyone counts them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import orjson
import pytest

from schemas.codec import Limits, decode, key_of
from schemas.events import TYPES
from schemas.rejected import Rejected
from stream.simulate import Desk, Event, Hours
from tests.events import sent_fields

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENDS = ("resolved", "closed", "abandoned", "merged", "spam", "deleted")


@pytest.fixture(scope="module")
def day() -> list[Event]:
    """A Monday of 6,000 tickets, 100 of them older."""
    return list(Desk(start=MONDAY, days=1, tickets=6000, leftovers=100).events())


@pytest.fixture(scope="module")
def stories(day: list[Event]) -> dict[str, list[Event]]:
    """The events of each ticket, in order."""
    by_ticket: dict[str, list[Event]] = defaultdict(list)
    for event in day:
        if event["type"].startswith("ticket."):
            by_ticket[event["ticket_id"]].append(event)
    return by_ticket


def digest(desk: Desk) -> str:
    sha = hashlib.sha256()
    for event in desk.events():
        sha.update(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))
    return sha.hexdigest()


def test_the_same_settings_give_the_same_bytes_in_any_process() -> None:
    program = (
        "from tests.simulate.test_desk import *\nprint(digest(Desk(start=MONDAY, days=0.5, tickets=800, leftovers=20)))"
    )
    command = [sys.executable, "-c", program]
    runs = [
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True)
        for seed in ("1", "2")
    ]
    here = digest(Desk(start=MONDAY, days=0.5, tickets=800, leftovers=20))
    assert [run.stdout.strip() for run in runs] == [here, here]


def test_reading_twice_gives_the_same_events() -> None:
    desk = Desk(start=MONDAY)
    assert list(islice(desk.events(), 2000)) == list(islice(desk.events(), 2000))


def test_another_seed_gives_another_day_and_other_ids() -> None:
    first, second = (list(Desk(start=MONDAY, seed=seed, days=0.2, tickets=200).events()) for seed in (1, 2))
    assert not {event["event_id"] for event in first} & {event["event_id"] for event in second}
    assert [event["type"] for event in first] != [event["type"] for event in second]


def test_events_come_in_the_order_of_their_time(day: list[Event]) -> None:
    assert all(before["occurred_at"] <= after["occurred_at"] for before, after in pairwise(day))


def test_every_event_is_valid_and_has_a_key(day: list[Event]) -> None:
    values = [orjson.dumps(event) for event in day]
    now_us = int((MONDAY + timedelta(days=1)).timestamp()) * 1_000_000
    for given, event in zip(day, decode(values, limits=Limits(), now_us=now_us), strict=True):
        assert not isinstance(event, Rejected), (given, event)
        assert key_of(event)
        assert given.keys() == sent_fields(event).keys(), "a field that the schema does not know"


def test_every_type_of_event_happens(day: list[Event]) -> None:
    assert {event["type"] for event in day} == set(TYPES)


def test_every_status_happens(day: list[Event]) -> None:
    seen = {event["status"] for event in day if event["type"] == "ticket.status"}
    # Tickets are closed a day or more after they were resolved, so one day sees none of that.
    assert seen == {
        *("pending", "resolved", "reopened", "transferred", "escalated"),
        *("merged", "spam", "deleted", "abandoned", "updated"),
    }


def test_event_ids_are_unique(day: list[Event]) -> None:
    assert len({event["event_id"] for event in day}) == len(day)


def test_as_many_tickets_are_opened_as_were_asked_for(day: list[Event]) -> None:
    opened = [event for event in day if event["type"] == "ticket.opened"]
    older = [event for event in opened if event["occurred_at"] < "2026-11-16"]
    assert len(older) == 100
    assert len(opened) == 6100
    assert all(event["occurred_at"] >= "2026-11-06" for event in day if event["type"] != "customer.acquired")
    assert max(event["occurred_at"] for event in day) < "2026-11-17"


def test_a_ticket_begins_with_its_opening_and_is_opened_once(stories: dict[str, list[Event]]) -> None:
    for events in stories.values():
        assert [event["type"] for event in events].count("ticket.opened") == 1
        assert events[0]["type"] == "ticket.opened"


def test_only_what_was_resolved_is_reopened_and_only_what_is_resolved_is_closed() -> None:
    lifecycle: dict[str, str] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for event in Desk(start=MONDAY, days=5, tickets=5000).events():
        if event["type"] == "ticket.status":
            before = lifecycle.get(event["ticket_id"], "open")
            status = event["status"]
            seen[before, status] += 1
            if status in ("reopened", "closed") and (before, status) != ("spam", "reopened"):
                assert before == "resolved", event
            elif before in ("closed", "merged", "spam", "deleted", "abandoned") and status != "reopened":
                pytest.fail(f"{before} is the end, but then came {event}")
            if status not in ("transferred", "escalated", "updated"):
                lifecycle[event["ticket_id"]] = status
    assert seen["resolved", "reopened"] > 50
    assert seen["resolved", "closed"] > 500
    assert 0 < seen["spam", "reopened"] < 0.2 * sum(count for (_, after), count in seen.items() if after == "spam")


def test_nobody_answers_an_abandoned_contact(stories: dict[str, list[Event]]) -> None:
    abandoned = [events for events in stories.values() if events[-1].get("status") == "abandoned"]
    assert abandoned
    for events in abandoned:
        assert events[0]["channel"] in ("phone", "chat")
        # An agent may have handed the customer over, and then nobody was there.
        handed_over = any(event.get("status") == "transferred" and "agent_id" in event for event in events)
        assert handed_over or not any(event.get("author") == "agent" for event in events)


def test_a_missed_call_is_signalled_with_its_ticket(day: list[Event], stories: dict[str, list[Event]]) -> None:
    missed = [event for event in day if event.get("signal") == "call_missed"]
    assert missed
    assert {event["ticket_id"] for event in missed} == {
        ticket_id
        for ticket_id, events in stories.items()
        if events[0]["channel"] == "phone" and events[-1].get("status") == "abandoned"
    }


def test_on_chat_a_bot_speaks_first_most_of_the_time(stories: dict[str, list[Event]]) -> None:
    chats = [events for events in stories.values() if events[0]["channel"] == "chat" and len(events) > 1]
    bots = sum(events[1].get("author") == "bot" for events in chats)
    assert bots / len(chats) == pytest.approx(0.85, abs=0.04)
    assert not any(
        event.get("author") == "bot"
        for events in stories.values()
        if events[0]["channel"] != "chat"
        for event in events
    )


def test_tickets_are_merged_into_one_that_exists(day: list[Event], stories: dict[str, list[Event]]) -> None:
    merged = [event for event in day if event.get("status") == "merged"]
    assert merged
    for event in merged:
        into = stories[event["merged_into"]][0]
        assert into["customer_id"] == stories[event["ticket_id"]][0]["customer_id"]
        assert event["merged_into"] != event["ticket_id"]


def test_some_tickets_come_without_a_queue_and_get_one_when_read(stories: dict[str, list[Event]]) -> None:
    unsorted = [events for events in stories.values() if "queue" not in events[0]]
    assert unsorted
    sorted_later = [events for events in unsorted if any("queue" in event for event in events[1:])]
    assert len(sorted_later) > len(unsorted) / 2


def test_tickets_that_agents_open_are_answered_by_them(stories: dict[str, list[Event]]) -> None:
    by_agent = [events for events in stories.values() if events[0].get("opened_by") == "agent"]
    assert 0.005 < len(by_agent) / len(stories) < 0.05
    assert sum(len(events) > 1 and events[1]["author"] == "agent" for events in by_agent) > 0.9 * len(by_agent)


def test_customers_come_back(day: list[Event]) -> None:
    contacts = Counter(event["customer_id"] for event in day if event["type"] == "ticket.opened")
    assert sum(count > 1 for count in contacts.values()) > 0.05 * len(contacts)


def test_older_tickets_are_open_at_the_start(day: list[Event]) -> None:
    before = [event for event in day if event["occurred_at"] < "2026-11-16" and "ticket_id" in event]
    opened = {event["ticket_id"]: event["occurred_at"] for event in before if event["type"] == "ticket.opened"}
    answered = {event["ticket_id"] for event in before if event["type"] == "ticket.responded"}
    assert len(opened) == 100
    assert 0 < len(answered) < 100
    assert {event["status"] for event in before if event["type"] == "ticket.status"} == {"pending"}
    assert min(opened.values()) < "2026-11-12"


def test_the_hours_of_the_weeks_before_have_contacts_and_those_between_only_what_followed() -> None:
    mondays = [MONDAY - timedelta(weeks=weeks) for weeks in (3, 2, 1)]
    spans = tuple(Hours(monday, monday + 3 * HOUR, leftovers=10) for monday in mondays)
    desk = Desk(start=MONDAY, ahead=9 * HOUR, days=0.2, tickets_per_day=3000, leftovers=5, open_before=spans)
    events = list(desk.events())
    assert all(before["occurred_at"] <= after["occurred_at"] for before, after in pairwise(events))
    opened = [datetime.fromisoformat(event["occurred_at"]) for event in events if event["type"] == "ticket.opened"]
    in_spans = [sum(hours.begin <= at < hours.end for at in opened) for hours in spans]
    today = sum(MONDAY <= at < MONDAY + 3 * HOUR for at in opened)
    assert all(count == pytest.approx(today, rel=0.2) for count in in_spans), (in_spans, today)
    elsewhere = sum(at < MONDAY for at in opened) - sum(in_spans)
    assert elsewhere == 5 + 3 * 10, "leftovers"
    # The desk works on in between, so that nobody's ticket of a month ago is still open.
    done = {event["ticket_id"] for event in events if event.get("status") in ENDS}
    first = {
        event["ticket_id"]
        for event in events
        if event["type"] == "ticket.opened" and datetime.fromisoformat(event["occurred_at"]) < spans[0].end
    }
    assert len(first - done) < 0.02 * len(first)


def test_a_desk_without_an_end_goes_on() -> None:
    last = next(islice(Desk(start=MONDAY, tickets_per_day=5000).events(), 60_000, None))
    assert last["occurred_at"] > "2026-11-17"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"start": datetime(2026, 11, 16)}, "start: got 2026-11-16T00:00:00 without a zone"),  # noqa: DTZ001
        ({"tickets": 5}, "tickets: got 5 without days"),
        ({"tickets": 0, "days": 1}, "tickets: got 0; accepts a number above 0"),
        ({"tickets_per_day": float("nan")}, "tickets_per_day: got nan; accepts a number above 0"),
        ({"days": -1}, "days: got -1; accepts a number above 0"),
        ({"staffed_for": 0}, "staffed_for: got 0; accepts a number above 0"),
        ({"leftovers": -3}, "leftovers: got -3; accepts 0 or more"),
        ({"customers": -1}, "customers: got -1; accepts 0 or more"),
        (
            {"open_before": (Hours(MONDAY - HOUR, MONDAY + HOUR),)},
            "accepts hours one after the other, all before the start",
        ),
        ({"open_before": (Hours(MONDAY - HOUR, MONDAY - 2 * HOUR),)}, "open_before: got 2026-11-15T23:00:00"),
    ],
)
def test_a_wrong_setting_names_itself(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Desk(**{"start": MONDAY, **settings})
