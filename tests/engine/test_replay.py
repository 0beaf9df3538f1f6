"""Reading a changelog back, record by record, with a real partition behind it."""

from __future__ import annotations

import orjson
from aiokafka import ConsumerRecord

from stream.core.policy import Policy
from stream.engine.changelog.owner_record import OWNER_KEY, OwnerRecord, epoch_headers, epoch_of
from stream.engine.changelog.replay import Replay
from stream.partition.books import Books
from stream.partition.partition import Partition
from tests.events import NOON_US, decoded, opened, responded

KEY = b"t:T1"


def partition() -> Partition:
    policy = Policy()
    return Partition(0, Books(policy))


def state(*events: dict[str, object]) -> bytes:
    """Return the changelog value of ticket T1 after these events."""
    made = partition()
    made.apply("ticket_opened", decoded(*events), NOON_US)
    return made.dump(KEY)


OPENED = opened("T1", 0, event_id="a")
RESPONDED = responded("T1", 60, event_id="b")
OLDER, NEWER = state(OPENED), state(OPENED, RESPONDED)


def record(offset: int, key: bytes, value: bytes | None, epoch: int | None = None) -> ConsumerRecord:
    headers = () if epoch is None else tuple(epoch_headers(epoch))
    return ConsumerRecord("log", 0, offset, NOON_US // 1000, 0, key, value, None, len(key), len(value or b""), headers)


def claim(offset: int, worker: str = "w") -> ConsumerRecord:
    return record(offset, OWNER_KEY, OwnerRecord(worker, NOON_US).encode())


def test_the_offset_of_a_claim_is_the_epoch_of_its_owner() -> None:
    assert epoch_of(claim(41)) == 41
    assert epoch_of(record(50, KEY, OLDER, epoch=41)) == 41
    assert epoch_of(record(51, OWNER_KEY, OwnerRecord("w", 0, epoch=41).encode())) == 41
    assert epoch_of(record(52, KEY, OLDER)) < 0


def test_states_of_the_owner_in_force_are_loaded_and_need_no_rewriting() -> None:
    replay = Replay(held := partition())
    for each in (claim(0), record(1, KEY, OLDER, 0), record(2, KEY, NEWER, 0), claim(3), record(4, KEY, NEWER, 3)):
        replay.apply(each)
    assert held.dump(KEY) == NEWER
    assert (replay.foreign, replay.rewrite) == (0, set())


def test_a_state_written_by_a_replaced_owner_is_merged_and_marked() -> None:
    replay = Replay(held := partition())
    for each in (claim(0), claim(1), record(2, KEY, NEWER, 1), record(3, KEY, OLDER, 0)):
        replay.apply(each)
    assert held.dump(KEY) == NEWER
    assert (replay.foreign, replay.rewrite) == (1, {KEY})


def test_an_event_known_only_to_the_replaced_owner_is_kept() -> None:
    replay = Replay(held := partition())
    for each in (claim(0), claim(1), record(2, KEY, OLDER, 1), record(3, KEY, NEWER, 0)):
        replay.apply(each)
    assert orjson.loads(held.dump(KEY)) == orjson.loads(NEWER)


def test_a_tombstone_of_a_replaced_owner_removes_nothing() -> None:
    replay = Replay(held := partition())
    for each in (claim(0), claim(1), record(2, KEY, NEWER, 1), record(3, KEY, None, 0)):
        replay.apply(each)
    assert held.dump(KEY) == NEWER
    assert replay.rewrite == {KEY}


def test_a_tombstone_of_the_owner_in_force_removes() -> None:
    replay = Replay(held := partition())
    for each in (claim(0), record(1, KEY, NEWER, 0), record(2, KEY, None, 0)):
        replay.apply(each)
    held.advance(NOON_US)
    assert held.snapshot().counts["held"] == 0


def test_a_stale_state_right_after_the_claim_that_replaced_its_writer_is_told_apart() -> None:
    """The header of the last record must not be taken for valid once another owner has claimed the partition."""
    replay = Replay(partition())
    for each in (claim(0), record(1, KEY, OLDER, 0), claim(2), record(3, KEY, OLDER, 0)):
        replay.apply(each)
    assert (replay.foreign, replay.rewrite) == (1, {KEY})
