"""Resolution time with its pauses; one-touch and re-opened tickets."""

from __future__ import annotations

import pytest

from stream.core.definitions import Definitions
from tests.events import opened, responded, status
from tests.shares import counts, durations, share_of


def _took(*events, which="first", pausing=()):
    definitions = Definitions(pausing=frozenset(pausing))
    return durations(f"resolution/{which}", share_of(*events, definitions=definitions))


def test_the_first_resolution_stays_and_the_last_moves():
    story = [opened("T"), status("T", 10, "resolved")]
    assert _took(*story) == _took(*story, which="last") == [(10, 10)]
    story += [status("T", 20, "reopened")]
    assert (_took(*story), _took(*story, which="last")) == ([(10, 10)], [])
    story += [status("T", 30, "closed")]
    assert (_took(*story), _took(*story, which="last")) == ([(10, 10)], [(30, 30)])


def test_to_close_a_resolved_ticket_does_not_resolve_it_later():
    assert _took(opened("T"), status("T", 10, "resolved"), status("T", 90, "closed"), which="last") == [(10, 10)]


def test_a_ticket_abandoned_for_good_has_no_last_resolution():
    story = [opened("T"), status("T", 10, "abandoned")]
    assert _took(*story) == []
    story = [opened("T"), status("T", 10, "resolved"), status("T", 20, "reopened"), status("T", 30, "abandoned")]
    assert (_took(*story), _took(*story, which="last")) == ([(10, 10)], [])


def test_what_was_resolved_before_its_opening_took_no_time():
    assert _took(opened("T"), status("T", -10, "resolved")) == [(0, 0)]


def test_a_pause_ends_with_the_next_status_or_the_customers_next_message():
    pending = [opened("T"), status("T", 10, "pending")]
    assert _took(*pending, status("T", 100, "resolved")) == [(100, 100)]
    assert _took(*pending, status("T", 100, "resolved"), pausing=["pending"]) == [(100, 10)]
    assert _took(*pending, responded("T", 30, "customer"), status("T", 100, "resolved"), pausing=["pending"]) == [
        (100, 80)
    ]
    returned = [*pending, status("T", 40, "reopened"), status("T", 100, "resolved")]
    assert _took(*returned, pausing=["pending"]) == [(100, 70)]


def test_a_customers_note_ends_a_pause_and_nobody_elses_message_does():
    story = [opened("T"), status("T", 10, "pending"), responded("T", 20), responded("T", 30, "bot")]
    done = status("T", 100, "resolved")
    assert _took(*story, done, pausing=["pending"]) == [(100, 10)]
    assert _took(*story, responded("T", 40, "customer", public=False), done, pausing=["pending"]) == [(100, 70)]


@pytest.mark.parametrize("change", ["transferred", "escalated", "updated"])
def test_what_does_not_change_the_lifecycle_ends_no_pause(change):
    story = [opened("T"), status("T", 10, "pending"), status("T", 20, change), status("T", 100, "resolved")]
    assert _took(*story, pausing=["pending"]) == [(100, 10)]


def test_two_pauses_add_up_and_a_pause_that_is_renewed_goes_on():
    twice = [opened("T"), status("T", 10, "pending"), responded("T", 20, "customer"), status("T", 50, "pending")]
    assert _took(*twice, status("T", 100, "resolved"), pausing=["pending"]) == [(100, 40)]
    renewed = [opened("T"), status("T", 10, "pending"), status("T", 50, "pending"), status("T", 100, "resolved")]
    assert _took(*renewed, pausing=["pending"]) == [(100, 10)]


def test_a_pause_lies_between_opening_and_resolution():
    assert _took(opened("T"), status("T", -50, "pending"), status("T", 100, "resolved"), pausing=["pending"]) == [
        (100, 0)
    ]
    later = [opened("T"), status("T", 100, "resolved"), status("T", 200, "pending"), status("T", 300, "resolved")]
    assert _took(*later, pausing=["pending"]) == [(100, 100)]
    assert _took(*later, pausing=["pending"], which="last") == [(300, 200)]


def test_the_time_between_resolution_and_return_may_be_a_pause():
    story = [opened("T"), status("T", 10, "resolved"), status("T", 60, "reopened"), status("T", 100, "closed")]
    assert _took(*story, pausing=["resolved"]) == [(10, 10)]
    assert _took(*story, pausing=["resolved"], which="last") == [(100, 50)]


def test_a_message_at_the_moment_of_the_status_comes_before_it_and_ends_no_pause():
    def told(message):
        story = [status("T", 10, "pending", event_id="b"), responded("T", 10, "customer", event_id=message)]
        return _took(opened("T"), *story, status("T", 100, "resolved"), pausing=["pending"])

    assert told("c") == told("a") == [(100, 10)]


def _quality(*events):
    return counts("quality", share_of(*events))


def test_one_touch_is_one_public_message_of_an_agent_up_to_the_resolution():
    done = status("T", 20, "resolved")
    one = {("resolved", 20): 1, ("one_touch", 20): 1}
    none = {("resolved", 20): 1}
    assert _quality(opened("T"), responded("T", 10), done) == one
    assert _quality(opened("T"), responded("T", 0), responded("T", 21), done) == one
    assert _quality(opened("T"), responded("T", 20), done) == one
    assert _quality(opened("T"), responded("T", 10), responded("T", 20), done) == none
    assert _quality(opened("T"), done) == none
    machines = [responded("T", 5, "bot"), responded("T", 6, "customer"), responded("T", 7, public=False)]
    assert _quality(opened("T"), *machines, responded("T", -1), responded("T", 10), done) == one


def test_a_reopened_ticket_counts_where_it_was_first_resolved():
    story = [opened("T"), status("T", 20, "resolved"), status("T", 30, "reopened"), status("T", 40, "resolved")]
    assert _quality(*story, status("T", 50, "pending")) == {("resolved", 20): 1, ("reopened", 20): 1}


def test_a_ticket_that_was_abandoned_opened_again_and_then_resolved_was_reopened():
    story = [opened("T"), status("T", 10, "abandoned"), status("T", 20, "reopened"), status("T", 30, "resolved")]
    assert _quality(*story) == {("resolved", 30): 1, ("reopened", 30): 1}
