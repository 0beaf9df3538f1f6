"""What a worker makes of its own numbers and what the others tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from schemas.codec import key_of
from stream.core.labels import LabelBook
from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner, Policy
from stream.core.snapshot import Totals
from stream.core.windows import SECOND_US
from stream.engine.desk.desk import Desk, DeskSnapshot
from stream.engine.desk.live_counts import DESK_HEADER, EPOCH_HEADER, PERIOD_HEADER, WORKER_HEADER, LiveReader
from stream.engine.desk.neighbours import Neighbours
from stream.engine.process.counters import Counters
from stream.numbers.registry import MEANINGS
from stream.partition.books import Books
from stream.partition.live_counts import Author, counted_by, live_counts_from_json, live_counts_to_json
from stream.partition.partition import Partition
from stream.report.document import report
from stream.settings import load_settings
from tests.events import NOON_US, decoded, opened
from tests.served import STORY

NOW_US = NOON_US + 1000 * SECOND_US
POLICY = Policy(partitions=3, partitioner=Partitioner.MURMUR2)


class World:
    """Three partitions; the first is ours."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.counters = Counters()
        self.neighbours = Neighbours("we", 1.0, self.counters, monotonic=lambda: self.seconds)
        self.desk = Desk("we", self.neighbours)
        self.partitions = [Partition(n, Books(POLICY, LabelBook(POLICY.labels, 50))) for n in range(3)]
        for event in decoded(*STORY):
            number = partition_of(key_of(event).encode(), 3, Partitioner.MURMUR2)
            assert number is not None
            self.partitions[number].apply("t", [event], NOON_US)

    def at(self, second: int) -> list[Totals]:
        for partition in self.partitions:
            partition.advance(NOW_US + second * SECOND_US)
        return [partition.snapshot() for partition in self.partitions]

    def tell(
        self, part: Totals, worker: str = "they", policy: Policy = POLICY, period_seconds: float | None = None
    ) -> None:
        self.neighbours.hear(part.partitions[0], record(part, worker, policy), period_seconds)

    def snapshot(self, *own: list[Totals]) -> DeskSnapshot:
        found = self.desk.snapshot(object(), own, POLICY)
        assert found is not None
        return found


def record(part: Totals, worker: str = "they", policy: Policy = POLICY) -> bytes:
    return live_counts_to_json(part, policy, Author("desk", worker, counted_by(policy)), None)


def numbers(totals: Totals) -> dict[str, Any]:
    return report(totals, POLICY)


def test_a_record_says_all_that_the_numbers_of_a_partition_do():
    for part in World().at(0):
        told = live_counts_from_json(record(part))
        assert told.totals == part
        assert (told.worker, told.partitions) == ("they", 3)


def test_a_record_says_when_the_latest_breaches_began_and_one_of_an_older_worker_can_be_read_too():
    world = World()
    number = partition_of(b"late", 3, Partitioner.MURMUR2)
    assert number is not None
    world.partitions[number].apply("t", decoded(opened("late", 1000 - 150, channel="chat")), NOON_US)
    part = world.at(0)[number]
    value = record(part)

    def lately(value: bytes) -> list[dict[int, int]]:
        queues = live_counts_from_json(value).totals.queues.values()
        return [queue.first.lately_breached for queue in queues if queue.first.lately_breached]

    assert lately(value) == [{NOW_US // SECOND_US - 30: 1}]
    document = orjson.loads(value)
    for queue in document["queues"]:
        del queue["lately_breached"], queue["bands"], queue["reply"]
    assert lately(orjson.dumps(document)) == []


def test_what_changes_what_a_number_means_changes_the_digest():
    assert counted_by(replace(POLICY)) == counted_by(POLICY)
    assert counted_by(replace(POLICY, nps_min_n=10)) != counted_by(POLICY)


def test_the_desk_is_the_sum_of_all_partitions_at_the_last_second_that_all_have_told_of():
    world = World()
    before, now = world.at(0), world.at(1)
    for part in (before[1], before[2], now[2]):
        world.tell(part)
    found = world.snapshot([before[0]], [now[0]])
    assert numbers(found.totals) == numbers(Totals.merge(before))
    assert {source.as_of_us for source in found.sources} == {NOW_US}
    assert [source.worker for source in found.sources] == ["we", "they", "they"]
    assert found.missing == ()


def test_a_partition_that_nobody_tells_of_for_five_seconds_is_missing():
    world = World()
    one, two, three = world.at(0)
    world.tell(two)
    assert world.snapshot([one]).missing == (2,)
    world.seconds = 4.9
    world.tell(three)
    assert world.snapshot([one]).missing == ()
    world.seconds = 5.1
    found = world.snapshot([one])
    assert found.missing == (1,)
    assert numbers(found.totals) == numbers(Totals.merge([one, three]))
    assert world.neighbours.silent(3, [0]) == [1]


def test_anyone_who_writes_less_often_may_be_silent_for_longer_and_numbers_are_stale_as_late():
    world = World()
    one, two, three = world.at(0)
    world.tell(two, period_seconds=10)
    world.tell(three, period_seconds=1)
    world.seconds = 24.9
    (now,) = (part for part in world.at(25) if part.partitions == one.partitions)
    found = world.snapshot([now])
    assert found.missing == (2,)
    assert {source.partition: source.valid_seconds for source in found.sources} == {0: 5, 1: 25}
    assert found.valid_until_us == NOW_US + 25 * SECOND_US
    assert found.behind == ()
    (later,) = (part for part in world.at(26) if part.partitions == one.partitions)
    assert world.snapshot([later]).behind == (1,)
    world.seconds = 25.1
    assert world.snapshot([later]).missing == (1, 2)


def test_anyone_who_does_not_say_how_often_they_write_is_thought_to_do_as_we_do():
    world = World()
    world.neighbours = Neighbours("we", 4.0, world.counters, monotonic=lambda: world.seconds)
    world.tell(world.at(0)[1])
    world.seconds = 9.9
    assert world.neighbours.silent(3, [0]) == [2]
    world.seconds = 10.1
    assert world.neighbours.silent(3, [0]) == [1, 2]


@pytest.mark.parametrize(
    ("header", "valid_seconds"),
    [
        *((b"1.000", 5), (b"30.000", 75), (b"600", 1500)),
        # What cannot be meant, and what is not said, leaves it at our own period, which is 4 s here.
        *((None, 10), (b"", 10), (b"often", 10), (b"0", 10), (b"-3", 10), (b"nan", 10), (b"601", 10), (b"1e308", 10)),
    ],
)
async def test_what_a_record_says_of_its_period_is_believed_if_it_can_be(header, valid_seconds):
    world = World()
    world.neighbours = Neighbours("we", 4.0, world.counters, monotonic=lambda: world.seconds)

    async def records() -> AsyncIterator[SimpleNamespace]:
        headers = [] if header is None else [(PERIOD_HEADER, header)]
        yield SimpleNamespace(key=b"1", value=record(world.at(0)[1]), headers=headers)

    await LiveReader(world.neighbours, load_settings(), world.counters)._read_on(records())  # type: ignore[arg-type]
    world.seconds = valid_seconds - 0.1
    assert world.neighbours.silent(3, [0]) == [2]
    world.seconds = valid_seconds + 0.1
    assert world.neighbours.silent(3, [0]) == [1, 2]


@pytest.mark.parametrize(("app_id", "warnings"), [("deskpulse", 1), ("billing", 0)])
async def test_a_desk_with_the_default_name_warns_once_when_there_is_another(app_id, warnings, caplog):
    world = World()

    async def records() -> AsyncIterator[SimpleNamespace]:
        for _ in range(3):
            yield SimpleNamespace(key=b"1", value=record(world.at(0)[1]), headers=[(DESK_HEADER, b"other")])

    settings = load_settings().model_copy(update={"app_id": app_id})
    with caplog.at_level("WARNING"):
        await LiveReader(world.neighbours, settings, world.counters)._read_on(records())  # type: ignore[arg-type]
    assert [each.getMessage().startswith("desk other writes") for each in caplog.records] == [True] * warnings


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda told: told["tickets"].pop("5m"), "tickets: got "),
        (lambda told: told["windows"].clear(), "windows: got nothing"),
        (lambda told: told["counts"].pop("held"), "counts: got "),
        (lambda told: told["tenure"]["ages"].clear(), "tenure.ages: got nothing"),
        (lambda told: told["history"]["weeks"].pop(), "history.weeks: got "),
        (lambda told: told["labels"].__setitem__(0, []), "labels: each combination has at least"),
        (lambda told: told["tickets"]["all"].__setitem__("first_response", [[0, 9999, 1]]), "there are the buckets"),
        (lambda told: told["tickets"]["all"].__setitem__("first_response", [[0, 3, -1]]), "there are the buckets"),
        (lambda told: told["tickets"]["all"].__setitem__("first_response", [[-1, 1]]), "labels: a number refers"),
        (lambda told: told["queues"][0]["waits"].append([-7, 1]), "there are the buckets"),
        (lambda told: told["queues"][0].pop("reply"), "queues.reply.wait_le: got nothing"),
        (lambda told: told["queues"][0]["sla"].pop("breached"), "queues.first.sla: got "),
        (lambda told: told["queues"][0]["reply"]["bands"].update(soon=1), "queues.reply.bands: got "),
        (lambda told: told["queues"][0]["wait_le"].pop(), "queues.first.wait_le: got "),
        (lambda told: told["queues"][0]["states"].clear(), "queues.states: got nothing"),
        (lambda told: told["queues"][0]["ages"].clear(), "queues.ages: got nothing"),
        (lambda told: told["queues"][0]["longer_than"].clear(), "queues.longer_than: got nothing"),
        (lambda told: told["history"]["weeks"][0]["responses"].append([3, -1]), "there are the buckets"),
    ],
)
def test_numbers_that_are_not_of_the_shape_of_ours_are_left_out_and_said_once(change, why, caplog):
    """Else a record that is wrong, by mistake or on purpose, would keep every worker from showing any number."""
    world = World()
    one, two, three = world.at(0)
    document = orjson.loads(record(three))
    change(document)
    world.tell(two)
    with caplog.at_level("WARNING"):
        for _ in range(2):
            world.neighbours.hear(2, orjson.dumps(document))
        for _ in range(2):
            assert world.snapshot([one]).missing == (2,)
    numbers(world.snapshot([one]).totals)
    assert set(world.counters.live_counts) <= {"forged", "unreadable"}
    assert why in caplog.text


async def test_an_epoch_of_thousands_of_digits_ends_no_worker():
    world = World()
    part = world.at(0)[2]

    async def records() -> AsyncIterator[SimpleNamespace]:
        for digits in (5000, 1):
            headers = [(EPOCH_HEADER, b"9" * digits), (WORKER_HEADER, b"they")]
            yield SimpleNamespace(key=b"2", value=record(part), headers=headers)

    await LiveReader(world.neighbours, load_settings(), world.counters)._read_on(records())  # type: ignore[arg-type]
    assert world.snapshot([world.at(0)[0]]).missing == (1,)


def test_numbers_by_other_definitions_are_not_added_up():
    world = World()
    one, two, three = world.at(0)
    world.tell(two)
    world.tell(three, policy=replace(POLICY, nps_min_n=10))
    assert world.snapshot([one]).missing == (2,)


def test_our_own_numbers_count_even_where_another_still_tells_of_the_partition():
    world = World()
    before, now = world.at(0), world.at(3)
    world.tell(before[0])
    found = world.snapshot([now[0]])
    assert found.totals.as_of_us == now[0].as_of_us
    assert found.missing == (1, 2)


def test_what_we_told_ourselves_before_we_lost_a_partition_is_not_taken_for_anothers():
    world = World()
    one, two, _ = world.at(0)
    world.tell(two, worker="we")
    assert world.snapshot([one]).missing == (1, 2)


def test_a_worker_without_partitions_shows_those_of_the_others():
    world = World()
    assert world.desk.snapshot("nothing yet", [], POLICY) is None
    for part in world.at(0):
        world.tell(part)
    assert numbers(world.snapshot().totals) == numbers(Totals.merge(world.at(0)))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 2}, "version: Input should be less than or equal to 1"),
        ({"as_of": "yesterday"}, "as_of"),
        ({"labels": []}, "labels: a number refers to a combination that is not in the list"),
        ({"counts": {"held": "many"}}, "counts.held"),
    ],
)
def test_a_record_that_is_none_says_where_and_why(change, why):
    part = World().at(0)[0]
    with pytest.raises(ValueError, match=why):
        live_counts_from_json(orjson.dumps(orjson.loads(record(part)) | change))


def test_what_cannot_be_read_is_counted_once_and_leaves_its_partition_missing(caplog):
    world = World()
    one, two, _ = world.at(0)
    world.neighbours.hear(2, record(two))
    for _ in range(2):
        assert world.snapshot([one]).missing == (1, 2)
    assert world.counters.live_counts == {"unreadable": 1}
    assert "partition 2 cannot be read: it is of partition 1, its key is 2" in caplog.text


def test_a_later_record_may_have_fields_that_are_not_known_yet():
    part = World().at(0)[0]
    value = orjson.dumps(orjson.loads(record(part)) | {"mood": "good"})
    assert live_counts_from_json(value).totals == part


def test_the_others_are_awaited_until_they_have_told_of_this_second():
    world = World()
    parts = world.at(0)
    assert not world.neighbours.awaited((0,), since=0.0)  # nobody was ever heard of
    for second in (0.2, 1.2):
        world.seconds = second
        world.tell(parts[1])
        world.tell(parts[2], period_seconds=4.0)
    assert world.neighbours.awaited((0,), since=2.0)
    assert not world.neighbours.awaited((0, 1), since=2.0)  # one that tells every four seconds is not due
    world.seconds = 2.1
    world.tell(parts[1])
    assert not world.neighbours.awaited((0,), since=2.0)
    world.seconds = 5.0
    assert world.neighbours.awaited((0, 1), since=5.0)


def test_who_has_fallen_silent_is_not_awaited_for_ever():
    world = World()
    world.tell(world.at(0)[1])
    world.seconds = 5.1
    assert not world.neighbours.awaited((0,), since=5.0)


def test_numbers_of_another_meaning_or_by_other_settings_are_missing_and_it_is_said_why(caplog):
    world = World()
    one, two, three = world.at(0)
    world.tell(two, policy=replace(POLICY, nps_min_n=10))
    later = orjson.loads(record(three)) | {"counted_by": "another"}
    later["meanings"] |= {"flow": MEANINGS["flow"] + 1, "happiness": 3}
    del later["meanings"]["quality"]
    world.neighbours.hear(2, orjson.dumps(later))
    found = world.snapshot([one])
    assert found.missing == (1, 2)
    assert [each[:3] for each in found.incomparable] == [(1, "they", "settings"), (2, "they", "meaning")]
    said = (
        "partition 2 is counted by they by other definitions: flow (version 2, here version 1), "
        "quality (not counted, here version 1), happiness (version 3, here not counted): it is not added up"
    )
    assert said in caplog.text


def test_a_record_of_before_meanings_were_told_is_not_comparable():
    world = World()
    one, two, three = world.at(0)
    world.tell(two)
    before = orjson.loads(record(three)) | {"counted_by": "the digest of then"}
    del before["meanings"]
    world.neighbours.hear(2, orjson.dumps(before))
    (found,) = world.snapshot([one]).incomparable
    assert (found.reason, found.differing.count("not counted, here version")) == ("meaning", len(MEANINGS))


def test_only_the_owner_is_heard_and_one_with_a_newer_epoch_replaces_it(caplog):
    world = World()
    one, two, _ = world.at(0)

    def tell(worker: str, author: tuple[int, str] | None) -> str:
        world.neighbours.hear(1, record(two, worker), None, author)
        return world.snapshot([one]).sources[-1].worker

    assert tell("a", (7, "a")) == "a"
    assert tell("forger", (7, "forger")) == "a"
    assert tell("forger", (3, "forger")) == "a"
    assert tell("forger", None) == "a"
    assert world.counters.live_counts == {"forged": 3}
    assert (
        "live counts of partition 1 are ignored: it is by forger, epoch 7, and the owner is a, epoch 7" in caplog.text
    )
    assert tell("b", (9, "b")) == "b"
    world.seconds = 5.1  # silent: the changelog may have been created again, with lower epochs
    assert tell("c", (2, "c")) == "c"


async def test_live_counts_of_a_partition_that_the_desk_has_not_are_ignored(caplog):
    world = World()

    async def records() -> AsyncIterator[SimpleNamespace]:
        for key in (b"4", b"-1", b"99999999"):
            yield SimpleNamespace(key=key, value=record(world.at(0)[1]), headers=[])

    await LiveReader(world.neighbours, load_settings(), world.counters)._read_on(records())  # type: ignore[arg-type]
    assert world.counters.live_counts == {"forged": 3}
    assert "partition b'99999999' are ignored: the desk has partitions 0 to 3" in caplog.text
