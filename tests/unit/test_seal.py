"""The seal accounts for what was forgotten, also when it has to be written again."""

from __future__ import annotations

import zlib

import orjson
import pytest

from stream.core.histogram import Buckets
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.windows import DAY_US, SECOND_US
from stream.numbers.first_response import CALENDAR
from stream.numbers.meaning import differences, oldest
from stream.numbers.registry import MEANINGS, archived
from stream.partition.books import Books
from stream.partition.forgetting import SWEEP_US
from stream.partition.keys import SEAL_KEY
from stream.partition.live_counts import Author, live_counts_from_json, live_counts_to_json
from stream.partition.partition import Partition
from stream.partition.seal import Added, Seal, next_seal
from stream.report.document import report
from tests.events import NOON_US, decoded, opened, responded, status

POLICY = Policy()
LATER_US = NOON_US + 40 * DAY_US


def _partition() -> Partition:
    return Partition(0, Books(POLICY))


def _with_one_forgotten() -> Partition:
    partition = _partition()
    over = [opened("T", 0), responded("T", 60), status("T", 90, "closed")]
    partition.apply("t", decoded(*over, opened("open")), NOON_US)
    partition.advance(LATER_US)
    eviction = partition.evict(10)
    assert eviction is not None
    assert eviction.keys == (b"t:T",)
    partition.evicted(eviction)
    return partition


def test_a_seal_that_is_dumped_and_loaded_again_says_the_same():
    partition = _with_one_forgotten()
    heir = _partition()
    for key in (SEAL_KEY, b"t:open"):
        heir.load(key, partition.dump(key), LATER_US)
    heir.advance(LATER_US)
    expected, got = (report(p.snapshot(), POLICY) for p in (partition, heir))
    assert got["tickets"] == expected["tickets"] == {"held": 1, "opened": 2, "without_opening": 0, "retracted": 0}
    assert got["first_response"] == expected["first_response"]


def test_a_seal_is_read_under_other_labels_and_other_buckets_than_it_was_written_with():
    sealed = _with_one_forgotten().dump(SEAL_KEY)
    other = Policy(labels=("queue", "brand"), buckets=Buckets((45 * SECOND_US, 90 * SECOND_US)))
    heir = Partition(0, Books(other, LabelBook(other.labels, 10)))
    heir.load(SEAL_KEY, sealed, LATER_US)
    heir.advance(LATER_US)
    rows = [r for r in report(heir.snapshot(), other)["first_response"] if r["window"] == "all" and r["n"]]
    assert {tuple(row["labels"].items()) for row in rows} == {
        *((), (("queue", "unknown"),), (("brand", "unknown"),), (("queue", "unknown"), ("brand", "unknown")))
    }
    assert all(row["le"] == {"45": 0, "90": 1, "+Inf": 1} and row["sum_seconds"] == 60 for row in rows)


def test_archived_totals_keep_the_oldest_version_of_each_number_they_hold():
    sealed = Seal(generation=3, meanings={**MEANINGS, "flow": 0}).to_bytes(POLICY)
    of_before = orjson.dumps(orjson.loads(zlib.decompress(sealed)) | {"meanings": {}})
    before = Seal.from_bytes(zlib.compress(of_before), POLICY)
    here = archived(POLICY)
    differing = differences({name: before.meanings.get(name, 0) for name in here}, here)
    assert "first_response (version 1, here version 2)" in differing
    assert "second_response (not counted, here version 2)" in differing
    read = next_seal(Seal.from_bytes(sealed, POLICY), (), Added({}, {}, {}), POLICY)
    assert differences(read.meanings, MEANINGS) == "flow (not counted, here version 1)"
    assert next_seal(Seal(), (), Added({}, {}, {}), POLICY).meanings == MEANINGS
    assert oldest({"flow": 1}, {"flow": 2, "new": 1}) == {"flow": 1, "new": 0}


def test_an_event_that_may_be_of_a_forgotten_ticket_is_counted_and_not_applied():
    partition = _with_one_forgotten()
    outcome = partition.apply("t", decoded(opened("T", 0), opened("new", 3600)), LATER_US)
    assert (outcome.applied, outcome.late, outcome.late_dropped) == (1, 0, 1)


def test_an_older_seal_changes_nothing():
    partition = _with_one_forgotten()
    before = partition.dump(SEAL_KEY)
    partition.load(SEAL_KEY, Seal().to_bytes(POLICY), LATER_US)
    assert partition.dump(SEAL_KEY) == before


def test_history_is_not_forgotten_while_it_is_being_loaded():
    partition = _partition()
    partition.apply("t", decoded(opened("T"), status("T", 9, "closed")), LATER_US)  # it came just now
    partition.advance(LATER_US)
    assert partition.evict(10) is None


def test_tickets_are_looked_at_in_small_steps_and_once_an_hour():
    partition = _partition()
    for i in range(10):
        partition.apply("t", decoded(opened(f"T{i}"), status(f"T{i}", 9, "closed")), NOON_US)
    partition.advance(LATER_US)
    assert partition.evict(6) is None
    partition.apply("t", decoded(responded("T0", 60)), LATER_US)  # heard of again, meanwhile
    eviction = partition.evict(6)
    assert eviction is not None
    assert len(eviction.keys) == 9
    partition.evicted(eviction)
    assert partition.evict(6) is None
    partition.advance(LATER_US + SWEEP_US)
    assert partition.evict(6) is None  # T0 is held on


def test_the_seal_of_a_desk_of_years_fits_into_a_record():
    cells = {
        (measure, ("email", "normal", f"queue-{queue}"), bucket): bucket * 977 + queue
        for measure in (CALENDAR.measure("response"), CALENDAR.measure("opened"))
        for queue in range(200)
        for bucket in range(200, 700)
    }
    seal = Seal(1, NOON_US, cells, {}, {"opened": 10_000_000}, tuple(b"t:%032d" % i for i in range(5_000)))
    written = seal.to_bytes(POLICY)
    assert len(written) < 4_000_000
    assert Seal.from_bytes(written, POLICY) == seal


@pytest.mark.parametrize(
    "strange",
    [
        {"generation": "1"},
        {"generation": 1.5},
        {"horizon_us": []},
        {"horizon_us": 1 << 62},
        {"tickets": [[7, ["chat", "q", "b"], -2, 1]]},
        {"tickets": [["m", ["chat", "q", "b"], -1, 1.5]]},
        {"tickets": [["m", ["chat", "q", "b"], -3, 1]]},
        {"surveys": [["m", ["chat", 7, "b"], -2, 1]]},
        {"surveys": [["m", ["chat", "q", "b"], "x", 1]]},
        {"categories": {"opened": "x"}},
        {"categories": 1.5},
        {"evicted": [7]},
        {"meanings": {"nps": "x"}},
    ],
    ids=repr,
)
def test_a_seal_that_no_worker_wrote_is_refused_and_nothing_is_forgotten_by_it(strange):
    whole = _partition()
    whole.apply("t", decoded(opened("T", 0), status("T", 90, "closed")), NOON_US)
    value = whole.dump(b"t:T")
    whole.advance(LATER_US)
    eviction = whole.evict(10)
    assert eviction is not None
    written = orjson.loads(zlib.decompress(eviction.seal_value))
    heir = _partition()
    heir.load(b"t:T", value, NOON_US)
    with pytest.raises(ValueError, match=next(iter(strange))):
        heir.load(SEAL_KEY, zlib.compress(orjson.dumps(written | strange)), LATER_US)
    assert heir.dump(b"t:T") == value
    assert heir.seal == Seal()


def test_sums_over_64_bits_are_sealed_and_told_exactly():
    """A connector that takes an unknown opening for 1970 makes such sums of some thousand tickets."""
    partition = _partition()
    for i in range(3_000):
        over = [opened(f"T{i}", 0), responded(f"T{i}", 0), status(f"T{i}", 1, "closed")]
        for event, at in zip(
            over, ("1970-01-01T00:00:00Z", "2180-01-01T00:00:00Z", "2180-01-01T00:00:00Z"), strict=True
        ):
            event["occurred_at"] = at
        partition.apply("t", decoded(*over), NOON_US)
    partition.advance(NOON_US + 165 * 365 * DAY_US)
    totals = partition.snapshot()
    expected = totals.tickets["all"].cells
    assert max(expected.values()) > 1 << 64
    told = live_counts_from_json(live_counts_to_json(totals, POLICY, Author("desk", "worker", "1"), None))
    assert told.totals.tickets["all"].cells == expected
    eviction = partition.evict(10_000)
    assert eviction is not None
    assert len(eviction.keys) == 3_000
    assert Seal.from_bytes(eviction.seal_value, POLICY).tickets == expected
