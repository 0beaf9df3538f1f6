"""How far behind the group is: exact on both brokers, also where the broker answers wrongly."""

from __future__ import annotations

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete

from stream.broker import topics
from stream.broker.connection import admin
from stream.broker.lag import PartitionLag, read_lag
from tests.broker.clients import consume, member, produce
from tests.conftest import DeskSettings


async def test_without_topics_there_is_nothing_to_be_behind(desk_settings: DeskSettings) -> None:
    lag = await read_lag(desk_settings())
    assert (lag.partitions, lag.behind, lag.workers) == ((), 0, 0)


async def test_a_group_that_never_committed_is_behind_by_everything(desk_settings: DeskSettings) -> None:
    settings = desk_settings(partitions=2)
    await topics.ensure(settings)
    # Sent in few batches: the embedded broker's own answer about the end is short of most of a batch.
    await produce(settings, settings.topic_ticket_status, [(b"%d" % n, b"v") for n in range(300)])

    lag = await read_lag(settings)

    assert lag.behind == 300
    assert {p.topic for p in lag.partitions if p.end} == {settings.topic_ticket_status}
    assert all(p.committed is None and p.begin == 0 for p in lag.partitions)
    assert len(lag.partitions) == 6 * 2, "five sources and the repartition topic"


async def test_the_lag_counts_what_is_not_committed_and_the_members(desk_settings: DeskSettings) -> None:
    settings = desk_settings(partitions=1)
    await topics.ensure(settings)
    await produce(settings, settings.topic_survey, [(b"k", b"v")] * 50)
    async with member(settings, settings.topic_survey) as client:
        await consume(client, 50)
        await client.commit({TopicPartition(settings.topic_survey, 0): 20})
        lag = await read_lag(settings)

    assert (lag.workers, lag.behind, lag.group) == (1, 30, settings.app_id)
    [survey] = [p for p in lag.partitions if p.topic == settings.topic_survey]
    assert survey == PartitionLag(settings.topic_survey, 0, committed=20, begin=0, end=50)
    assert (survey.lost, survey.beyond) == (0, False)


@pytest.mark.kafka
@pytest.mark.parametrize("each_broker", ["kafka"], indirect=True)
async def test_records_that_were_deleted_before_they_were_read_are_counted_as_lost(
    desk_settings: DeskSettings,
) -> None:
    settings = desk_settings(partitions=1)
    await topics.ensure(settings)
    where = TopicPartition(settings.topic_survey, 0)
    await produce(settings, settings.topic_survey, [(b"k", b"v")] * 50)
    async with member(settings, settings.topic_survey) as client:
        await consume(client, 50)
        await client.commit({where: 20})
    async with admin(settings) as client:
        await client.delete_records({where: RecordsToDelete(before_offset=45)})

    lag = await read_lag(settings)

    [survey] = [p for p in lag.partitions if p.topic == settings.topic_survey]
    assert survey == PartitionLag(settings.topic_survey, 0, committed=20, begin=45, end=50)
    assert (survey.lost, survey.behind) == (25, 5)


def test_a_group_that_finished_more_than_there_is_is_beyond() -> None:
    """As after a topic was deleted and made again: nothing is read until it has grown past the old offset."""
    again = PartitionLag("survey", 0, committed=900, begin=0, end=10)
    assert again.beyond
    assert again.behind == 0
