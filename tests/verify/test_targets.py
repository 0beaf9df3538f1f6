"""Targets: which serves a ticket, whether it is kept, and what share of contacts it was kept for."""

from typing import Any

import pytest

from tests.verify.story import Desk, Story, hours, one, policy, row, target

WAITING = ("on_time", "at_risk", "breached", "without_target")
CONTACTS = ("answered", "answered_within", "abandoned", "abandoned_within", "abandoned_short")


def waiting(desk: Desk, story: Story, now: str = "12:00", **changed: Any) -> tuple[int, ...]:
    """On time, at risk, breached, without a target."""
    numbers = row(desk.report(story, now, policy=policy(**changed)), "sla")
    assert numbers["n"] == sum(numbers[state] for state in WAITING)
    return tuple(numbers[state] for state in WAITING)


def contacts(desk: Desk, story: Story, window: str = "all", **changed: Any) -> tuple[int, ...]:
    """Answered, within; abandoned, within, short."""
    numbers = row(desk.report(story, policy=policy(**changed)), "service_level", window)
    return tuple(numbers[name] for name in CONTACTS)


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("10:00", (1, 0, 0, 0)),
        ("10:47:59.999999", (1, 0, 0, 0)),
        ("10:48", (0, 1, 0, 0)),  # a fifth of the hour is left
        ("11:00", (0, 1, 0, 0)),  # the last instant
        ("11:00:00.000001", (0, 0, 1, 0)),
    ],
)
def test_a_ticket_turns_at_risk_and_breached_to_the_microsecond(
    desk: Desk, story: Story, now: str, found: tuple[int, ...]
) -> None:
    story.opened("T", "10:00", channel="social")
    assert waiting(desk, story, now) == found


@pytest.mark.parametrize(("percent", "found"), [(0, (1, 0, 0, 0)), (50, (0, 1, 0, 0)), (100, (0, 1, 0, 0))])
def test_what_is_at_risk_is_a_setting(desk: Desk, story: Story, percent: int, found: tuple[int, ...]) -> None:
    story.opened("T", "11:30", channel="social")  # half an hour of the hour is left
    assert waiting(desk, story, at_risk_percent=percent) == found


@pytest.mark.parametrize(
    ("channel", "minutes"), [("phone", 4), ("chat", 2), ("social", 60), ("email", 1440), ("form", 1440)]
)
def test_each_channel_has_its_target_by_default(desk: Desk, story: Story, channel: str, minutes: int) -> None:
    story.opened("T", "2026-03-01T10:00:00Z", channel=channel)
    day, minute = divmod(minutes, 1440)
    due = f"2026-03-{1 + day:02}T{10 + minute // 60:02}:{minute % 60:02}:00"
    assert waiting(desk, story, f"{due}Z") == (0, 1, 0, 0)
    assert waiting(desk, story, f"{due}.000001Z") == (0, 0, 1, 0)


def test_only_who_awaits_a_first_response_is_counted(desk: Desk, story: Story) -> None:
    story.opened("answered", "10:00", channel="chat")
    story.responded("answered", "11:00")
    for ticket, status in (("resolved", "resolved"), ("abandoned", "abandoned"), ("spam", "spam")):
        story.opened(ticket, "10:00", channel="chat")
        story.status(ticket, "10:01", status)
    story.opened("by an agent", "10:00", channel="chat", opened_by="agent")
    assert waiting(desk, story) == (0, 0, 0, 0)
    story.opened("pending", "10:00", channel="chat")
    story.status("pending", "10:01", "pending")
    story.opened("forum", "10:00", channel="forum")
    story.opened("no channel", "10:00")
    assert waiting(desk, story) == (0, 0, 1, 2)
    assert row(desk.report(story), "sla", channel="forum")["without_target"] == 1


def test_the_first_target_that_serves_a_ticket_counts(desk: Desk, story: Story) -> None:
    targets = [
        target(60, channels=["chat"], priorities=["urgent"]),
        target(7200, queues=["vip"]),
        target(14_400, channels=["chat", "email"]),
    ]
    story.opened("urgent chat", "11:00", channel="chat", priority="urgent", queue="vip")
    assert waiting(desk, story, targets=targets) == (0, 0, 1, 0)
    story.opened("vip", "10:15", channel="chat", priority="low", queue="vip")
    assert waiting(desk, story, targets=targets) == (0, 1, 1, 0)
    story.opened("chat", "10:15", channel="chat")
    assert waiting(desk, story, targets=targets) == (1, 1, 1, 0)
    story.opened("phone", "10:15", channel="phone")
    assert waiting(desk, story, targets=targets) == (1, 1, 1, 1)
    assert waiting(desk, story, targets=[]) == (0, 0, 0, 4)


def test_a_target_goes_by_what_a_ticket_is_now_and_by_when_it_was_opened(desk: Desk, story: Story) -> None:
    targets = [target(60, queues=["vip"]), target(86_400)]
    story.opened("T", "11:00", queue="normal")
    assert waiting(desk, story, targets=targets) == (1, 0, 0, 0)
    story.status("T", "11:50", "transferred", to_queue="vip")
    assert waiting(desk, story, targets=targets) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("opened", "found"),
    [
        ("09:59:59.999999", (0, 0, 0, 1)),
        ("10:00", (0, 0, 1, 0)),
        ("10:59:59.999999", (0, 0, 1, 0)),
        ("11:00", (0, 0, 0, 1)),
    ],
)
def test_a_target_serves_tickets_opened_from_its_start_until_its_end(
    desk: Desk, story: Story, opened: str, found: tuple[int, ...]
) -> None:
    story.opened("T", opened)
    bounds = {"from": "2026-03-02T11:00:00+01:00", "until": "2026-03-02T11:00:00Z"}
    assert waiting(desk, story, targets=[target(60, **bounds)]) == found


def test_a_target_in_opening_hours_is_due_when_so_many_have_passed(desk: Desk, story: Story) -> None:
    story.opened("T", "2026-02-27T16:00:00Z", channel="email")  # Friday: an hour, then Monday until 10:00
    targets = [target(7200, clock="business")]
    assert waiting(desk, story, "09:35", targets=targets) == (1, 0, 0, 0)
    assert waiting(desk, story, "09:36", targets=targets) == (0, 1, 0, 0)  # 96 of 120 minutes
    assert waiting(desk, story, "10:00", targets=targets) == (0, 1, 0, 0)
    assert waiting(desk, story, "10:00:00.000001", targets=targets) == (0, 0, 1, 0)


def test_the_hours_of_a_target_are_those_of_the_queue(desk: Desk, story: Story) -> None:
    schedules = {"default": hours(mon=[["09:00", "17:00"]]), "always": hours(daily=[["00:00", "24:00"]])}
    chosen: dict[str, Any] = {
        "schedules": schedules,
        "queues": {"night": "always"},
        "targets": [target(7200, clock="business")],
    }
    story.opened("T", "08:00", queue="night")
    story.opened("U", "08:00", queue="day")
    assert waiting(desk, story, "10:30", **chosen) == (1, 0, 1, 0)


def test_a_target_in_hours_that_never_come_is_never_missed(desk: Desk, story: Story) -> None:
    story.opened("T", "2025-03-02T00:00:00Z")
    closed: dict[str, Any] = {"schedules": {"default": hours()}, "targets": [target(60, clock="business")]}
    assert waiting(desk, story, **closed) == (1, 0, 0, 0)
    story.responded("T", "11:00")
    assert contacts(desk, story, **closed) == (1, 1, 0, 0, 0)


def test_a_ticket_that_is_opened_later_than_now_is_on_time(desk: Desk, story: Story) -> None:
    story.opened("T", "13:00", channel="chat")
    assert waiting(desk, story) == (1, 0, 0, 0)


def test_the_five_levels_worked_out_by_hand(desk: Desk, story: Story) -> None:
    def contact(ticket: str, seconds: int, end: str) -> None:
        story.opened(ticket, "10:00", channel="phone")  # 240 s are promised
        when = f"10:{seconds // 60:02}:{seconds % 60:02}"
        if end == "answered":
            story.responded(ticket, when)
        else:
            story.status(ticket, when, end)

    for i in range(14):
        contact(f"within {i}", 240, "answered")
    for i in range(2):
        contact(f"late {i}", 241, "answered")
    contact("short", 4, "abandoned")
    contact("not so short", 5, "abandoned")
    contact("in time", 240, "abandoned")
    contact("too late", 241, "abandoned")
    assert contacts(desk, story) == (16, 14, 4, 3, 1)
    levels = row(desk.report(story), "service_level")["levels"]
    assert levels == {
        "A/(N+B)": 70.0,  # 14 of 16 + 4
        "A/(N+B-s)": pytest.approx(1400 / 19),  # of 16 + 4 - 1
        "A/(N+B-b)": pytest.approx(1400 / 17),  # of 16 + 4 - 3
        "(A+b)/(N+B)": 85.0,  # 14 + 3 of 16 + 4
        "A/N": 87.5,  # 14 of 16
    }


def test_a_level_of_nothing_is_none(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", channel="chat")
    story.status("T", "10:00:01", "abandoned")
    levels = row(desk.report(story), "service_level")["levels"]
    assert levels == {"A/(N+B)": 0.0, "A/(N+B-s)": None, "A/(N+B-b)": None, "(A+b)/(N+B)": 100.0, "A/N": None}


def test_contacts_count_when_they_are_answered_or_given_up(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", channel="chat")
    story.responded("T", "11:58")
    story.opened("U", "10:00", channel="chat")
    story.status("U", "11:20", "abandoned")
    assert contacts(desk, story, "5m") == (1, 0, 0, 0, 0)
    assert contacts(desk, story, "1h") == (1, 0, 1, 0, 0)


def test_who_was_answered_is_not_abandoned_and_who_came_back_is_a_contact_more(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", channel="chat")
    story.responded("T", "10:01")
    story.status("T", "10:02", "abandoned")
    assert contacts(desk, story) == (1, 1, 0, 0, 0)
    story.opened("U", "10:00", channel="chat")
    story.status("U", "10:02", "abandoned")
    assert contacts(desk, story) == (1, 1, 1, 1, 0)
    story.status("U", "10:30", "reopened")
    assert contacts(desk, story) == (1, 1, 1, 1, 0)
    story.responded("U", "10:32")  # within two minutes of the reopening
    assert contacts(desk, story) == (2, 2, 1, 1, 0)


def test_an_abandonment_before_the_opening_took_no_time(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", channel="chat")
    story.status("T", "09:00", "abandoned")
    assert contacts(desk, story) == (0, 0, 1, 1, 1)
    assert contacts(desk, story, short_abandon_seconds=0) == (0, 0, 1, 1, 0)


def test_who_has_no_target_takes_no_part_or_is_retracted_is_no_contact(desk: Desk, story: Story) -> None:
    story.opened("no target", "10:00", channel="forum")
    story.opened("by an agent", "10:00", channel="chat", opened_by="agent")
    story.opened("spam", "10:00", channel="chat")
    for ticket in ("no target", "by an agent", "spam"):
        story.responded(ticket, "10:01")
    story.status("spam", "10:02", "spam")
    assert contacts(desk, story) == (0, 0, 0, 0, 0)
    counted = one(desk.report(story, agent_opened="next_public"), "service_level", window="all")
    assert counted["answered"] == 1


@pytest.mark.parametrize(("answered", "within"), [("10:04", 1), ("10:04:00.000001", 0)])
def test_after_a_handoff_the_target_runs_from_it(desk: Desk, story: Story, answered: str, within: int) -> None:
    story.opened("T", "10:00", channel="chat")
    story.responded("T", "10:01", "bot")
    story.status("T", "10:02", "transferred")
    story.responded("T", answered)
    numbers = one(desk.report(story, responder="after_handoff"), "service_level", window="all")
    assert (numbers["answered"], numbers["answered_within"]) == (1, within)
