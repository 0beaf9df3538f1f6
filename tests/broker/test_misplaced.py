"""Where the group stands is judged by rules that the workers and `deskpulse check` share."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from aiokafka import TopicPartition

from stream.broker.lag import GroupLag, PartitionLag
from stream.broker.misplaced import Misplacement, misplaced
from stream.engine.process.counters import Counters
from stream.engine.process.watch import Watch
from stream.settings import load_settings

SETTINGS = load_settings(broker="kafka:9092", partitions=2, app_id="desk")
DAY_MS = 86_400_000


def _place(number: int, *, committed: int | None = 10, begin: int = 0, end: int = 10) -> PartitionLag:
    return PartitionLag("survey", number, committed, begin, end)


def _group(*places: PartitionLag, unowned: int | None = None, workers: int = 2, state: str = "Stable") -> GroupLag:
    """A group whose workers have all partitions but one."""
    assigned = frozenset(TopicPartition(place.topic, place.partition) for place in places if place.partition != unowned)
    return GroupLag("desk", state, workers, places, assigned if state == "Stable" else None, {"survey": 3 * DAY_MS})


ALL_WELL = _group(_place(0), _place(1))


def test_a_group_that_stands_well_has_nothing_wrong() -> None:
    assert misplaced(SETTINGS, ALL_WELL) == []
    assert misplaced(SETTINGS, _group(_place(0, committed=None), _place(1))) == []


def test_partitions_beyond_the_setting_are_grown_and_not_unowned_as_well() -> None:
    [found] = misplaced(SETTINGS, _group(_place(0), _place(1), _place(2, committed=None, end=7), unowned=2))
    assert (found.problem, found.topic, found.partitions) == (Misplacement.GROWN, "survey", (2,))
    assert "has 3 partitions while the setting partitions is 2: 7 records" in found.text
    assert "DESKPULSE_PARTITIONS=3 DESKPULSE_APP_ID=desk-3" in found.fix


def test_a_partition_that_no_worker_was_given_is_unowned_unless_they_are_being_shared_out() -> None:
    places = _place(0), _place(1, committed=4)
    [found] = misplaced(SETTINGS, _group(*places, unowned=1))
    assert (found.problem, found.which) == (Misplacement.UNOWNED, "partition 1")
    assert found.text == "the group desk has 2 workers and none of them was given it: 6 records wait unread"
    assert misplaced(SETTINGS, _group(*places, unowned=1, state="PreparingRebalance")) == []
    assert misplaced(SETTINGS, _group(*places, unowned=1, workers=0)) == []


def test_records_that_were_deleted_unread_are_counted_with_the_retention_that_keeps_them() -> None:
    [found] = misplaced(SETTINGS, _group(_place(0, committed=2, begin=5), _place(1, committed=0, begin=4)))
    assert (found.problem, found.which) == (Misplacement.DELETED, "partitions 0, 1")
    assert found.text.startswith("7 records were deleted before the group desk read them")
    assert found.fix.endswith(f"retention.ms={7 * DAY_MS}")


def test_an_offset_beyond_the_end_is_told_for_each_partition() -> None:
    found = misplaced(SETTINGS, _group(_place(0, committed=11), _place(1, committed=12)))
    assert [(each.problem, each.partitions) for each in found] == [
        (Misplacement.BEYOND, (0,)),
        (Misplacement.BEYOND, (1,)),
    ]
    assert "--topic survey:1 --reset-offsets --to-earliest" in found[1].fix


def test_many_partitions_are_not_all_named() -> None:
    settings = load_settings(broker="kafka:9092", partitions=1)
    [found] = misplaced(settings, _group(*(_place(number) for number in range(100))))
    assert found.which == "99 partitions from 1 to 99"


@pytest.fixture
def watched(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> tuple[Watch, Counters]:
    """A watch, whose log is listened to."""
    monkeypatch.setattr(logging.getLogger("deskpulse"), "propagate", True)
    caplog.set_level(logging.INFO, "deskpulse.engine")
    counters = Counters()
    return Watch(SETTINGS, counters, lambda: True), counters


def test_the_watch_says_once_what_is_wrong_and_once_that_it_is_over(
    watched: tuple[Watch, Counters], caplog: pytest.LogCaptureFixture
) -> None:
    watch, counters = watched
    lost = replace(ALL_WELL, partitions=(_place(0, committed=2, begin=5), _place(1)))
    for group in (ALL_WELL, lost, lost):
        watch.saw(group)
    assert counters.misplaced["survey", "deleted"] == 1
    watch.saw(ALL_WELL)
    assert counters.misplaced["survey", "deleted"] == 0
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert said[0].startswith("topic survey, partition 0: 3 records were deleted before the group desk read them")
    assert "kafka-configs.sh" in said[0]
    assert said[1] == "topic survey: no partition is deleted any more"


def test_the_watch_believes_that_a_partition_has_no_worker_at_the_second_look(
    watched: tuple[Watch, Counters], caplog: pytest.LogCaptureFixture
) -> None:
    watch, counters = watched
    without = _group(_place(0), _place(1), unowned=1)
    watch.saw(without)
    assert counters.misplaced["survey", "unowned"] == 0
    watch.saw(ALL_WELL)
    watch.saw(without)
    assert not caplog.records
    watch.saw(without)
    assert counters.misplaced["survey", "unowned"] == 1
    assert "none of them was given it" in caplog.text
