"""Long runs: on an embedded broker of their own, so that what they leave in memory goes with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stream.broker.embedded import EmbeddedBroker


@pytest.fixture
def broker() -> Iterator[str]:
    """Address of the broker under test."""
    with EmbeddedBroker() as running:
        yield running.address
