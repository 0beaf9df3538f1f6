"""What comes in and goes out, and that it adds up to the backlog."""

import pytest

from tests.verify.story import Desk, Story, one, row

KINDS = ("opened", "reopened", "resolved", "abandoned", "retracted", "change")


def flow(desk: Desk, story: Story, window: str = "all") -> tuple[int, ...]:
    """Opened, reopened, resolved, abandoned, retracted, change; the backlog must agree."""
    report = desk.report(story)
    invariant = report["invariant"]
    assert invariant == {"backlog": row(report, "backlog")["n"], "flow": row(report, "flow")["change"], "error": 0}
    numbers = row(report, "flow", window)
    return tuple(numbers[kind] for kind in KINDS)


def test_an_opened_ticket_is_one_more_and_a_resolved_or_closed_one_is_one_less(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.opened("U", "10:00")
    story.opened("V", "10:00")
    story.status("U", "10:30", "resolved")
    story.status("V", "10:30", "closed")
    assert flow(desk, story) == (3, 0, 2, 0, 0, 1)


def test_done_twice_is_done_once_and_open_twice_is_reopened_once(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "resolved")
    story.status("T", "10:20", "closed")
    assert flow(desk, story) == (1, 0, 1, 0, 0, 0)
    story.status("T", "10:30", "reopened")
    story.status("T", "10:40", "reopened")
    assert flow(desk, story) == (1, 1, 1, 0, 0, 1)
    story.status("T", "10:50", "closed")
    assert flow(desk, story) == (1, 1, 2, 0, 0, 0)


def test_pending_opens_a_done_ticket_again_and_leaves_an_open_one_alone(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "pending")
    assert flow(desk, story) == (1, 0, 0, 0, 0, 1)
    story.status("T", "10:20", "resolved")
    story.status("T", "10:30", "pending")
    assert flow(desk, story) == (1, 1, 1, 0, 0, 1)


@pytest.mark.parametrize("status", ["reopened", "transferred", "escalated", "updated"])
def test_what_does_not_end_a_ticket_that_is_open_moves_nothing(desk: Desk, story: Story, status: str) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", status)
    assert flow(desk, story) == (1, 0, 0, 0, 0, 1)


@pytest.mark.parametrize("tidied", ["resolved", "closed", "abandoned", "pending"])
def test_a_merged_ticket_that_is_tidied_up_stays_out_and_its_course_knows_nothing_of_it(
    desk: Desk, story: Story, tidied: str
) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "merged")
    story.status("T", "10:20", tidied)
    assert flow(desk, story) == (0, 0, 0, 0, 1, 0)
    story.status("T", "10:30", "reopened")
    assert flow(desk, story) == (1, 0, 0, 0, 0, 1)


def test_an_abandoned_ticket_is_counted_apart(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "abandoned")
    assert flow(desk, story) == (1, 0, 0, 1, 0, 0)
    story.status("T", "10:20", "resolved")  # it is done already
    assert flow(desk, story) == (1, 0, 0, 1, 0, 0)


def test_at_one_microsecond_the_reopening_came_first_and_then_the_event_id_decides(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "reopened", event_id="a")
    story.status("T", "10:10", "resolved", event_id="b")
    story.opened("U", "10:00")
    story.status("U", "10:10", "reopened", event_id="b")
    story.status("U", "10:10", "resolved", event_id="a")
    assert flow(desk, story) == (2, 0, 2, 0, 0, 0)  # both were open and are resolved
    story.opened("V", "10:00")
    story.status("V", "10:10", "resolved", event_id="a")
    story.status("V", "10:10", "pending", event_id="b")
    story.opened("W", "10:00")
    story.status("W", "10:10", "resolved", event_id="b")
    story.status("W", "10:10", "pending", event_id="a")
    assert flow(desk, story) == (4, 1, 4, 0, 0, 1)  # V was resolved and is open again


@pytest.mark.parametrize("status", ["merged", "spam", "deleted"])
def test_a_retracted_ticket_is_seen_leaving_and_nothing_else(desk: Desk, story: Story, status: str) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "resolved")
    story.status("T", "11:40", status)
    assert flow(desk, story) == (0, 0, 0, 0, 1, 0)
    assert flow(desk, story, "30m") == (0, 0, 0, 0, 1, 0)
    assert flow(desk, story, "5m") == (0, 0, 0, 0, 0, 0)


def test_a_ticket_that_comes_back_from_spam_has_the_course_it_had(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:10", "resolved")
    story.status("T", "10:20", "spam")
    story.status("T", "10:30", "reopened")
    assert flow(desk, story) == (1, 1, 1, 0, 0, 1)
    story.opened("U", "10:00")
    story.status("U", "10:10", "spam")
    story.status("U", "10:20", "reopened")  # it was open before, so it is not opened again
    assert flow(desk, story) == (2, 1, 1, 0, 0, 2)


def test_each_counts_in_the_window_of_its_own_time(desk: Desk, story: Story) -> None:
    story.opened("T", "08:00")
    story.status("T", "11:20", "resolved")
    story.status("T", "11:40", "reopened")
    story.status("T", "11:58", "closed")
    assert flow(desk, story, "5m") == (0, 0, 1, 0, 0, -1)
    assert flow(desk, story, "30m") == (0, 1, 1, 0, 0, 0)
    assert flow(desk, story, "1h") == (0, 1, 2, 0, 0, -1)
    assert flow(desk, story, "24h") == (1, 1, 2, 0, 0, 0)


def test_what_happened_before_the_opening_happens_at_it(desk: Desk, story: Story) -> None:
    story.opened("T", "11:58")
    story.status("T", "09:00", "resolved")
    story.status("T", "09:30", "reopened")
    story.status("T", "10:00", "resolved")
    assert flow(desk, story, "5m") == (1, 1, 2, 0, 0, 0)


def test_without_an_opening_nothing_flows(desk: Desk, story: Story) -> None:
    story.status("T", "10:00", "resolved")
    story.status("U", "10:00", "spam")
    assert flow(desk, story) == (0, 0, 0, 0, 0, 0)


def test_the_flow_has_the_labels_that_the_ticket_has_now(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", channel="chat")
    story.status("T", "10:10", "resolved", channel="email")
    report = desk.report(story)
    assert row(report, "flow", channel="email")["opened"] == 1
    assert [entry["labels"] for entry in report["flow"] if entry["window"] == "all"] == [
        {},
        {"queue": "unknown"},
        {"priority": "unknown"},
        {"channel": "email"},
        {"channel": "email", "priority": "unknown", "queue": "unknown"},
    ]


def test_each_channel_has_its_share_of_the_tickets_opened(desk: Desk, story: Story) -> None:
    for i, channel in enumerate(["chat", "chat", "chat", "email"]):
        story.opened(f"T{i}", "10:00", channel=channel)
    story.opened("no channel", "11:58")
    story.opened("spam", "10:00", channel="phone")
    story.status("spam", "10:01", "spam")
    report = desk.report(story)
    chat = {"window": "all", "channel": "chat", "labels": {}, "n": 3, "of": 5, "share": 60.0}
    assert one(report, "preferred_channel", window="all", channel="chat") == chat
    assert one(report, "preferred_channel", window="all", channel="unknown")["share"] == 20.0
    assert [entry["channel"] for entry in report["preferred_channel"] if entry["window"] == "5m"] == ["unknown"]
    assert {entry["channel"] for entry in report["preferred_channel"]} == {"chat", "email", "unknown"}


def test_without_the_label_channel_none_is_preferred(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", channel="chat")
    assert desk.report(story, labels=("queue",))["preferred_channel"] == []
