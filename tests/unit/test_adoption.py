"""Another policy counts as if it had been in force all the time, and until it does the old one goes on counting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stream.core.policy import Policy
from stream.core.windows import MINUTE_US
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import NOON_US, acquired, answered, decoded, opened, responded, sent, status

BEFORE = Policy()
AFTER = replace(
    BEFORE,
    definitions=replace(
        BEFORE.definitions, at_risk_percent=50, targets=(), nps_low=4, pausing=frozenset({"pending"}), ces_scale=5
    ),
)
NOW_US = NOON_US + 30 * MINUTE_US


def _story() -> list[dict[str, Any]]:
    """Enough tickets for several steps, with something of everything."""
    events = [acquired("C1", -86_400)]
    for i in range(500):
        ticket = f"T{i}"
        events.append(opened(ticket, i, channel=("chat", "email")[i % 2], customer_id=f"C{i % 400}"))
        if i % 3:
            events.append(responded(ticket, i + 60 * (i % 5)))
        if i % 4 == 0:
            events.append(status(ticket, i + 100, "pending"))
            events.append(status(ticket, i + 300, "resolved"))
        if i % 10 == 0:
            events.append(sent(f"S{i}", i + 400, ticket_id=ticket))
            events.append(answered(f"S{i}", i + 500, i % 11, ticket_id=ticket, comment="well"))
            events.append(answered(f"E{i}", i + 500, i % 6, ticket_id=ticket, instrument="ces"))
    return events


def _partition(policy: Policy, events: list[dict[str, Any]]) -> Partition:
    partition = Partition(0, Books(policy))
    partition.apply("t", decoded(*events), NOON_US)
    partition.advance(NOW_US)
    return partition


def _report(partition: Partition) -> dict[str, Any]:
    return report(partition.snapshot(), partition.policy)


def _alerts(partition: Partition) -> set[str]:
    partition.watermark.read_until_us = {"t": NOW_US}
    return {alert.id for alert in partition.due_alerts(NOW_US, 10_000)}


def test_an_adopted_policy_counts_as_if_it_had_always_been_in_force():
    events = _story()
    partition, fresh = _partition(BEFORE, events), _partition(AFTER, events)
    assert _report(partition) != _report(fresh)
    adoption = partition.books.adoption(AFTER)
    assert len(list(adoption.steps())) > 1
    assert adoption.adopt()
    assert _report(partition) == _report(fresh)
    assert _alerts(partition) == _alerts(fresh)
    later = [responded("T0", 1700), opened("U1", 1701, customer_id="C3"), status("T1", 1702, "spam")]
    for each in (partition, fresh):
        each.apply("t", decoded(*later), NOON_US)
        each.advance(NOW_US + MINUTE_US)
    assert _report(partition) == _report(fresh)


def test_while_it_is_prepared_the_old_policy_goes_on_counting():
    events = _story()
    partition, control = _partition(BEFORE, events), _partition(BEFORE, events)
    steps = partition.books.adoption(AFTER).steps()
    for _ in range(2):
        next(steps)
        for each in (partition, control):
            each.advance(NOW_US + MINUTE_US)
        assert _report(partition) == _report(control)


def test_an_adoption_is_in_force_only_when_all_is_counted_and_nothing_has_changed():
    partition = _partition(BEFORE, _story())
    adoption = partition.books.adoption(AFTER)
    steps = adoption.steps()
    next(steps)
    assert not adoption.adopt()
    list(steps)
    partition.apply("t", decoded(responded("T0", 1700)), NOON_US)
    assert adoption.stale
    assert not adoption.adopt()
    assert partition.policy is BEFORE
    again = partition.books.adoption(AFTER)
    list(again.steps())
    assert again.adopt()


def test_windows_that_moved_while_it_was_prepared_have_moved_afterwards():
    events = _story()
    partition, fresh = _partition(BEFORE, events), _partition(AFTER, events)
    adoption = partition.books.adoption(AFTER)
    list(adoption.steps())
    for each in (partition, fresh):
        each.advance(NOW_US + 3 * MINUTE_US)
    assert adoption.adopt()
    assert _report(partition) == _report(fresh)


def test_what_is_counted_when_it_was_read_back_while_it_is_prepared_is_not_lost():
    events = _story()
    fresh, partition = _partition(AFTER, events), Partition(0, Books(BEFORE))
    for key in (*fresh.tickets.states, *fresh.clientele.states):
        partition.load(key, fresh.dump(key), NOON_US)
    adoption = partition.books.adoption(AFTER)
    list(adoption.steps())
    list(partition.count())
    assert not adoption.adopt()
    again = partition.books.adoption(AFTER)
    list(again.steps())
    assert again.adopt()
    partition.advance(NOW_US)
    assert _report(partition)["first_response"] == _report(fresh)["first_response"]
    assert _report(partition)["tickets"] == _report(fresh)["tickets"]
