"""How far behind a partition is, by its lag and by the time of what was read last."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.core.unread import OLD_SECONDS, Unread
from stream.core.windows import SECOND_US
from stream.engine.process.counters import Counters
from stream.engine.reading.unread import LOOKS_AT_HISTORY, UnreadRecords
from tests.board.desks import totals
from tests.events import opened

NOW_US = 1_800_000_000 * SECOND_US
OPENED = ("ticket-opened", 0)
ANSWERED = ("ticket-response", 0)
# What the watermark says is another matter: it is at the present.
PART = replace(totals([opened("T1")]), watermark_us=NOW_US, as_of_us=NOW_US)


def _looked(counters: Counters, unread: UnreadRecords, after_seconds: float = 0) -> Unread | None:
    now_us = NOW_US + int(after_seconds * SECOND_US)
    unread.look(now_us)
    return unread.of(replace(PART, as_of_us=now_us, watermark_us=now_us))


def _applied(counters: Counters, seconds_ago: float) -> None:
    counters.applied_ms[OPENED] = int(NOW_US / 1000 - seconds_ago * 1000)


def test_nothing_unread_is_not_old_however_long_ago_the_last_record_came():
    counters = Counters(lag={OPENED: 0, ANSWERED: 0})
    _applied(counters, 3600)
    assert _looked(counters, UnreadRecords(counters)) == Unread(0, 0)


def test_at_the_start_the_record_read_last_says_how_old_the_next_is():
    counters = Counters(lag={OPENED: 12_345, ANSWERED: 0})
    unread = UnreadRecords(counters)
    _looked(counters, unread)
    _applied(counters, 40)
    found = _looked(counters, unread)
    assert found == Unread(12_345, 40)
    assert found.is_old


def test_a_record_after_a_quiet_hour_is_not_an_hour_old():
    counters = Counters(lag={OPENED: 0})
    unread = UnreadRecords(counters)
    _looked(counters, unread)
    _applied(counters, 3600)
    counters.lag[OPENED] = 1
    assert _looked(counters, unread, after_seconds=0.5) == Unread(1, 0.5)


def test_what_is_not_read_for_longer_than_ten_seconds_is_old():
    counters = Counters(lag={OPENED: 7})
    unread = UnreadRecords(counters)
    assert _looked(counters, unread) == Unread(7, 0)
    just, over = (_looked(counters, unread, after_seconds=OLD_SECONDS + more) for more in (0, 0.1))
    assert just is not None
    assert over is not None
    assert (just.is_old, over.is_old) == (False, True)


def test_what_is_left_to_read_is_unknown_while_the_broker_does_not_say():
    counters = Counters(lag={OPENED: 7, ANSWERED: None})
    unread = UnreadRecords(counters)
    assert _looked(counters, unread) is None
    counters.lag.clear()
    assert _looked(counters, unread) is None


def test_a_partition_that_comes_back_is_not_judged_by_what_was_read_of_it_before():
    counters = Counters(lag={OPENED: 7})
    unread = UnreadRecords(counters)
    _looked(counters, unread)
    _applied(counters, 600)
    counters.lag.clear()  # another worker has it
    _looked(counters, unread)
    counters.lag[OPENED] = 3
    assert _looked(counters, unread) == Unread(3, 0)


@pytest.mark.parametrize("timestamp_ms", [-1, 0])
def test_records_without_a_time_are_not_from_1970(timestamp_ms):
    counters = Counters(lag={OPENED: 7})
    unread = UnreadRecords(counters)
    _looked(counters, unread)
    counters.applied_ms[OPENED] = timestamp_ms
    assert _looked(counters, unread, after_seconds=2) == Unread(7, 2)


def test_history_that_is_read_is_as_old_as_its_events_whenever_it_was_written():
    counters = Counters(lag={OPENED: 0})
    unread = UnreadRecords(counters)
    _looked(counters, unread)
    counters.lag[OPENED] = 1200
    history = replace(PART, watermark_us=NOW_US - 3600 * SECOND_US)
    ages = []
    for _ in range(LOOKS_AT_HISTORY):
        unread.look(NOW_US)
        found = unread.of(history)
        assert found is not None
        ages.append(found.seconds)
    assert ages == [0, 0, 3600]


def test_the_desk_is_as_far_behind_as_its_slowest_partition_and_has_all_their_records():
    assert Unread.merge([Unread(3, 1), None, Unread(4, 50)]) == Unread(7, 50)
    assert Unread.merge([None]) is None
