"""Service level: answered or given up, in time or not, and the five ways to make a share of it."""

from __future__ import annotations

import pytest

from stream.core.definitions import SERVICE_LEVELS, Definitions
from stream.core.policy import AgentOpened, Responder
from stream.numbers.service_level import COUNTS, service_levels
from tests.events import opened, responded, status
from tests.shares import counts, share_of

CHAT = opened("T", channel="chat")  # promised within 120 s


def _level(*events, definitions=None, **policy):
    return counts("service_level", share_of(*events, definitions=definitions, **policy))


@pytest.mark.parametrize(("at", "within"), [(0, True), (120, True), (120.000001, False), (500, False)])
def test_at_the_deadline_itself_an_answer_is_in_time(at, within):
    expected = {("answered", at): 1} | ({("answered_within", at): 1} if within else {})
    assert _level(CHAT, responded("T", at)) == expected


@pytest.mark.parametrize(
    ("at", "fields"),
    [
        (-3, {"abandoned", "abandoned_within", "abandoned_short"}),
        (4.999999, {"abandoned", "abandoned_within", "abandoned_short"}),
        (5, {"abandoned", "abandoned_within"}),
        (120, {"abandoned", "abandoned_within"}),
        (120.000001, {"abandoned"}),
    ],
)
def test_who_gives_up_does_so_at_once_in_time_or_late(at, fields):
    assert _level(CHAT, status("T", at, "abandoned")) == {(field, max(at, 0)): 1 for field in fields}


def test_with_no_time_at_all_nobody_gave_up_at_once():
    none_short = Definitions(short_abandon_us=0)
    assert ("abandoned_short", 0) not in _level(CHAT, status("T", 0, "abandoned"), definitions=none_short)


LEFT = {("abandoned", 20): 1, ("abandoned_within", 20): 1}


def test_what_a_wait_came_to_counts_whatever_became_of_the_ticket():
    answer = {("answered", 30): 1, ("answered_within", 30): 1}
    assert _level(CHAT, responded("T", 30), status("T", 40, "abandoned")) == answer
    assert _level(CHAT, status("T", 20, "abandoned"), responded("T", 30)) == LEFT
    assert _level(CHAT, status("T", 20, "abandoned"), status("T", 21, "resolved")) == LEFT


def test_who_gave_up_and_came_back_waits_anew():
    story = [CHAT, status("T", 20, "abandoned"), status("T", 300, "reopened")]
    assert _level(*story) == LEFT
    assert _level(*story, responded("T", 330)) == LEFT | {("answered", 330): 1, ("answered_within", 330): 1}


@pytest.mark.parametrize("done", [(), (status("T", 20, "resolved"),), (status("T", 20, "spam"),)])
def test_a_ticket_that_nobody_answered_and_nobody_gave_up_is_in_no_service_level(done):
    assert _level(CHAT, *done) == {}


def test_without_a_target_there_is_no_service_level():
    assert _level(opened("T", channel="in_app"), responded("T", 30)) == {}


def test_only_those_that_take_part_in_first_response_time_count():
    ours = opened("T", channel="chat", opened_by="agent")
    assert _level(ours, responded("T", 30)) == {}
    assert ("answered", 30) in _level(ours, responded("T", 30), agent_opened=AgentOpened.NEXT_PUBLIC)


def test_after_a_handoff_the_promise_runs_from_it():
    story = [CHAT, responded("T", 5, "bot"), status("T", 100, "transferred")]
    in_time = {("answered", 220): 1, ("answered_within", 220): 1}
    assert _level(*story, responded("T", 220), responder=Responder.AFTER_HANDOFF) == in_time
    assert _level(*story, responded("T", 221), responder=Responder.AFTER_HANDOFF) == {("answered", 221): 1}
    assert _level(*story, responded("T", 221)) == {("answered", 221): 1}


def test_a_change_of_channel_changes_what_was_promised():
    story = [CHAT, status("T", 200, "updated", channel="email"), responded("T", 300)]
    assert _level(*story) == {("answered", 300): 1, ("answered_within", 300): 1}


def test_the_five_variants():
    counted = {"answered_within": 60, "answered": 80, "abandoned": 20, "abandoned_within": 15, "abandoned_short": 4}
    levels = service_levels(counted)
    assert tuple(levels) == SERVICE_LEVELS
    assert levels == {
        "A/(N+B)": 60.0,
        "A/(N+B-s)": 62.5,
        "A/(N+B-b)": pytest.approx(70.588, abs=0.001),
        "(A+b)/(N+B)": 75.0,
        "A/N": 75.0,
    }


def test_a_share_of_nothing_is_none_and_not_zero():
    nothing = dict.fromkeys(COUNTS.fields, 0)
    assert set(service_levels(nothing).values()) == {None}
    only_short = service_levels(nothing | {"abandoned": 2, "abandoned_within": 2, "abandoned_short": 2})
    assert only_short == {"A/(N+B)": 0, "A/(N+B-s)": None, "A/(N+B-b)": None, "(A+b)/(N+B)": 100, "A/N": None}
