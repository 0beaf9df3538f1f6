"""Resolutions after which no new contact was needed, worked out by hand. Now is Monday, 2 March, 12:00."""

from typing import Any

import pytest

from tests.verify.story import Desk, Story, one, policy


def avoided(desk: Desk, story: Story, window: str = "7d", days: int = 1, **labels: str) -> tuple[int, int, int]:
    """Matured, avoided, immature."""
    numbers = one(desk.report(story), "contact_avoidance", labels, window=window, days=days)
    return numbers["matured"], numbers["avoided"], numbers["immature"]


def resolved(story: Story, ticket: str, when: str, **fields: Any) -> None:
    story.opened(ticket, f"2026-02-{when}:00:00Z", **{"customer_id": "C", **fields})
    story.status(ticket, f"2026-02-{when}:30:00Z", "resolved")


def test_a_resolution_is_judged_when_its_days_are_over(desk: Desk, story: Story) -> None:
    resolved(story, "T", "28T11")  # Saturday, 11:30
    assert [avoided(desk, story, days=days) for days in (1, 2, 3)] == [(1, 1, 0), (1, 1, 0), (0, 0, 1)]
    numbers = one(desk.report(story), "contact_avoidance", window="7d", days=2)
    assert (numbers["rate"], numbers["matured_share"]) == (100.0, 100.0)
    immature = one(desk.report(story), "contact_avoidance", window="7d", days=3)
    assert (immature["rate"], immature["matured_share"]) == (None, 0.0)


def test_it_counts_in_the_window_in_which_its_days_are_over(desk: Desk, story: Story) -> None:
    resolved(story, "T", "28T11")
    assert avoided(desk, story, "30m", days=2) == (0, 0, 0)  # over at 11:30, and the window begins at 11:30:10
    assert avoided(desk, story, "1h", days=2) == (1, 1, 0)
    assert avoided(desk, story, "1h", days=1) == (0, 0, 0)
    assert avoided(desk, story, "1h", days=3) == (0, 0, 1)  # a ticket that is immature is so in every window
    assert "all" not in {entry["window"] for entry in desk.report(story)["contact_avoidance"]}


@pytest.mark.parametrize(
    ("back", "found"),
    [
        ("2026-02-27T11:30:00Z", (1, 1, 0)),  # at the resolution: it is no new one
        ("2026-02-27T11:30:00.000001Z", (1, 0, 0)),
        ("2026-02-28T11:30:00Z", (1, 0, 0)),  # as the day ends
        ("2026-02-28T11:30:00.000001Z", (1, 1, 0)),
    ],
)
def test_a_contact_within_the_days_was_not_avoided(
    desk: Desk, story: Story, back: str, found: tuple[int, int, int]
) -> None:
    resolved(story, "T", "27T11")
    story.opened("U", back, customer_id="C")
    assert avoided(desk, story) == found


def test_only_contacts_of_this_customer_count(desk: Desk, story: Story) -> None:
    resolved(story, "T", "27T11")
    story.opened("U", "2026-02-27T12:00:00Z", customer_id="D")
    story.opened("V", "2026-02-27T12:00:00Z")
    story.opened("by an agent", "2026-02-27T12:00:00Z", customer_id="C", opened_by="agent")
    story.opened("spam", "2026-02-27T12:00:00Z", customer_id="C")
    story.status("spam", "2026-02-27T12:01:00Z", "spam")
    assert avoided(desk, story) == (1, 1, 0)
    story.status("V", "2026-02-28T00:00:00Z", "updated", customer_id="C")  # it was this customer's all along
    assert avoided(desk, story) == (1, 0, 0)


def test_a_reopening_is_a_contact_no_matter_who_opened_the_ticket(desk: Desk, story: Story) -> None:
    resolved(story, "T", "27T11", opened_by="agent")
    assert avoided(desk, story) == (1, 1, 0)
    story.status("T", "2026-02-27T20:00:00Z", "reopened")
    assert avoided(desk, story) == (1, 0, 0)


def test_a_reopening_of_another_ticket_of_the_customer_is_one_too(desk: Desk, story: Story) -> None:
    resolved(story, "T", "20T11")
    resolved(story, "U", "27T11")
    story.status("T", "2026-02-27T20:00:00Z", "pending")
    assert avoided(desk, story) == (1, 0, 0)
    assert avoided(desk, story, "30d") == (2, 1, 0)


def test_the_first_resolution_alone_is_judged(desk: Desk, story: Story) -> None:
    resolved(story, "T", "26T11")
    story.status("T", "2026-02-27T12:00:00Z", "reopened")  # after one day, within two
    story.status("T", "2026-02-27T13:00:00Z", "resolved")
    assert [avoided(desk, story, days=days) for days in (1, 2, 3)] == [(1, 1, 0), (1, 0, 0), (1, 0, 0)]


def test_without_a_customer_without_a_resolution_or_retracted_it_is_not_judged(desk: Desk, story: Story) -> None:
    story.opened("nobody's", "2026-02-26T11:00:00Z")
    story.status("nobody's", "2026-02-26T11:30:00Z", "resolved")
    story.opened("open", "2026-02-26T11:00:00Z", customer_id="D")
    story.opened("abandoned", "2026-02-26T11:00:00Z", customer_id="E")
    story.status("abandoned", "2026-02-26T11:30:00Z", "abandoned")
    resolved(story, "merged", "26T11", customer_id="F")
    story.status("merged", "2026-02-26T12:00:00Z", "merged")
    assert avoided(desk, story) == (0, 0, 0)


def test_immature_is_what_is_over_in_an_hour_that_has_not_begun(desk: Desk, story: Story) -> None:
    for ticket, when in (("T", "12:59:59.999999"), ("U", "13:00:00")):
        story.opened(ticket, "2026-02-28T00:00:00Z", customer_id=ticket)
        story.status(ticket, f"2026-03-01T{when}Z", "resolved")
    # T's day ends in this hour, which the long windows hold already; U's in the next.
    assert avoided(desk, story) == (1, 1, 1)
    assert avoided(desk, story, "24h") == (0, 0, 1)


def test_the_rate_and_the_matured_share(desk: Desk, story: Story) -> None:
    for i in range(4):
        resolved(story, f"T{i}", "27T11", customer_id=f"C{i}")
    story.opened("again", "2026-02-27T12:00:00Z", customer_id="C0")
    story.opened("U", "10:00", customer_id="D")
    story.status("U", "11:00", "resolved")
    numbers = one(desk.report(story), "contact_avoidance", window="7d", days=1)
    assert (numbers["matured"], numbers["avoided"], numbers["immature"]) == (4, 3, 1)
    assert (numbers["rate"], numbers["matured_share"]) == (75.0, 80.0)


def test_the_days_are_a_setting_and_the_labels_the_tickets(desk: Desk, story: Story) -> None:
    resolved(story, "T", "20T11", channel="chat")
    assert avoided(desk, story, "30d", 1, channel="chat") == (1, 1, 0)
    report = desk.report(story, policy=policy(avoidance_days=[9, 30]))
    assert {entry["days"] for entry in report["contact_avoidance"]} == {9, 30}
    assert one(report, "contact_avoidance", window="30d", days=9)["matured"] == 1
    assert one(report, "contact_avoidance", window="30d", days=30)["immature"] == 1
