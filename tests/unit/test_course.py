"""The course of a ticket: done and opened again in turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.counting.census import OPENED
from stream.model.records import KINDS
from tests.events import SECONDS, STATUSES, opened, status
from tests.shares import after_noon, share_of

_NAMES = {code: name for name, code in KINDS.items()}


def _turns(*events):
    """Return when a ticket was done, and when it was opened again."""
    turns, kinds = share_of(*events).frame.turns
    names = ["reopened" if _NAMES[kind] == "pending" else _NAMES[kind] for kind in kinds.tolist()]
    return list(zip(map(after_noon, turns.at.tolist()), names, strict=True))


def _course(*changes, opened_at=0):
    return _turns(opened("T", opened_at), *(status("T", at, kind) for at, kind in changes))


def test_a_ticket_that_nobody_touched_has_no_course():
    assert _turns(opened("T")) == []


def test_a_ticket_without_an_opening_has_no_course_yet():
    assert _turns(status("T", 10, "resolved")) == []


def test_to_be_done_twice_in_a_row_is_once():
    assert _course((10, "resolved"), (20, "closed"), (30, "abandoned")) == [(10, "resolved")]


def test_an_open_ticket_cannot_be_opened_again():
    assert _course((10, "pending"), (20, "reopened"), (30, "resolved")) == [(30, "resolved")]


def test_what_is_done_to_a_retracted_ticket_is_no_part_of_its_course():
    assert _course((10, "spam"), (20, "closed"), (30, "pending"), (40, "reopened")) == []
    assert _course((10, "spam"), (20, "reopened"), (30, "closed")) == [(30, "closed")]


@pytest.mark.parametrize("back", ["reopened", "pending"])
@pytest.mark.parametrize("done", ["resolved", "closed", "abandoned"])
def test_a_done_ticket_that_is_pending_or_reopened_is_open_again(done, back):
    assert _course((10, done), (20, back)) == [(10, done), (20, "reopened")]


@pytest.mark.parametrize("change", ["transferred", "escalated", "updated"])
def test_what_leaves_a_ticket_as_open_as_it_was_has_no_part(change):
    assert _course((10, "resolved"), (20, change), (30, "reopened")) == [(10, "resolved"), (30, "reopened")]


@pytest.mark.parametrize("gone", ["merged", "spam", "deleted"])
def test_a_retraction_on_the_way_has_no_part(gone):
    assert _course((10, gone), (20, "reopened"), (30, "closed")) == [(30, "closed")]
    assert _course((10, "resolved"), (20, gone), (30, "reopened")) == [(10, "resolved"), (30, "reopened")]


def test_what_was_changed_before_the_opening_counts_at_the_opening():
    assert _course((-20, "resolved"), (-10, "reopened"), (10, "closed")) == [
        (0, "resolved"),
        (0, "reopened"),
        (10, "closed"),
    ]


def test_at_one_time_a_ticket_is_reopened_before_it_is_done_and_else_the_event_id_says_what_came_first():
    def walked(first, second, kinds=("resolved", "reopened")):
        both = status("T", 9, kinds[0], event_id=first), status("T", 9, kinds[1], event_id=second)
        return [kind for _, kind in _turns(opened("T"), *both)]

    assert walked("a", "b") == walked("b", "a") == ["resolved"]
    assert walked("a", "b", ("resolved", "abandoned")) == ["resolved"]
    assert walked("b", "a", ("resolved", "abandoned")) == ["abandoned"]


def test_first_and_last_resolution_are_of_resolved_and_closed_alone():
    story = opened("T"), status("T", 10, "abandoned"), status("T", 20, "reopened"), status("T", 30, "closed")
    walked = share_of(*story).frame
    assert after_noon(walked.resolved_first.us[0]) == after_noon(walked.resolved_last.us[0]) == 30
    assert [after_noon(at) for at in walked.reopened.at.tolist()] == [20]
    back = share_of(*story, status("T", 40, "reopened"), status("T", 50, "abandoned")).frame
    assert after_noon(back.resolved_first.us[0]) == 30
    assert not back.resolved_last.known[0]


@given(st.lists(st.tuples(SECONDS, STATUSES), max_size=12))
def test_done_and_reopened_alternate_and_the_last_says_whether_it_is_open(changes):
    events = [opened("T"), *(status("T", at, kind) for at, kind in changes)]
    turns = _turns(*events)
    assert [kind == "reopened" for _, kind in turns] == [bool(i % 2) for i in range(len(turns))]
    assert [at for at, _ in turns] == sorted(at for at, _ in turns)
    share = share_of(*events)
    if share.category == OPENED:
        assert (share.open is not None) is (len(turns) % 2 == 0)
