"""A changelog that does not hold what the committed offsets imply: found, and refused or rebuilt."""

from __future__ import annotations

import asyncio

from aiokafka.admin import AIOKafkaAdminClient

from stream.broker.topics import report
from stream.engine.changelog.check import changelog_troubles
from tests.engine.conftest import MakeDesk
from tests.engine.desk import Desk
from tests.engine.test_numbers import assert_exact, story


async def with_lost_changelog(desk: Desk) -> list[dict[str, object]]:
    """Have a worker count some events, stop it, and delete the changelog and create it again."""
    events = story(100)
    worker = desk.start("before")
    await desk.send(events)
    await worker.until_caught_up()
    assert await worker.terminate() == 0
    await delete_changelog(desk)
    return events


async def delete_changelog(desk: Desk) -> None:
    topic = desk.settings.changelog_topic
    client = AIOKafkaAdminClient(**desk.settings.kafka_client_options())
    await client.start()
    try:
        await client.delete_topics([topic])
        while topic in await client.list_topics():
            await asyncio.sleep(0.1)
    finally:
        await client.close()
    await desk.create_topics()
    assert not [found for found in (await report(desk.settings)).findings if found.wrong]


async def test_a_worker_whose_changelog_was_lost_ends_and_names_the_command(make_desk: MakeDesk) -> None:
    desk = await make_desk()
    await with_lost_changelog(desk)
    troubles = await changelog_troubles(desk.settings)
    assert [each.about for each in troubles] == [f"{desk.settings.changelog_topic} partition {n}" for n in (0, 1)]
    for name in ("first", "second"):  # what the first wrote there does not hide it
        worker = desk.start(name)
        assert await worker.ended() == 78, worker.log
        assert "does not hold what the committed offsets imply" in worker.log
        assert "deskpulse changelog rebuild" in worker.log


async def test_a_worker_that_is_set_so_rebuilds_what_was_lost_from_the_sources(make_desk: MakeDesk) -> None:
    desk = await make_desk(changelog_lost="rebuild")
    events = await with_lost_changelog(desk)
    worker = desk.start("after")
    shown = await worker.until_caught_up()
    assert shown["counters"]["changelog_lost"] == 2
    assert_exact(events, shown, desk.folder)
    assert await worker.terminate() == 0
    again = desk.start("again")
    shown = await again.until_caught_up()
    assert (shown["counters"]["changelog_lost"], shown["counters"]["records"]) == (0, {})
    assert_exact(events, shown, desk.folder)
