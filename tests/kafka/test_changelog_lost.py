"""`deskpulse changelog rebuild` on a real Kafka: the embedded broker keeps members in a group that have left it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import DeskSettings
from tests.engine.changelogs import changelog, no_worker
from tests.engine.desk import open_desk
from tests.engine.test_changelog_lost import with_lost_changelog
from tests.engine.test_numbers import assert_exact

pytestmark = [pytest.mark.kafka]


async def test_the_command_has_a_lost_changelog_rebuilt(desk_settings: DeskSettings, tmp_path: Path) -> None:
    with open_desk(desk_settings(partitions=2, commit_interval_seconds=0.3), tmp_path) as desk:
        await desk.create_topics()
        events = await with_lost_changelog(desk)
        await no_worker(desk)
        assert (await changelog(desk, "inspect"))[0] == 1
        status, said = await changelog(desk, "rebuild")
        assert status == 0, said
        worker = desk.start("after")
        shown = await worker.until_caught_up(60)
        assert_exact(events, shown, desk.folder)
