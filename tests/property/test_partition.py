"""A partition gives the same numbers for any order, any duplicates and any crash point."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.windows import SECOND_US
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import NOON_US, decoded, desk_events
from tests.tries import tries

POLICY = Policy()
NOW_US = NOON_US + 4_000 * SECOND_US


def _partition(number: int = 0) -> Partition:
    partition = Partition(number, Books(POLICY))
    partition.advance(NOW_US - 3600 * SECOND_US)
    return partition


def _numbers(*partitions: Partition) -> dict[str, Any]:
    for partition in partitions:
        partition.advance(NOW_US)
    numbers = report(Totals.merge([partition.snapshot() for partition in partitions]), POLICY)
    for unfolded in ("watermark", "final_until", "partitions"):  # what was seen, not what it came to
        del numbers[unfolded]
    return numbers


def _batch(events: list[dict[str, Any]]) -> dict[str, Any]:
    partition = _partition()
    partition.apply("t", decoded(*events), NOW_US)
    return _numbers(partition)


@given(desk_events(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_any_order_any_duplicates_and_any_batches_give_the_same_numbers(events, random, size):
    shuffled = events + [event for event in events if random.random() < 0.5]
    random.shuffle(shuffled)
    partition = _partition()
    for i in range(0, len(shuffled), size):
        partition.apply("t", decoded(*shuffled[i : i + size]), NOW_US)
        partition.advance(NOW_US - random.randrange(3600) * SECOND_US)
    assert _numbers(partition) == _batch(events)


@given(desk_events(), st.integers(0, 25), st.integers(0, 25), st.sets(st.integers(0, 100)))
def test_any_crash_point_gives_the_same_numbers(events, crash, committed, lost):
    """A worker dies after `crash` events. Of its changelog some records are not there yet, but all of those whose
    source offsets were committed are; the next worker recovers, and reads the source again from the commit."""
    committed = min(committed, crash, len(events))
    dying = _partition()
    changelog: list[tuple[bytes, bytes]] = []
    for i, event in enumerate(decoded(*events[:crash])):
        dirty = dying.apply("t", [event], NOW_US).dirty
        if i < committed or i not in lost:
            changelog += [(key, dying.dump(key)) for key in dirty]
    heir = _partition()
    for key, value in changelog:
        heir.load(key, value, NOW_US)
    heir.apply("t", decoded(*events[committed:]), NOW_US)
    assert _numbers(heir) == _batch(events)


@given(desk_events(tickets=6, most=40))
@settings(max_examples=tries(25))
def test_partitions_add_up_to_the_whole(events):
    parts = [_partition(number) for number in range(3)]
    for event in events:
        home = sum(map(ord, event.get("ticket_id", "lonely"))) % 3
        parts[home].apply("t", decoded(event), NOW_US)
    assert _numbers(*parts) == _batch(events)


@given(desk_events(), st.booleans(), st.booleans())
def test_forgetting_old_tickets_changes_no_number_over_all_time(events, lose_tombstones, recover):
    much_later = NOW_US + 400 * 86_400 * SECOND_US
    keeping, forgetting = _partition(), _partition()
    changelog: list[tuple[bytes, bytes | None]] = []
    for partition in (keeping, forgetting):
        dirty = partition.apply("t", decoded(*events), NOW_US).dirty
        partition.advance(much_later)
    changelog += [(key, forgetting.dump(key)) for key in dirty]
    eviction = forgetting.evict(1000)
    if eviction is not None:
        changelog.append((eviction.seal_key, eviction.seal_value))
        if not lose_tombstones:
            changelog += [(key, None) for key in eviction.keys]
        forgetting.evicted(eviction)
    if recover:
        forgetting = _partition()
        for key, value in changelog:
            forgetting.load(key, value, NOW_US)
        forgetting.advance(much_later)
    expected, got = (report(p.snapshot(), POLICY) for p in (keeping, forgetting))
    for section in ("first_response", "nps", "backlog", "open_wait"):
        rows = [[row for row in each[section] if row["n"]] for each in (expected, got)]
        assert rows[0] == rows[1], section
    still_open = {key for key in dirty if forgetting_holds(forgetting, key)}
    assert expected["tickets"]["opened"] == got["tickets"]["opened"]
    assert got["tickets"]["held"] == sum(key.startswith(b"t:") for key in still_open)


def forgetting_holds(partition: Partition, key: bytes) -> bool:
    try:
        partition.dump(key)
    except KeyError:
        return False
    return True
