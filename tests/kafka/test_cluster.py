"""Commands on a cluster of three brokers, each of which learns of a change at a moment of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from stream.broker.topics import Outcome, ensure, report
from tests.conftest import DeskSettings
from tests.torture.cluster import Cluster, running_cluster

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

DESKS = 12


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def broker(cluster: Cluster) -> str:
    return cluster.address()


async def test_topics_that_were_created_are_known_to_every_broker_when_creating_them_returns(
    desk_settings: DeskSettings,
) -> None:
    for _ in range(DESKS):
        settings = desk_settings(partitions=3, replication_factor=3)
        ensured = await ensure(settings)
        assert {result.outcome for result in ensured} == {Outcome.CREATED}
        seen = await asyncio.gather(*(report(settings) for _ in range(4)))  # each asks a broker at random
        assert [finding for found in seen for finding in found.findings] == []
