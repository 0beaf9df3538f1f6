"""`deskpulse changelog rebuild` on a real Kafka: the embedded broker keeps members in a group that have left it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.engine.changelog.check import changelog_troubles
from stream.engine.changelog.owner_record import epoch_headers
from tests.conftest import DeskSettings
from tests.engine.changelogs import changelog, no_worker
from tests.engine.desk import open_desk
from tests.engine.test_changelog_lost import with_lost_changelog
from tests.engine.test_numbers import assert_exact, story

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


async def test_check_finds_records_that_cannot_be_read_until_they_are_repaired(
    desk_settings: DeskSettings, tmp_path: Path
) -> None:
    """By the notes of committed offsets, which the embedded broker does not keep."""
    with open_desk(desk_settings(partitions=1, commit_interval_seconds=0.3), tmp_path) as desk:
        await desk.create_topics()
        worker = desk.start("before")
        await desk.send(story(10))
        await worker.until_caught_up(60)
        assert await worker.terminate() == 0
        topic = desk.settings.changelog_topic
        async with desk.producer() as producer:
            await producer.send_and_wait(topic, b"1", key=b"x:later", partition=0, headers=epoch_headers(0))
        assert await changelog_troubles(desk.settings) == []
        worker = desk.start("set aside")
        await worker.until_caught_up(60)
        [trouble] = await changelog_troubles(desk.settings)
        assert trouble.about == f"{topic} partition 0"
        assert "1 records of it could not be read" in trouble.text
        assert await worker.terminate() == 0
        await no_worker(desk)
        assert (await changelog(desk, "repair", "--drop"))[0] == 0
        worker = desk.start("after")
        await worker.until_caught_up(60)
        assert await changelog_troubles(desk.settings) == []
