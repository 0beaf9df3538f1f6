"""Inflow and outflow: what comes, what goes, and what is taken out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.numbers.flow import CHANGE
from tests.events import SECONDS, STATUSES, opened, responded, status
from tests.shares import counts, share_of


def _flow(*events):
    return counts("flow", share_of(*events))


def test_a_ticket_counts_each_time_it_comes_and_goes():
    story = [opened("T"), status("T", 10, "resolved"), status("T", 20, "reopened"), status("T", 30, "closed")]
    assert _flow(*story) == {("opened", 0): 1, ("resolved", 10): 1, ("reopened", 20): 1, ("resolved", 30): 1}


def test_an_abandoned_ticket_that_is_opened_again_came_back():
    story = [opened("T"), status("T", 10, "abandoned"), status("T", 20, "reopened"), status("T", 30, "resolved")]
    assert _flow(*story) == {("opened", 0): 1, ("abandoned", 10): 1, ("reopened", 20): 1, ("resolved", 30): 1}


@pytest.mark.parametrize("gone", ["merged", "spam", "deleted"])
def test_a_retracted_ticket_counts_as_that_alone_and_everything_again_once_it_returns(gone):
    story = [opened("T"), responded("T", 5), status("T", 10, "resolved"), status("T", 20, gone)]
    assert _flow(*story) == {("retracted", 20): 1}
    assert _flow(*story, status("T", 30, "reopened")) == {("opened", 0): 1, ("resolved", 10): 1, ("reopened", 30): 1}


def test_what_was_retracted_before_its_opening_was_retracted_at_its_opening():
    assert _flow(opened("T"), status("T", -10, "spam")) == {("retracted", 0): 1}


def test_without_an_opening_nothing_flows():
    assert _flow(status("T", 10, "resolved"), status("T", 20, "spam")) == {}


def test_what_came_at_one_instant_counts_there_each_time():
    story = [opened("T"), *(status("T", 9, kind, event_id=kind) for kind in ("abandoned", "pending", "resolved"))]
    assert _flow(*story) == {("opened", 0): 1, ("abandoned", 9): 1, ("reopened", 9): 1, ("resolved", 9): 1}


@given(st.lists(st.tuples(SECONDS, STATUSES), max_size=12))
def test_what_a_ticket_changes_of_the_backlog_is_whether_it_is_open(changes):
    share = share_of(opened("T"), *(status("T", at, kind) for at, kind in changes))
    change = sum(CHANGE.get(f"flow/{name}", 0) * n for (name, _), n in counts("flow", share).items())
    assert change == (share.open is not None)
