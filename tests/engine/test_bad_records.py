"""Records of a changelog that cannot be read are set aside, named, and put right from the sources."""

from __future__ import annotations

import orjson

from stream.core.partitioner import partition_of
from stream.core.policy import Partitioner
from stream.engine.changelog.log_identity import LOG_KEY
from stream.engine.changelog.owner_record import OWNER_KEY, epoch_headers
from tests.engine.changelogs import changelog, no_worker
from tests.engine.conftest import MakeDesk
from tests.engine.test_numbers import assert_exact, story

BAD = [
    (b"t:%s", b"not JSON", 0),
    (b"t:%s", b'[null,[["noon","e","agent"]],[],[],[]]', 0),
    (b"t:%s", b"{}", 0),
    (b"t:%s", None, b"soon"),
    (b"t:%s", b"[null,[],[],[],[]]", 1 << 50),
    (b"t:\xff", b"[null,[],[],[],[]]", 0),
    (b"c:x", b"[7]", 0),
    (b"x:later", b"1", 0),
    (b"m:seal", b"garbage", 0),
    (OWNER_KEY, b"garbage", None),
    (OWNER_KEY, b'{"worker":1}', None),
    (LOG_KEY, b"[]", 0),
]


async def test_bad_records_are_set_aside_listed_and_repaired_from_the_sources(make_desk: MakeDesk) -> None:
    desk = await make_desk()
    events = story(100)
    worker = desk.start("before")
    await desk.send(events)
    await worker.until_caught_up()
    assert await worker.terminate() == 0
    ticket = next(str(each["ticket_id"]) for each in events if each["type"] == "ticket.opened").encode()
    number = partition_of(ticket, 2, Partitioner.MURMUR2)
    topic = desk.settings.changelog_topic
    async with desk.producer() as producer:
        for key, value, epoch in BAD:
            headers = [("e", epoch)] if isinstance(epoch, bytes) else epoch_headers(epoch) if epoch is not None else []
            full = key.replace(b"%s", ticket)
            await producer.send_and_wait(topic, value, key=full, partition=number, headers=headers)

    worker = desk.start("with bad records")
    shown = await worker.until_caught_up()
    assert shown["counters"]["changelog_bad"][str(number)] == len(BAD)
    assert "cannot be read and is set aside" in worker.log
    assert worker.log.count("key b'x:later'") == 1
    assert_exact(events, shown, desk.folder)
    status, said = await changelog(desk, "repair")
    assert status == 1, said
    assert "run: stop them first" in said
    assert await worker.terminate() == 0
    await no_worker(desk)

    status, said = await changelog(desk, "inspect", "--json")
    assert status == 1, said
    found = {each["partition"]: each for each in orjson.loads(said)}
    assert len(found[number]["bad"]) == shown["counters"]["changelog_bad"][str(number)]
    assert "b'x:later'" in {each["key"] for each in found[number]["bad"]}
    assert found[1 - number]["bad"] == []
    assert found[number]["owners"]

    status, said = await changelog(desk, "repair")
    assert status == 1, said
    assert "made again from the sources" in said
    assert "the archived totals cannot be made again" in said
    status, said = await changelog(desk, "repair", "--drop")
    assert status == 0, said
    assert (await changelog(desk, "inspect"))[0] == 0
    worker = desk.start("after")
    shown = await worker.until_caught_up()
    assert set(shown["counters"]["changelog_bad"].values()) == {0}
    assert_exact(events, shown, desk.folder)
