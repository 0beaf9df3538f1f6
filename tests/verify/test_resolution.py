"""How long tickets take to be resolved, worked out by hand."""

from typing import Any

import pytest

from tests.verify.story import Desk, Story, one, policy


def resolved(desk: Desk, story: Story, which: str, window: str = "all", **changed: Any) -> tuple[int, float]:
    """How many were resolved, and the seconds that all of them took."""
    numbers = one(desk.report(story, policy=policy(**changed)), "resolution", window=window, which=which)
    return numbers["n"], numbers["sum_seconds"]


def test_the_mean_is_the_total_over_the_resolved_tickets(desk: Desk, story: Story) -> None:
    for i, resolution in enumerate(["10:10", "10:20", "11:00"]):
        story.opened(f"T{i}", "10:00")
        story.status(f"T{i}", resolution, "resolved")
    story.opened("open", "10:00")
    for which in ("first", "last"):
        numbers = one(desk.report(story), "resolution", window="all", which=which)
        assert (numbers["n"], numbers["sum_seconds"], numbers["mean_seconds"]) == (3, 5400.0, 1800.0)
        assert [numbers[f"p{p}_seconds"] for p in (50, 90, 95, 99)] == [1200.0, 3600.0, 3600.0, 3600.0]
        assert (numbers["le"]["600"], numbers["le"]["+Inf"]) == (1, 3)


def test_the_first_resolution_stays_and_the_last_one_is_that_in_force(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "resolved")
    assert resolved(desk, story, "first") == resolved(desk, story, "last") == (1, 600.0)
    story.status("T", "10:30", "reopened")
    assert resolved(desk, story, "first") == (1, 600.0)
    assert resolved(desk, story, "last") == (0, 0.0)
    story.status("T", "11:00", "closed")
    story.status("T", "11:30", "resolved")  # it is done since 11:00
    assert resolved(desk, story, "first") == (1, 600.0)
    assert resolved(desk, story, "last") == (1, 3600.0)


def test_an_abandoned_ticket_is_not_resolved(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "abandoned")
    story.status("T", "10:20", "resolved")  # it was done already
    assert resolved(desk, story, "first") == resolved(desk, story, "last") == (0, 0.0)
    story.status("T", "10:30", "reopened")
    story.status("T", "10:40", "resolved")
    story.status("T", "10:50", "reopened")
    story.status("T", "11:00", "abandoned")
    assert resolved(desk, story, "first") == (1, 2400.0)
    assert resolved(desk, story, "last") == (0, 0.0)


def test_each_counts_in_the_window_in_which_it_was_resolved(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "11:20", "resolved")
    story.status("T", "11:30", "reopened")
    story.status("T", "11:58", "resolved")
    assert resolved(desk, story, "first", "30m") == (0, 0.0)
    assert resolved(desk, story, "first", "1h") == (1, 4800.0)
    assert resolved(desk, story, "last", "5m") == (1, 7080.0)


def test_a_resolution_before_the_opening_took_no_time(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "09:00", "resolved")
    assert resolved(desk, story, "first") == (1, 0.0)


@pytest.mark.parametrize("status", ["merged", "spam", "deleted"])
def test_a_retracted_ticket_was_never_resolved(desk: Desk, story: Story, status: str) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "resolved")
    story.status("T", "10:20", status)
    assert resolved(desk, story, "first") == resolved(desk, story, "last") == (0, 0.0)


def test_a_pause_lasts_until_the_customer_writes_or_the_status_changes(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "pending")
    story.responded("T", "10:15", "agent")
    story.status("T", "10:18", "escalated")
    story.responded("T", "10:30", "customer")  # 20 minutes
    story.status("T", "10:40", "pending")
    story.status("T", "11:00", "resolved")  # 20 minutes
    assert resolved(desk, story, "first") == (1, 3600.0)
    assert resolved(desk, story, "first", pausing=["pending"]) == (1, 1200.0)


def test_a_note_of_the_customer_ends_a_pause_too(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "pending")
    story.responded("T", "10:15", "customer", public=False)
    story.status("T", "10:30", "resolved")
    assert resolved(desk, story, "first", pausing=["pending"]) == (1, 1500.0)


def test_a_second_pending_in_a_pause_makes_no_second_pause(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "pending")
    story.status("T", "10:20", "pending")
    story.status("T", "10:30", "resolved")
    assert resolved(desk, story, "first", pausing=["pending"]) == (1, 600.0)


def test_time_for_which_a_ticket_was_solved_can_be_left_out(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "resolved")
    story.status("T", "11:00", "reopened")
    story.status("T", "11:05", "resolved")
    assert resolved(desk, story, "last") == (1, 3900.0)
    assert resolved(desk, story, "last", pausing=["resolved"]) == (1, 900.0)
    assert resolved(desk, story, "first", pausing=["resolved"]) == (1, 600.0)


def test_a_pause_before_the_opening_counts_from_it(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "09:00", "pending")
    story.responded("T", "10:10", "customer")
    story.status("T", "10:30", "resolved")
    assert resolved(desk, story, "first", pausing=["pending"]) == (1, 1200.0)


@pytest.mark.parametrize("message", ["a", "z"])
def test_what_the_customer_says_as_the_pause_begins_does_not_end_it(desk: Desk, story: Story, message: str) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "pending", event_id="m")
    story.responded("T", "10:10", "customer", event_id=message)
    story.status("T", "10:20", "resolved")
    assert resolved(desk, story, "first", pausing=["pending"]) == (1, 600.0)


def test_a_pause_that_ends_in_spam_ends_there(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "pending")
    story.status("T", "10:15", "spam")
    story.status("T", "10:20", "reopened")
    story.status("T", "10:30", "resolved")
    assert resolved(desk, story, "first", pausing=["pending"]) == (1, 1500.0)


def test_rows_have_the_labels_of_the_ticket(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", channel="chat")
    story.status("T", "10:10", "resolved", priority="high")
    labels = {"channel": "chat", "priority": "high", "queue": "unknown"}
    assert one(desk.report(story), "resolution", labels, window="all", which="last")["n"] == 1
