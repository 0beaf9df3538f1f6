"""Long runs with a broker of their own, so that what they leave behind in memory goes with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stream.broker.embedded import EmbeddedBroker


@pytest.fixture
def broker() -> Iterator[str]:
    """Address of a broker for this test alone."""
    with EmbeddedBroker() as running:
        yield running.address
