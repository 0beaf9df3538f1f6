"""Next reply time: the customer's oldest unanswered message to the next public answer of an agent."""

from __future__ import annotations

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


def test_what_was_written_before_the_opening_is_of_another_talk():
    assert _replies(*FIRST, responded("T", -9), responded("T", -8, "customer"), responded("T", 40)) == []
    assert _replies(opened("T"), responded("T", -9), responded("T", 10, "customer"), responded("T", 40)) == []


@pytest.mark.parametrize("done", ["resolved", "closed", "abandoned"])
def test_solving_ends_the_wait_unless_the_policy_says_it_does_not(done):
    story = [*FIRST, responded("T", 10, "customer"), status("T", 20, done), responded("T", 40)]
    assert _replies(*story) == []
    assert _replies(*story, solving_stops=False) == [(40, 30)]


@pytest.mark.parametrize("change", ["pending", "transferred", "reopened", "spam"])
def test_another_status_does_not_end_the_wait(change):
    story = [*FIRST, responded("T", 10, "customer"), status("T", 20, change), status("T", 30, "updated")]
    after_return = [status("T", 35, "reopened")] if change == "spam" else []
    assert _replies(*story, *after_return, responded("T", 40)) == [(40, 30)]


def test_who_writes_after_the_ticket_was_solved_waits_again():
    story = [responded("T", 10, "customer"), status("T", 20, "resolved"), responded("T", 30, "customer")]
    assert _replies(*FIRST, *story, responded("T", 40)) == [(40, 10)]


def test_what_solved_the_ticket_before_its_opening_ends_nothing():
    assert _replies(*FIRST, status("T", -5, "resolved"), responded("T", 10, "customer"), responded("T", 40)) == [
        (40, 30)
    ]


def test_at_one_time_event_ids_say_what_came_first_and_of_one_id_one_counts():
    def told(asked, answered, solved):
        return _replies(
            *FIRST,
            responded("T", 10, "customer", event_id=asked),
            responded("T", 10, event_id=answered),
            status("T", 10, "resolved", event_id=solved),
            responded("T", 40, event_id="z"),
        )

    assert told("a", "b", "c") == [(10, 0)]
    assert told("b", "a", "c") == []  # answered, asked, solved
    assert told("c", "a", "b") == [(40, 30)]  # answered, solved, asked
    assert told("b", "a", "b") == [(40, 30)]  # of one id the message counts


def test_a_retracted_ticket_has_no_replies():
    assert _replies(*FIRST, responded("T", 10, "customer"), responded("T", 40), status("T", 50, "spam")) == []
