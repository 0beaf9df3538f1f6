"""Waits that begin after a handoff, and answers of before the opening, worked out by hand."""

import pytest

from tests.verify.story import Desk, Story, policy, row
from tests.verify.waits import AFTER, ANSWERED, ANY, BOT, FIRST, HUMAN, REPLY, SOLVED, of_one, promises, told


@pytest.fixture
def handed_over(story: Story) -> Story:
    story.opened("T", "09:00", channel="chat")
    story.responded("T", "09:00:05", "bot")
    story.status("T", "09:50", "transferred", to_queue="people")
    return story


def test_after_a_handoff_the_wait_and_its_promise_run_from_it(desk: Desk, handed_over: Story) -> None:
    report = desk.report(handed_over, "09:51", responder=AFTER)
    assert (row(report, "open_wait")["n"], row(report, "open_wait")["oldest_seconds"]) == (1, 60.0)
    assert promises(row(report, "sla")) == (1, 0, 0, 0)
    handed_over.responded("T", "09:51:30")
    report = desk.report(handed_over, responder=AFTER)
    assert row(report, "first_response", to="response")["sum_seconds"] == 90.0
    assert row(report, "first_response_business", to="response")["sum_seconds"] == 90.0
    assert row(report, "service_level")["answered_within"] == 1


def test_without_that_setting_a_handoff_is_no_news(desk: Desk, handed_over: Story) -> None:
    assert of_one(desk, handed_over) == [(FIRST, "09:00", None, None)]
    assert of_one(desk, handed_over, responder=ANY) == [(FIRST, "09:00", "09:00:05", ANSWERED)]


@pytest.mark.parametrize(("bot", "status"), [("a", "b"), ("b", "a")])
def test_a_handoff_at_the_instant_of_the_bots_word_comes_after_it(
    desk: Desk, story: Story, bot: str, status: str
) -> None:
    story.opened("T", "09:00")
    story.status("T", "09:10", "escalated", event_id=status)
    story.responded("T", "09:10", "bot", event_id=bot)
    assert of_one(desk, story, responder=AFTER) == [(FIRST, "09:00", "09:10", BOT), (FIRST, "09:10", None, None)]


def test_a_handoff_needs_a_bot_that_had_the_last_word(desk: Desk, story: Story) -> None:
    story.opened("answered", "09:00")
    story.responded("answered", "09:01", "bot")
    story.responded("answered", "09:02")
    story.status("answered", "09:03", "transferred")
    story.opened("asked again", "09:00")
    story.responded("asked again", "09:01", "bot")
    story.responded("asked again", "09:02", "customer")
    story.status("asked again", "09:03", "transferred")
    story.opened("note", "09:00")
    story.responded("note", "09:01", "bot", public=False)
    story.status("note", "09:03", "transferred")
    story.opened("done", "09:00")
    story.responded("done", "09:01", "bot")
    story.status("done", "09:02", "resolved")
    story.status("done", "09:03", "transferred")
    story.opened("by an agent", "09:00", opened_by="agent")
    story.responded("by an agent", "09:01", "bot")
    story.status("by an agent", "09:03", "transferred")
    assert told(desk, story, responder=AFTER) == {
        "answered": [(FIRST, "09:00", "09:01", BOT)],
        "asked again": [(FIRST, "09:00", "09:01", BOT), (FIRST, "09:02", None, None)],
        "note": [(FIRST, "09:00", None, None)],
        "done": [(FIRST, "09:00", "09:01", BOT)],
    }


def test_a_handoff_of_a_later_question_is_a_wait_for_a_reply(desk: Desk, story: Story) -> None:
    story.opened("T", "09:00")
    story.responded("T", "09:01")
    story.responded("T", "09:10", "customer")
    story.responded("T", "09:11", "bot")
    story.status("T", "09:20", "escalated")
    story.responded("T", "09:30")
    found = [(REPLY, "09:10", "09:11", BOT), (REPLY, "09:20", "09:30", ANSWERED)]
    assert of_one(desk, story, responder=AFTER)[1:] == found
    assert row(desk.report(story, responder=AFTER), "next_reply")["sum_seconds"] == 600.0


def test_a_retracted_ticket_was_not_handed_over(desk: Desk, handed_over: Story) -> None:
    handed_over.status("T", "10:00", "spam")
    assert of_one(desk, handed_over, responder=AFTER) == []
    handed_over.status("T", "10:10", "reopened")
    found = [(FIRST, "09:00", "09:00:05", BOT), (FIRST, "09:50", None, None)]
    assert of_one(desk, handed_over, responder=AFTER) == found


def test_an_answer_just_before_the_opening_counts_at_it(desk: Desk, story: Story) -> None:
    story.responded("T", "09:00", agent_id="x")
    story.opened("T", "09:00:03", channel="phone")
    story.responded("T", "09:10", "customer")
    assert of_one(desk, story) == [(FIRST, "09:00:03", "09:00:03", ANSWERED), (REPLY, "09:10", None, None)]
    report = desk.report(story, "09:10:30")
    numbers = row(report, "first_response", to="response")
    assert (numbers["n"], numbers["sum_seconds"]) == (1, 0.0)
    assert row(report, "open_wait")["n"] == row(report, "sla")["n"] == 0
    assert (row(report, "reply_wait")["n"], row(report, "reply_wait")["oldest_seconds"]) == (1, 30.0)
    assert row(report, "service_level")["answered_within"] == 1


@pytest.mark.parametrize(
    ("answered", "seconds", "early"),
    [
        ("09:55", 300, True),
        ("09:54:59.999999", 300, False),
        ("09:54:59.999999", 301, True),
        ("09:59:59.999999", 0, False),
        ("10:00", 0, True),
    ],
)
def test_how_early_an_answer_may_be_is_a_setting(
    desk: Desk, story: Story, answered: str, seconds: int, early: bool
) -> None:
    story.responded("T", answered)
    story.opened("T", "10:00")
    found = (FIRST, "10:00", "10:00", ANSWERED) if early else (FIRST, "10:00", None, None)
    assert of_one(desk, story, policy=policy(early_answer_seconds=seconds)) == [found]
    story.responded("T", "10:30", "customer")
    asked = [found, (REPLY, "10:30", None, None)] if early else [found]
    assert of_one(desk, story, policy=policy(early_answer_seconds=seconds)) == asked


def test_only_who_may_answer_does_so_early(desk: Desk, story: Story) -> None:
    story.responded("T", "09:59:57", "customer")
    story.responded("T", "09:59:58", "bot")
    story.responded("T", "09:59:59", public=False)
    story.opened("T", "10:00")
    for responder in (HUMAN, AFTER):
        assert of_one(desk, story, responder=responder) == [(FIRST, "10:00", None, None)]
    assert of_one(desk, story, responder=ANY) == [(FIRST, "10:00", "10:00", ANSWERED)]


def test_before_the_opening_things_count_at_it_as_they_followed_each_other(desk: Desk, story: Story) -> None:
    story.responded("T", "09:58")
    story.status("T", "09:59", "resolved")
    story.opened("T", "10:00")
    story.responded("T", "10:00", "customer")  # on a ticket that is done
    assert of_one(desk, story) == [(FIRST, "10:00", "10:00", ANSWERED)]
    story.status("U", "09:58", "resolved")
    story.responded("U", "09:59")
    story.opened("U", "10:00")
    assert told(desk, story)["U"] == [(FIRST, "10:00", "10:00", SOLVED)]
    story.status("U", "10:10", "reopened")
    assert told(desk, story)["U"][1:] == [(REPLY, "10:10", None, None)]


def test_who_wrote_early_of_their_own_accord_has_answered_when_the_customer_writes(desk: Desk, story: Story) -> None:
    story.responded("T", "09:59")
    story.opened("T", "10:00", opened_by="agent")
    story.responded("T", "10:10", "customer")
    assert of_one(desk, story) == [(REPLY, "10:10", None, None)]
    found = [(FIRST, "10:00", "10:00", ANSWERED), (REPLY, "10:10", None, None)]
    assert of_one(desk, story, agent_opened="next_public") == found


def test_an_early_answer_goes_and_returns_with_its_ticket(desk: Desk, story: Story) -> None:
    story.responded("T", "09:59")
    story.opened("T", "10:00")
    story.status("T", "10:05", "deleted")
    assert of_one(desk, story) == []
    story.status("T", "10:06", "reopened")
    assert of_one(desk, story) == [(FIRST, "10:00", "10:00", ANSWERED)]
