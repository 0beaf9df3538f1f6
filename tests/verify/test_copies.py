"""An event that is told again with other fields: which copy of it the oracle counts, worked out by hand."""

from itertools import permutations

import pytest

from tests.verify.story import Desk, Story, one


def test_the_earliest_copy_counts_in_whatever_order_the_copies_lie(desk: Desk, story: Story) -> None:
    opened = story.opened("T", "10:00")
    answer = story.responded("T", "10:05")
    copies = [opened, answer, {**answer, "occurred_at": "2026-03-02T10:30:00Z"}, {**answer, "author": "customer"}]
    copies[-1]["occurred_at"] = "2026-03-02T10:40:00Z"
    for order in permutations(copies):
        story.events[:] = order
        numbers = one(desk.report(story), "first_response", window="24h", attribute_to="response")
        assert (numbers["n"], numbers["mean_seconds"]) == (1, 300.0)


@pytest.mark.parametrize("first", [0, 1])
def test_of_copies_of_one_time_the_one_that_says_more_counts(desk: Desk, story: Story, first: int) -> None:
    story.acquired("C", "09:00")
    told = story.purchased("C", "10:00")
    again = {**told, "amount": 12.5}
    story.events[1:] = [told, again] if first else [again, told]
    numbers = one(desk.report(story), "purchases", window="24h")
    assert (numbers["purchases"], numbers["priced"], numbers["revenue"]) == (1, 1, 12.5)


def test_a_copy_counts_whole_so_a_later_one_adds_no_attribute(desk: Desk, story: Story) -> None:
    opened = story.opened("T", "10:00", channel="chat")
    story.events.append({**opened, "occurred_at": "2026-03-02T11:00:00Z", "channel": "phone", "priority": "urgent"})
    rows = [row for row in desk.report(story)["backlog"] if row["n"] and len(row["labels"]) == 3]
    assert [row["labels"] for row in rows] == [{"channel": "chat", "priority": "unknown", "queue": "unknown"}]


def test_what_it_belongs_to_tells_events_apart_and_its_type_does_not(desk: Desk, story: Story) -> None:
    opened = story.opened("T", "10:00")
    story.events += [
        {**opened, "ticket_id": "U"},
        {**opened, "type": "ticket.status", "status": "resolved", "occurred_at": "2026-03-02T10:30:00Z"},
    ]
    numbers = one(desk.report(story), "flow", window="24h")
    assert (numbers["opened"], numbers["resolved"]) == (2, 0)


def test_of_copies_of_one_time_an_opening_counts_before_a_change_and_an_answer_to_a_survey_before_both(
    desk: Desk, story: Story
) -> None:
    opened = story.opened("T", "10:00")
    story.events.insert(0, {**opened, "type": "ticket.status", "status": "resolved"})
    assert one(desk.report(story), "flow", window="24h")["opened"] == 1
    story.events.append({**opened, "type": "survey.answered", "survey_id": "S", "score": 9})
    assert one(desk.report(story), "flow", window="24h")["opened"] == 0
    assert one(desk.report(story), "nps", window="24h", attribute_to="answered")["n"] == 1
