"""Time to second response: from the opening to the second public answer of an agent."""

from __future__ import annotations

import pytest

from stream.core.policy import AgentOpened, Responder
from tests.events import opened, responded, status
from tests.shares import durations, share_of

FIRST = (opened("T"), responded("T", 5))


def _seconds(*events, **policy):
    return durations("second_response", share_of(*events, **policy))


def test_one_response_is_no_second_one():
    assert _seconds(opened("T")) == _seconds(*FIRST) == []


def test_the_clock_runs_from_the_opening_to_the_second_response_and_no_further():
    assert _seconds(*FIRST, responded("T", 40), responded("T", 50)) == [(40, 40)]
    assert _seconds(opened("T", 10), responded("T", 15), responded("T", 40)) == [(40, 30)]


def test_the_second_in_time_counts_in_whatever_order_they_come():
    assert _seconds(responded("T", 50), responded("T", 40), responded("T", 5), opened("T")) == [(40, 40)]


def test_the_customer_need_not_have_written_in_between():
    assert _seconds(*FIRST, responded("T", 40)) == [(40, 40)]
    assert _seconds(*FIRST, responded("T", 10, "customer"), responded("T", 40)) == [(40, 40)]


def test_two_messages_at_one_instant_are_two_and_one_that_comes_twice_is_one():
    at_once = [responded("T", 5, event_id="a"), responded("T", 5, event_id="b")]
    assert _seconds(opened("T"), *at_once) == [(5, 5)]
    assert _seconds(opened("T"), at_once[0], at_once[0]) == []


def test_notes_are_no_responses():
    assert _seconds(*FIRST, responded("T", 20, public=False), responded("T", 40)) == [(40, 40)]


def test_what_was_written_before_the_opening_is_no_response_but_for_an_answer_just_before():
    assert _seconds(*FIRST, responded("T", -301)) == []
    assert _seconds(*FIRST, responded("T", -301), responded("T", 40)) == [(40, 40)]
    assert _seconds(*FIRST, responded("T", -9)) == [(5, 5)]


@pytest.mark.parametrize("who", ["bot", "system"])
def test_machines_respond_only_if_the_policy_says_so(who):
    story = [*FIRST, responded("T", 20, who), responded("T", 40)]
    assert _seconds(*story) == [(40, 40)]
    assert _seconds(*story, responder=Responder.ANY) == [(20, 20)]


def test_after_a_handoff_the_clock_starts_where_that_of_the_first_response_does():
    story = [opened("T"), responded("T", 1, "bot"), status("T", 10, "transferred"), responded("T", 15)]
    later = [status("T", 20, "transferred"), responded("T", 40)]
    assert _seconds(*story, *later, responder=Responder.AFTER_HANDOFF) == [(40, 30)]
    assert _seconds(*FIRST, *later, responder=Responder.AFTER_HANDOFF) == [(40, 40)]
    assert _seconds(*story, *later) == [(40, 40)]


def test_tickets_that_an_agent_opened_take_part_only_if_the_policy_says_so():
    story = [opened("T", opened_by="agent"), responded("T", 5), responded("T", 40)]
    assert _seconds(*story) == []
    assert _seconds(*story, agent_opened=AgentOpened.NEXT_PUBLIC) == [(40, 40)]


def test_it_counts_whatever_became_of_the_ticket_unless_it_is_retracted():
    story = [*FIRST, status("T", 10, "resolved"), responded("T", 40)]
    assert _seconds(*story) == [(40, 40)]
    assert _seconds(*story, status("T", 50, "spam")) == []
    assert _seconds(*story, status("T", 50, "spam"), status("T", 60, "reopened")) == [(40, 40)]
