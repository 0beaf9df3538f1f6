"""Long runs: on an embedded broker of their own, so that what they leave in memory goes with it, or on Kafka."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stream.broker.embedded import EmbeddedBroker


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of the broker under test."""
    if request.param == "kafka":
        yield request.getfixturevalue("kafka_server").address()
        return
    with EmbeddedBroker() as running:
        yield running.address
