"""What a ticket's events come to, case by case (docs/metrics)."""

from __future__ import annotations

from typing import Any

import pytest

from stream.core.definitions import Definitions
from stream.core.facts import ANSWERED, PENDING, REPLY_WAITING, UNANSWERED
from stream.core.policy import AgentOpened, Responder
from stream.core.windows import SECOND_US
from stream.counting.census import OPENED, RETRACTED, WITHOUT_OPENING
from stream.numbers.first_response import CALENDAR
from stream.numbers.flow import RETRACTED as RETRACTION
from tests.events import NOON_US, answered, opened, responded, status
from tests.shares import durations, share_of


def _frt_seconds(*events: dict[str, Any], **policy: Any) -> float | None:
    took = [seconds for _, seconds in durations(CALENDAR.measure("response"), share_of(*events, **policy))]
    return took[0] if took else None


def _state(*events: dict[str, Any], **policy: Any) -> str | None:
    standing = share_of(*events, **policy).open
    return standing.state if standing else None


def test_first_response_time_runs_from_the_opening_to_the_first_public_human_response():
    story = [opened("T"), responded("T", 30, "bot"), responded("T", 40, public=False), responded("T", 67.5)]
    assert _frt_seconds(*story, responded("T", 90)) == 67.5


def test_with_any_responder_a_bot_answers_first():
    assert _frt_seconds(opened("T"), responded("T", 30, "bot"), responded("T", 60), responder=Responder.ANY) == 30


def test_after_a_handoff_the_clock_starts_at_the_handoff():
    story = [opened("T"), responded("T", 5, "bot"), status("T", 60, "transferred"), responded("T", 100)]
    assert _frt_seconds(*story, responder=Responder.AFTER_HANDOFF) == 40
    assert _frt_seconds(*story) == 100


def test_a_transfer_that_no_bot_came_before_is_no_handoff():
    story = [opened("T"), status("T", 60, "transferred"), responded("T", 100)]
    assert _frt_seconds(*story, responder=Responder.AFTER_HANDOFF) == 100


def test_a_transfer_after_an_acknowledgement_by_the_system_is_no_handoff():
    story = [opened("T"), responded("T", 5, "system"), status("T", 60, "transferred"), responded("T", 100)]
    assert _frt_seconds(*story, responder=Responder.AFTER_HANDOFF) == 100


@pytest.mark.parametrize("end", ["merged", "spam", "deleted"])
@pytest.mark.parametrize("tidied", ["resolved", "closed", "abandoned", "pending"])
def test_a_retracted_ticket_that_is_tidied_up_stays_retracted_and_comes_back_by_being_reopened(end, tidied):
    story = [opened("T"), responded("T", 5), status("T", 10, end), status("T", 20, tidied)]
    assert share_of(*story).category == "retracted"
    assert share_of(*story, status("T", 30, "reopened")).category == "opened"
    assert _state(*story, status("T", 30, "reopened"), status("T", 40, "pending")) == "pending"
    assert share_of(*story, status("T", 30, "reopened"), status("T", 40, end)).category == "retracted"


def test_of_two_openings_the_earliest_counts():
    assert _frt_seconds(opened("T", 10), opened("T", 0), responded("T", 30)) == 30


def test_a_response_a_little_before_the_opening_answers_it_and_an_earlier_one_something_else():
    assert _frt_seconds(responded("T", -5), opened("T"), responded("T", 20)) == 0
    assert _frt_seconds(responded("T", -300), opened("T"), responded("T", 20)) == 0
    assert _frt_seconds(responded("T", -300.000001), opened("T"), responded("T", 20)) == 20
    at_once = Definitions(early_answer_us=0)
    assert _frt_seconds(responded("T", -5), opened("T"), responded("T", 20), definitions=at_once) == 20


def test_a_response_at_the_very_instant_of_the_opening_took_no_time():
    assert _frt_seconds(opened("T"), responded("T", 0)) == 0


def test_a_reopened_ticket_has_no_second_first_response():
    story = [opened("T"), responded("T", 10), status("T", 20, "resolved"), status("T", 30, "reopened")]
    assert _frt_seconds(*story, responded("T", 99)) == 10


def test_tickets_that_an_agent_opened_take_part_only_if_the_policy_says_so():
    story = [opened("T", opened_by="agent"), responded("T", 10)]
    assert _frt_seconds(*story) is None
    assert _state(story[0]) == ANSWERED
    assert _frt_seconds(*story, agent_opened=AgentOpened.NEXT_PUBLIC) == 10
    assert _state(story[0], agent_opened=AgentOpened.NEXT_PUBLIC) == UNANSWERED


@pytest.mark.parametrize("end", ["merged", "spam", "deleted"])
def test_a_retracted_ticket_adds_nothing_until_it_is_reopened(end):
    story = [opened("T"), responded("T", 10), status("T", 20, end)]
    found = share_of(*story)
    assert found.category == RETRACTED
    assert [(at, measure) for at, (measure, _, _), _ in found.tickets] == [(NOON_US + 20 * SECOND_US, RETRACTION)]
    assert (found.surveys, found.past, found.agents, found.open) == ([], [], [], None)
    assert _frt_seconds(*story, status("T", 30, "reopened")) == 10


@pytest.mark.parametrize("end", ["resolved", "closed", "abandoned"])
def test_a_ticket_that_is_done_is_not_open_but_keeps_its_first_response(end):
    story = [opened("T"), responded("T", 10), status("T", 20, end)]
    assert _state(*story) is None
    assert _frt_seconds(*story) == 10


@pytest.mark.parametrize("change", ["transferred", "escalated", "updated"])
def test_some_changes_leave_the_ticket_as_open_as_it_was(change):
    assert _state(opened("T"), responded("T", 1), status("T", 5, "pending"), status("T", 9, change)) == PENDING
    assert _state(opened("T"), status("T", 5, "resolved"), status("T", 9, change)) is None


def test_an_open_ticket_is_unanswered_then_answered_then_pending():
    story = [opened("T"), responded("T", 10), status("T", 20, "pending")]
    assert [_state(*story[: i + 1]) for i in range(3)] == [UNANSWERED, ANSWERED, PENDING]


def test_pending_ends_when_the_customer_writes():
    story = [opened("T"), responded("T", 10), status("T", 20, "pending")]
    assert _state(*story, responded("T", 19, "customer")) == REPLY_WAITING  # setting a status is no answer
    assert _state(*story, responded("T", 19, "customer"), responded("T", 19)) == PENDING
    assert _state(*story, responded("T", 21, "customer")) == REPLY_WAITING
    assert _state(*story, responded("T", 21, "customer", public=False)) == ANSWERED
    tie = status("T", 20, "pending", event_id="b")
    for event_id in "abc":  # what lets somebody wait comes first; of one id the message counts
        wrote = responded("T", 20, "customer", event_id=event_id)
        assert _state(opened("T"), responded("T", 5), tie, wrote) == REPLY_WAITING


def test_a_ticket_without_an_opening_is_just_that_even_as_spam_and_then_its_surveys_do_not_count():
    lone = answered("S", 5, 9, ticket_id="T")
    assert share_of(lone).surveys
    spam = share_of(status("T", 9, "spam"), lone)
    assert (spam.category, spam.surveys, spam.open) == (WITHOUT_OPENING, [], None)


def test_events_without_an_opening_wait_for_it():
    assert share_of(responded("T", 10)).category == WITHOUT_OPENING
    assert share_of(responded("T", 10), opened("T")).category == OPENED


def test_the_present_attributes_label_everything_of_a_ticket():
    story = [opened("T", channel="chat", queue="billing"), status("T", 20, "transferred", to_queue="sales")]
    found = share_of(*story, responded("T", 10))
    assert {labels for _, (_, labels, _), _ in found.tickets} == {("chat", "sales")}
    assert found.open is not None
    assert found.open.labels == ("chat", "sales")


def test_an_earlier_write_that_arrives_later_changes_nothing():
    late = status("T", 10, "updated", queue="old")
    assert share_of(opened("T"), status("T", 20, "updated", queue="new"), late).open.labels == ("unknown", "new")


def test_the_opening_instant_and_the_response_instant_each_get_their_pane():
    found = share_of(opened("T"), responded("T", 60)).tickets
    assert {at for at, _, _ in found} == {NOON_US, NOON_US + 60 * SECOND_US}
