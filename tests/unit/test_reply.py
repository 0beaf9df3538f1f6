"""Next reply time: the customer's oldest unanswered message to the next public answer of an agent."""

from __future__ import annotations

from itertools import permutations

import pytest

from stream.core.definitions import Definitions
from tests.events import opened, responded, status
from tests.shares import durations, share_of

FIRST = (opened("T"), responded("T", 5))


def _replies(*events, **definitions):
    return durations("next_reply", share_of(*events, definitions=Definitions(**definitions)))


def test_the_first_response_is_no_next_reply():
    assert _replies(opened("T"), responded("T", 5, "customer"), responded("T", 10)) == []


def test_the_clock_runs_from_the_oldest_message_that_nobody_answered():
    story = [responded("T", 10, "customer"), responded("T", 20, "customer"), responded("T", 40), responded("T", 50)]
    assert _replies(*FIRST, *story) == [(40, 30)]


def test_each_round_counts_at_its_answer():
    story = [responded("T", 10, "customer"), responded("T", 40), responded("T", 50, "customer"), responded("T", 55)]
    assert _replies(*FIRST, *story) == [(40, 30), (55, 5)]


@pytest.mark.parametrize("who", ["bot", "system"])
def test_machines_neither_answer_nor_begin_the_talk(who):
    assert _replies(*FIRST, responded("T", 10, "customer"), responded("T", 20, who), responded("T", 40)) == [(40, 30)]
    assert _replies(opened("T"), responded("T", 5, who), responded("T", 10, "customer"), responded("T", 40)) == []


def test_notes_neither_ask_nor_answer():
    note = {"public": False}
    asked_in_a_note = [responded("T", 10, "customer", **note), responded("T", 40)]
    answered_in_a_note = [responded("T", 10, "customer"), responded("T", 20, **note), responded("T", 40)]
    assert _replies(*FIRST, *asked_in_a_note) == []
    assert _replies(*FIRST, *answered_in_a_note) == [(40, 30)]


def test_where_an_agent_opened_the_ticket_the_first_answer_to_the_customer_is_a_reply():
    assert _replies(opened("T", opened_by="agent"), responded("T", 10, "customer"), responded("T", 40)) == [(40, 30)]


def test_what_was_written_before_the_opening_is_of_another_talk_but_for_an_answer_just_before():
    assert _replies(*FIRST, responded("T", -9), responded("T", -8, "customer"), responded("T", 40)) == []
    assert _replies(opened("T"), responded("T", -301), responded("T", 10, "customer"), responded("T", 40)) == []
    assert _replies(opened("T"), responded("T", -9), responded("T", 10, "customer"), responded("T", 40)) == [(40, 30)]


@pytest.mark.parametrize("done", ["resolved", "closed", "abandoned"])
def test_solving_ends_the_wait_unless_the_policy_says_it_does_not_and_giving_up_always_does(done):
    story = [*FIRST, responded("T", 10, "customer"), status("T", 20, done), responded("T", 40)]
    assert _replies(*story) == []
    assert _replies(*story, solving_stops=False) == ([] if done == "abandoned" else [(40, 30)])


@pytest.mark.parametrize("change", ["pending", "transferred", "reopened", "spam"])
def test_another_status_does_not_end_the_wait(change):
    story = [*FIRST, responded("T", 10, "customer"), status("T", 20, change), status("T", 30, "updated")]
    after_return = [status("T", 35, "reopened")] if change == "spam" else []
    assert _replies(*story, *after_return, responded("T", 40)) == [(40, 30)]


SOLVED = (*FIRST, responded("T", 10, "customer"), status("T", 20, "resolved"))


def test_who_writes_on_a_solved_ticket_waits_once_it_is_reopened_and_has_waited_since():
    assert _replies(*SOLVED, responded("T", 30, "customer"), responded("T", 40)) == []
    story = [*SOLVED, responded("T", 30, "customer"), responded("T", 32, "customer"), status("T", 35, "reopened")]
    assert _replies(*story, responded("T", 40)) == [(40, 10)]


def test_a_customer_who_reopens_a_ticket_without_a_word_waits_since_then_and_after_an_agent_did_nobody_does():
    assert _replies(*SOLVED, status("T", 35, "reopened"), responded("T", 40)) == [(40, 5)]
    by_agent = [*SOLVED, status("T", 35, "reopened", agent_id="ann"), responded("T", 40)]
    assert _replies(*by_agent) == []
    assert _replies(*by_agent, reopening_starts="any") == [(40, 5)]
    assert _replies(*SOLVED, status("T", 35, "reopened"), responded("T", 40), reopening_starts="never") == []


def test_a_ticket_that_was_solved_before_its_opening_is_done_at_it():
    story = [*FIRST, status("T", -5, "resolved"), responded("T", 10, "customer")]
    assert _replies(*story, responded("T", 40)) == []
    assert _replies(*story, status("T", 20, "reopened"), responded("T", 40)) == [(40, 30)]


def test_at_one_time_what_lets_somebody_wait_comes_before_what_ends_it_whatever_the_ids_are():
    def told(asked, answered, solved):
        return _replies(
            *FIRST,
            responded("T", 10, "customer", event_id=asked),
            responded("T", 10, event_id=answered),
            status("T", 10, "resolved", event_id=solved),
            responded("T", 40, event_id="z"),
        )

    for ids in permutations("abc"):
        assert told(*ids) == [(10, 0)]
    assert told("b", "a", "b") == [(10, 0)]  # of one id the message counts


def test_a_retracted_ticket_has_no_replies():
    assert _replies(*FIRST, responded("T", 10, "customer"), responded("T", 40), status("T", 50, "spam")) == []


@pytest.mark.parametrize("author", ["agent", "bot"])
def test_what_was_answered_while_the_ticket_was_done_waits_no_more_when_it_is_reopened(author):
    done = [status("T", 10, "resolved"), responded("T", 20, "customer"), responded("T", 30, author)]
    again = [status("T", 60, "reopened"), responded("T", 70)]
    began = 60 if author == "agent" else 20  # a bot answers nobody here
    assert _replies(*FIRST, *done, *again) == [(70, 70 - began)]
    assert _replies(*FIRST, *done, responded("T", 50, "customer"), *again) == [(70, 70 - (50 if began == 60 else 20))]
