"""What the engine's tests share: a desk of their own on the embedded broker, with its topics created."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.conftest import DeskSettings
from tests.engine.desk import Desk, open_desk


@pytest_asyncio.fixture
async def desk(desk_settings: DeskSettings, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk of two partitions; its workers are killed when the test is over."""
    with open_desk(desk_settings(partitions=2, commit_interval_seconds=0.3), tmp_path) as desk:
        await desk.create_topics()
        yield desk
