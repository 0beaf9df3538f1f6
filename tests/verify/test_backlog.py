"""Open tickets: their states, their ages, and the waits of the unanswered."""

import pytest

from tests.verify.story import Desk, Story, row


def test_a_ticket_is_unanswered_answered_pending_and_waits_for_a_reply_by_turns(desk: Desk, story: Story) -> None:
    def states() -> tuple[int, ...]:
        found = row(desk.report(story), "backlog")
        assert found["n"] == 1
        return tuple(found[state] for state in ("unanswered", "reply_waiting", "pending", "answered"))

    story.opened("T", "10:00")
    assert states() == (1, 0, 0, 0)
    story.responded("T", "10:10")
    assert states() == (0, 0, 0, 1)
    story.status("T", "10:20", "pending")
    assert states() == (0, 0, 1, 0)
    story.responded("T", "10:19", "customer", public=False)  # written before: it waits on the customer still
    assert states() == (0, 0, 1, 0)
    story.responded("T", "10:30", "customer", public=False)
    assert states() == (0, 0, 0, 1)
    story.status("T", "10:40", "pending")
    assert states() == (0, 0, 1, 0)
    story.responded("T", "10:50", "customer")
    assert states() == (0, 1, 0, 0)
    story.status("T", "10:51", "pending")  # a status is no answer
    assert states() == (0, 1, 0, 0)
    story.responded("T", "10:55")
    assert states() == (0, 0, 1, 0)


def test_a_pending_ticket_without_a_response_is_unanswered(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:20", "pending")
    report = desk.report(story)
    numbers = row(report, "backlog")
    assert (numbers["unanswered"], numbers["pending"]) == (row(report, "open_wait")["n"], 0) == (1, 0)


@pytest.mark.parametrize("customer_event", ["a", "z"])
def test_what_is_said_as_a_ticket_becomes_pending_comes_before_it(
    desk: Desk, story: Story, customer_event: str
) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:10")
    story.status("T", "10:20", "pending", event_id="m")
    story.responded("T", "10:20", "customer", event_id=customer_event, public=False)
    assert row(desk.report(story), "backlog")["pending"] == 1


@pytest.mark.parametrize(
    ("status", "open_tickets"),
    [
        *[(status, 0) for status in ("resolved", "closed", "abandoned", "merged", "spam", "deleted")],
        *[(status, 1) for status in ("pending", "reopened", "transferred", "escalated", "updated")],
    ],
)
def test_the_lifecycle_decides_what_is_open(desk: Desk, story: Story, status: str, open_tickets: int) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:20", status)
    report = desk.report(story)
    assert row(report, "backlog")["n"] == row(report, "open_wait")["n"] == open_tickets


def test_a_transfer_after_the_resolution_does_not_reopen(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:20", "resolved")
    story.status("T", "10:30", "transferred", to_queue="archive")
    assert row(desk.report(story), "backlog")["n"] == 0


def test_the_latest_status_is_in_force_in_whatever_order_they_came(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:30", "reopened")
    story.status("T", "10:20", "resolved")
    assert row(desk.report(story), "backlog")["n"] == 1


def test_an_age_includes_its_lower_bound_and_not_its_upper(desk: Desk, story: Story) -> None:
    for i, opened in enumerate(
        (
            *("12:30", "12:00", "11:00:00.000001"),  # later than now, now, just under an hour
            *("11:00", "08:00:00.000001"),
            *("08:00", "04:00:00.000001"),
            *("04:00", "2026-03-01T12:00:00.000001Z"),
            *("2026-03-01T12:00:00Z", "2026-02-27T12:00:00.000001Z"),
            *("2026-02-27T12:00:00Z", "2026-02-23T12:00:00.000001Z"),
            *("2026-02-23T12:00:00Z", "2025-01-01T00:00:00Z"),
        )
    ):
        story.opened(f"T{i}", opened)
    numbers = row(desk.report(story), "backlog")
    assert numbers["ages"] == {"<1h": 3, "1-4h": 2, "4-8h": 2, "8-24h": 2, "1-3d": 2, "3-7d": 2, ">7d": 2}
    # Longer than is strict: the three that are exactly so old do not count.
    assert numbers["longer_than"] == {"24h": 5, "72h": 3, "168h": 1}


def test_longer_than_is_a_setting(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    numbers = row(desk.report(story, longer_than=("90m", "2h")), "backlog")
    assert numbers["longer_than"] == {"90m": 1, "2h": 0}


def test_waits_are_of_unanswered_tickets_alone_and_never_negative(desk: Desk, story: Story) -> None:
    story.opened("T", "11:59", channel="chat")
    story.opened("U", "11:00", channel="email")
    story.opened("V", "09:00", channel="email")
    story.responded("V", "11:00")
    story.opened("W", "13:00", channel="chat")
    report = desk.report(story)
    numbers = row(report, "open_wait")
    assert (numbers["n"], numbers["oldest_seconds"]) == (3, 3600.0)
    assert (numbers["p50_seconds"], numbers["p95_seconds"]) == (60.0, 3600.0)
    assert [numbers["le"][le] for le in ("10", "60", "1800", "3600", "+Inf")] == [1, 2, 2, 3, 3]
    assert row(report, "open_wait", channel="chat")["n"] == 2


def test_under_any_responder_a_bot_ends_the_wait(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:00:01", "bot")
    assert row(desk.report(story), "open_wait")["n"] == 1
    assert row(desk.report(story, responder="any"), "open_wait")["n"] == 0
