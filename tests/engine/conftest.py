"""What the engine's tests share: desks of their own, on the embedded broker and with `-m kafka` on a real Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.conftest import DeskSettings
from tests.engine.desk import Desk, open_desk

MakeDesk = Callable[..., Awaitable[Desk]]


@pytest.fixture
def broker(each_broker: str) -> str:
    """Address of the broker under test."""
    return each_broker


@pytest_asyncio.fixture
async def make_desk(desk_settings: DeskSettings, tmp_path: Path) -> AsyncIterator[MakeDesk]:
    """Make a desk of two partitions, or with other settings; its workers are killed when the test is over."""
    with ExitStack() as open_desks:

        async def make(**overrides: Any) -> Desk:
            settings = desk_settings(**({"partitions": 2, "commit_interval_seconds": 0.3} | overrides))
            desk = open_desks.enter_context(open_desk(settings, tmp_path))
            await desk.create_topics()
            return desk

        yield make


@pytest_asyncio.fixture
async def desk(make_desk: MakeDesk) -> Desk:
    """A desk of two partitions."""
    return await make_desk()
