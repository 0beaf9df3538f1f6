"""What the tests of the front door share: a desk of two partitions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.conftest import DeskSettings
from tests.engine.desk import Desk, open_desk


@pytest_asyncio.fixture
async def desk(desk_settings: DeskSettings, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with its topics and no worker yet."""
    with open_desk(desk_settings(partitions=2, intake_port=0, commit_interval_seconds=0.3), tmp_path) as opened:
        await opened.create_topics()
        yield opened
