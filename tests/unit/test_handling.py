"""Transfers, escalations and contacts given up, by the time of the opening."""

from __future__ import annotations

from stream.core.policy import AgentOpened, Responder
from tests.events import opened, responded, status
from tests.shares import counts, share_of


def _handling(*events, **policy):
    found = counts("handling", share_of(*events, **policy))
    assert {at for _, at in found} <= {0}, "all of it counts at the opening"
    return {name: n for (name, _), n in found.items()}


def test_a_ticket_that_nobody_touched_was_opened_and_offered():
    assert _handling(opened("T")) == {"opened": 1, "offered": 1}


def test_transfers_are_counted_and_the_ticket_once():
    story = [opened("T"), status("T", 10, "transferred"), status("T", 20, "transferred"), status("T", 30, "escalated")]
    assert _handling(*story) == {"opened": 1, "offered": 1, "transferred": 1, "transfers": 2, "escalated": 1}


def test_escalated_twice_is_escalated():
    assert _handling(opened("T"), status("T", 10, "escalated"), status("T", 20, "escalated"))["escalated"] == 1


def test_given_up_is_who_left_before_an_answer_whatever_becomes_of_the_ticket_later():
    left = status("T", 30, "abandoned")
    assert _handling(opened("T"), left)["given_up"] == 1
    assert "given_up" not in _handling(opened("T"), responded("T", 10), left)
    assert "given_up" not in _handling(opened("T"), status("T", 10, "resolved"), left)
    for later in (responded("T", 40), status("T", 40, "reopened"), status("T", 40, "closed")):
        assert _handling(opened("T"), left, later)["given_up"] == 1
    assert "given_up" not in _handling(opened("T"), left, status("T", 40, "spam"))


def test_the_variants_decide_who_was_offered_and_who_answered():
    bot = [opened("T"), responded("T", 10, "bot"), status("T", 30, "abandoned")]
    assert _handling(*bot)["given_up"] == 1
    assert "given_up" not in _handling(*bot, responder=Responder.ANY)
    ours = [opened("T", opened_by="agent"), status("T", 30, "abandoned")]
    assert _handling(*ours) == {"opened": 1}
    assert _handling(*ours, agent_opened=AgentOpened.NEXT_PUBLIC) == {"opened": 1, "offered": 1, "given_up": 1}


def test_a_retracted_ticket_was_not_handled():
    assert _handling(opened("T"), status("T", 10, "transferred"), status("T", 20, "spam")) == {}
