"""Transfers, escalations, contacts given up, one touch and re-openings, worked out by hand."""

import pytest

from tests.verify.story import Desk, Story, row

HANDLING = ("opened", "transferred", "transfers", "escalated", "offered", "given_up")
QUALITY = ("resolved", "one_touch", "reopened")


def handling(desk: Desk, story: Story, window: str = "all", **options: object) -> tuple[int, ...]:
    """Opened, transferred, transfers, escalated, offered, given up."""
    numbers = row(desk.report(story, **options), "handling", window)
    return tuple(numbers[name] for name in HANDLING)


def quality(desk: Desk, story: Story, window: str = "all") -> tuple[int, ...]:
    """Resolved, one touch, reopened."""
    numbers = row(desk.report(story), "quality", window)
    return tuple(numbers[name] for name in QUALITY)


def test_a_ticket_transferred_twice_is_one_transferred_ticket_and_two_transfers(desk: Desk, story: Story) -> None:
    for i in range(4):
        story.opened(f"T{i}", "10:00")
    story.status("T0", "10:10", "transferred")
    story.status("T0", "10:20", "transferred", to_queue="second")
    story.status("T1", "10:10", "escalated")
    story.status("T1", "10:10", "escalated")
    assert handling(desk, story) == (4, 1, 2, 1, 4, 0)
    numbers = row(desk.report(story), "handling")
    assert [numbers[rate] for rate in ("transfer_rate", "transfers_per_ticket", "escalation_rate")] == [25.0, 0.5, 25.0]
    assert numbers["abandonment_rate"] == 0.0


def test_a_transfer_told_twice_happened_once(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    for _ in range(2):
        story.status("T", "10:10", "transferred", event_id="once")
    assert handling(desk, story) == (1, 1, 1, 0, 1, 0)


def test_it_counts_when_the_ticket_was_opened_whenever_it_happened(desk: Desk, story: Story) -> None:
    story.opened("T", "11:58")
    story.status("T", "09:00", "transferred")
    story.opened("U", "09:00")
    story.status("U", "11:58", "escalated")
    assert handling(desk, story, "5m") == (1, 1, 1, 0, 1, 0)


def test_given_up_is_whose_first_wait_was_abandoned_whatever_came_later(desk: Desk, story: Story) -> None:
    for ticket in ("T", "U", "V", "W"):
        story.opened(ticket, "10:00")
        story.status(ticket, "10:10", "abandoned")
    story.responded("U", "10:05")
    story.status("V", "10:20", "reopened")
    story.status("W", "10:20", "resolved")  # it is done already
    story.opened("X", "10:00")
    story.status("X", "10:10", "resolved")
    story.status("X", "10:20", "reopened")
    story.status("X", "10:30", "abandoned")  # the second wait
    assert handling(desk, story) == (5, 0, 0, 0, 5, 3)
    assert row(desk.report(story), "handling")["abandonment_rate"] == 60.0


def test_what_an_agent_opened_is_not_offered(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", opened_by="agent")
    story.status("T", "10:10", "abandoned")
    assert handling(desk, story) == (1, 0, 0, 0, 0, 0)
    assert row(desk.report(story), "handling")["abandonment_rate"] is None
    assert handling(desk, story, agent_opened="next_public") == (1, 0, 0, 0, 1, 1)


def test_of_no_ticket_there_is_no_rate(desk: Desk, story: Story) -> None:
    numbers = row(desk.report(story), "handling")
    rates = ("transfer_rate", "transfers_per_ticket", "escalation_rate", "abandonment_rate")
    assert [numbers[rate] for rate in rates] == [None] * 4
    assert [row(desk.report(story), "quality")[rate] for rate in ("one_touch_rate", "reopen_rate")] == [None, None]


@pytest.mark.parametrize("status", ["merged", "spam", "deleted"])
def test_a_retracted_ticket_was_neither_handled_nor_solved(desk: Desk, story: Story, status: str) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:01")
    story.status("T", "10:02", "transferred")
    story.status("T", "10:03", "resolved")
    story.status("T", "10:04", status)
    assert handling(desk, story) == (0, 0, 0, 0, 0, 0)
    assert quality(desk, story) == (0, 0, 0)


def test_one_touch_is_a_single_public_word_of_an_agent(desk: Desk, story: Story) -> None:
    touches = {"none": [], "one": ["10:01"], "two": ["10:01", "10:02"], "after": ["10:01", "10:11"]}
    for ticket, whens in touches.items():
        story.opened(ticket, "10:00")
        for when in whens:
            story.responded(ticket, when)
        story.responded(ticket, "10:03", "bot")
        story.responded(ticket, "10:04", "customer")
        story.responded(ticket, "10:05", "agent", public=False)
        story.status(ticket, "10:10", "resolved")
    assert quality(desk, story) == (4, 2, 0)
    assert row(desk.report(story), "quality")["one_touch_rate"] == 50.0


@pytest.mark.parametrize(("when", "one_touch"), [("10:00", 1), ("10:10", 1), ("09:59", 0), ("10:10:00.000001", 0)])
def test_a_touch_lies_between_the_opening_and_the_resolution_both_included(
    desk: Desk, story: Story, when: str, one_touch: int
) -> None:
    story.opened("T", "10:00")
    story.responded("T", when)
    story.status("T", "10:10", "closed")
    assert quality(desk, story) == (1, one_touch, 0)


def test_the_first_resolution_is_looked_at_and_any_reopening_counts(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:01")
    story.status("T", "10:02", "resolved")
    story.status("T", "10:20", "reopened")
    story.responded("T", "10:30")
    story.status("T", "11:58", "resolved")
    story.opened("U", "10:00")
    story.status("U", "10:01", "abandoned")
    story.status("U", "10:02", "reopened")  # before its first resolution
    story.status("U", "11:58", "resolved")
    assert quality(desk, story) == (2, 1, 2)
    assert quality(desk, story, "5m") == (1, 0, 1)
    assert row(desk.report(story), "quality")["reopen_rate"] == 100.0


def test_an_abandoned_ticket_is_not_resolved(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:01")
    story.status("T", "10:02", "abandoned")
    assert quality(desk, story) == (0, 0, 0)
