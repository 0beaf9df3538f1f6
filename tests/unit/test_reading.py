"""Up to where the sources were delivered: what comes next is what was delivered last plus one, or is read again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiokafka import ConsumerRecord
from faust.types import TP

from stream.engine.process.counters import Counters
from stream.engine.reading.cutting import KEPT_BYTES, cut
from stream.engine.reading.delivered import Chunk, Reading
from stream.engine.reading.last_record import LastRecord, Resumption

OPENED, SURVEYS = TP("ticket-opened", 0), TP("survey", 0)


@pytest.fixture
def reading() -> Reading:
    """Two partitions, read from offset 10 and from the beginning."""
    reading = Reading(Counters())
    reading.begin({OPENED: 10, SURVEYS: 0}, {})
    return reading


def record(tp: TP, offset: int) -> ConsumerRecord:
    return ConsumerRecord(tp.topic, tp.partition, offset, 0, 0, b"k", b"v", None, 1, 1, ())


def take(reading: Reading, tp: TP, first: int, last: int, position: int | None = None) -> tuple[Chunk, bool]:
    records = [record(tp, offset) for offset in range(first, last + 1)]
    return reading.taken(tp, records, last + 1 if position is None else position)


def test_chunks_that_follow_each_other_are_delivered_and_numbered(reading: Reading) -> None:
    assert reading.astray({OPENED: 10, SURVEYS: 0}) == {}
    first, _ = take(reading, OPENED, 10, 19)
    second, _ = take(reading, OPENED, 20, 24)
    numbers = [found.number for chunk in (first, second) if (found := reading.deliver(OPENED, chunk)) is not None]
    assert numbers == [0, 1]
    assert reading.next(OPENED) == 25
    assert reading.next(SURVEYS) == 0


def test_a_chunk_behind_one_that_was_lost_is_not_delivered_and_the_client_is_sought_back(reading: Reading) -> None:
    reading.astray({OPENED: 10})
    take(reading, OPENED, 10, 19)  # lost on its way to the agent
    later, _ = take(reading, OPENED, 20, 24)
    assert reading.deliver(OPENED, later) is None
    assert reading.astray({OPENED: 25}) == {OPENED: 10}
    again, was_lost = take(reading, OPENED, 10, 24)
    assert was_lost
    assert reading.deliver(OPENED, again) is not None
    assert reading.next(OPENED) == 25


def test_records_that_are_lost_again_and_again_are_read_again_each_time(reading: Reading) -> None:
    for _ in range(3):
        assert reading.astray({OPENED: 10}) == {} or reading.next(OPENED) == 10
        take(reading, OPENED, 10, 19)
        assert reading.astray({OPENED: 20}) == {OPENED: 10}


def test_offsets_that_bring_no_record_when_they_are_read_again_are_passed_over(reading: Reading) -> None:
    """An aborted transaction, or the mark at the end of one."""
    assert reading.astray({OPENED: 13}) == {OPENED: 10}
    assert reading.astray({OPENED: 10}) == {}, "nothing has come yet: there may be records"
    assert reading.astray({OPENED: 13}) == {}
    assert reading.next(OPENED) == 13
    chunk, was_lost = take(reading, OPENED, 13, 13)
    assert not was_lost
    assert reading.deliver(OPENED, chunk) is not None


def test_offsets_without_a_record_between_and_behind_records_belong_to_the_chunk(reading: Reading) -> None:
    chunk, _ = take(reading, OPENED, 12, 14, position=16)
    delivered = reading.deliver(OPENED, chunk)
    assert delivered is not None
    assert (delivered.start, delivered.end) == (10, 16)
    assert reading.astray({OPENED: 16}) == {}


def test_what_comes_from_before_a_rebalance_is_not_delivered_after_it(reading: Reading) -> None:
    before, _ = take(reading, OPENED, 10, 19)
    reading.end()
    assert reading.deliver(OPENED, before) is None
    in_flight, _ = take(reading, OPENED, 20, 24)
    assert reading.deliver(OPENED, in_flight) is None
    reading.begin({OPENED: 15}, {})
    assert reading.deliver(OPENED, before) is None
    chunk, was_lost = take(reading, OPENED, 15, 24)
    assert not was_lost
    delivered = reading.deliver(OPENED, chunk)
    assert delivered is not None
    assert delivered.number == 0


def test_a_client_that_reads_too_far_back_is_sought_forward_to_where_it_was_delivered(reading: Reading) -> None:
    assert reading.astray({OPENED: 3}) == {OPENED: 10}


def test_reading_goes_on_where_the_log_begins_after_records_were_deleted(reading: Reading) -> None:
    reading.move(OPENED, 50)
    assert reading.astray({OPENED: 50}) == {}
    chunk, _ = take(reading, OPENED, 50, 59)
    assert reading.deliver(OPENED, chunk) is not None


def test_a_partition_that_is_not_read_is_not_moved(reading: Reading) -> None:
    elsewhere = TP("ticket-opened", 7)
    reading.move(elsewhere, 5)
    assert reading.next(elsewhere) is None
    assert reading.astray({elsewhere: 9}) == {}


def test_after_a_commit_the_record_before_it_is_read_first_and_not_delivered(reading: Reading) -> None:
    before = LastRecord.of(record(OPENED, 9))
    reading.begin({OPENED: 12}, {OPENED: before})  # the mark of a transaction lies between
    assert reading.next(OPENED) == 9
    assert reading.resumed[OPENED].is_same(record(OPENED, 9))
    reading.resume(OPENED)
    assert (reading.next(OPENED), reading.resumed) == (12, {})


def test_a_commit_whose_record_is_gone_is_read_on_from(reading: Reading) -> None:
    reading.begin({OPENED: 10}, {OPENED: LastRecord.of(record(OPENED, 9))})
    assert reading.astray({OPENED: 10}) == {OPENED: 9}
    assert reading.astray({OPENED: 10}) == {}, "there is no record at 9 any more, as after compaction"
    assert (reading.next(OPENED), reading.resumed) == (10, {})


def resumption(committed: int = 12) -> Resumption:
    return Resumption(committed, LastRecord.of(record(OPENED, 9)))


@pytest.mark.parametrize(
    ("first", "same"),
    [
        (record(OPENED, 9), True),
        (replace(record(OPENED, 9), value=b"other"), False),
        (replace(record(OPENED, 9), key=None), False),
        (replace(record(OPENED, 9), timestamp=1), False),
        (record(OPENED, 11), False),  # between the record and the commit there was none
        (record(OPENED, 12), True),  # the record is gone
    ],
)
def test_a_log_is_another_one_if_another_record_is_before_the_commit(first: ConsumerRecord, same: bool) -> None:
    assert resumption().is_same(first) is same


def test_of_a_record_that_is_cut_the_same_is_compared_as_of_the_whole_one() -> None:
    whole = replace(record(OPENED, 9), value=b"v" * (KEPT_BYTES + 1), serialized_value_size=KEPT_BYTES + 1)
    assert LastRecord.of(cut(whole)) == LastRecord.of(whole)


@pytest.mark.parametrize(("log_end", "start"), [(None, 9), (13, 9), (10, 9), (9, 12), (3, 12)])
def test_a_log_that_ends_before_the_record_is_asked_for_the_committed_offset(log_end: int | None, start: int) -> None:
    """Which a log that is too short has not got, so that the broker says so."""
    assert resumption().start(log_end) == start
