"""How long customers wait for the next reply, worked out by hand."""

import pytest

from tests.verify.story import Desk, Story, policy, row


def replies(desk: Desk, story: Story, window: str = "all", **changed: object) -> tuple[int, float]:
    """How many replies, and the seconds that all of them took."""
    numbers = row(desk.report(story, policy=policy(**changed)), "next_reply", window)
    return numbers["n"], numbers["sum_seconds"]


@pytest.fixture
def answered(story: Story) -> Story:
    """A ticket with its first response."""
    story.opened("T", "10:00")
    story.responded("T", "10:05")
    return story


def test_the_first_response_is_no_next_reply(desk: Desk, answered: Story) -> None:
    assert replies(desk, answered) == (0, 0.0)
    assert row(desk.report(answered), "next_reply")["p50_seconds"] is None


def test_what_the_customer_writes_before_the_first_response_waits_for_that(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:02", "customer")
    story.responded("T", "10:05")
    assert replies(desk, story) == (0, 0.0)


def test_the_oldest_unanswered_message_waits(desk: Desk, answered: Story) -> None:
    answered.responded("T", "10:10", "customer")
    answered.responded("T", "10:14", "customer")
    answered.responded("T", "10:20")
    answered.responded("T", "10:25")
    assert replies(desk, answered) == (1, 600.0)
    answered.responded("T", "11:00", "customer")
    answered.responded("T", "11:01")
    assert replies(desk, answered) == (2, 660.0)
    numbers = row(desk.report(answered), "next_reply")
    assert (numbers["mean_seconds"], numbers["p50_seconds"], numbers["p99_seconds"]) == (330.0, 60.0, 600.0)
    assert (numbers["le"]["60"], numbers["le"]["600"], numbers["le"]["+Inf"]) == (1, 2, 2)


def test_a_machine_and_a_note_are_no_reply_and_a_customers_note_no_question(desk: Desk, answered: Story) -> None:
    answered.responded("T", "10:10", "customer", public=False)
    answered.responded("T", "10:11", "customer")
    answered.responded("T", "10:12", "bot")
    answered.responded("T", "10:13", "system")
    answered.responded("T", "10:14", "agent", public=False)
    answered.responded("T", "10:15")
    assert replies(desk, answered) == (1, 240.0)


def test_a_machine_alone_has_not_answered_yet(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:01", "bot")
    story.responded("T", "10:02", "customer")
    story.responded("T", "10:05")
    assert replies(desk, story) == (0, 0.0)


def test_a_ticket_that_an_agent_opened_is_answered_from_the_start(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", opened_by="agent")
    story.responded("T", "10:10", "customer")
    story.responded("T", "10:11")
    assert replies(desk, story) == (1, 60.0)


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_solving_stops_the_wait_unless_the_policy_says_that_it_does_not(
    desk: Desk, answered: Story, status: str
) -> None:
    answered.responded("T", "10:10", "customer")
    answered.status("T", "10:11", status)
    answered.responded("T", "10:15")
    assert replies(desk, answered) == (0, 0.0)
    assert replies(desk, answered, solving_stops=False) == (1, 300.0)


@pytest.mark.parametrize("stops", [True, False])
def test_giving_up_ends_the_wait_under_any_policy(desk: Desk, answered: Story, stops: bool) -> None:
    answered.responded("T", "10:10", "customer")
    answered.status("T", "10:11", "abandoned")
    answered.responded("T", "10:15")
    assert replies(desk, answered, solving_stops=stops) == (0, 0.0)


def test_what_is_asked_after_the_solving_waits_once_the_ticket_is_open_again(desk: Desk, answered: Story) -> None:
    answered.responded("T", "10:10", "customer")
    answered.status("T", "10:11", "resolved")
    answered.responded("T", "10:12", "customer")
    answered.responded("T", "10:15")
    assert replies(desk, answered) == (0, 0.0)
    assert replies(desk, answered, solving_stops=False) == (1, 300.0)
    answered.status("T", "10:14", "reopened")
    assert replies(desk, answered) == (1, 180.0)
    assert replies(desk, answered, solving_stops=False) == (1, 300.0)


@pytest.mark.parametrize("status", ["pending", "reopened", "transferred", "spam", "updated"])
def test_other_statuses_do_not_stop_it(desk: Desk, answered: Story, status: str) -> None:
    answered.responded("T", "10:10", "customer")
    answered.status("T", "10:11", status)
    answered.status("T", "10:12", "reopened")
    answered.responded("T", "10:15")
    assert replies(desk, answered) == (1, 300.0)


@pytest.mark.parametrize(("customer", "agent"), [("a", "b"), ("b", "a")])
def test_at_one_microsecond_the_question_comes_before_the_answer(
    desk: Desk, answered: Story, customer: str, agent: str
) -> None:
    answered.responded("T", "10:10", "customer", event_id=customer)
    answered.responded("T", "10:10", "agent", event_id=agent)
    assert replies(desk, answered) == (1, 0.0)


@pytest.mark.parametrize(("message", "status"), [("a", "b"), ("b", "a")])
def test_at_one_microsecond_messages_come_before_the_solving(
    desk: Desk, answered: Story, message: str, status: str
) -> None:
    answered.responded("T", "10:10", "customer", event_id=message)
    answered.status("T", "10:10", "resolved", event_id=status)
    answered.responded("T", "10:15")
    assert replies(desk, answered) == (0, 0.0)
    answered.responded("T", "10:10", "agent", event_id=message + "2")
    assert replies(desk, answered) == (1, 0.0)


def test_a_reply_counts_when_it_is_given(desk: Desk, answered: Story) -> None:
    answered.responded("T", "10:10", "customer")
    answered.responded("T", "11:58")
    assert replies(desk, answered, "5m") == (1, 6480.0)


def test_what_was_said_before_the_opening_is_not_of_this_ticket(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "09:50")
    story.responded("T", "09:55", "customer")
    story.responded("T", "10:10")
    assert replies(desk, story) == (0, 0.0)
    story.responded("T", "10:20", "customer")
    story.responded("T", "10:21")
    assert replies(desk, story) == (1, 60.0)


def test_a_retracted_ticket_has_no_replies(desk: Desk, answered: Story) -> None:
    answered.responded("T", "10:10", "customer")
    answered.responded("T", "10:11")
    assert replies(desk, answered) == (1, 60.0)
    answered.status("T", "10:12", "merged")
    assert replies(desk, answered) == (0, 0.0)
