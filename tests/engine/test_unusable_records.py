"""Records that are no event: to the dead-letter topic as they came, and the worker goes on."""

from __future__ import annotations

from pathlib import Path

import orjson
from aiokafka.admin import NewTopic

from stream.broker.connection import admin
from stream.engine.sending.dead_letter import TRUNCATED_BYTES
from tests.conftest import DeskSettings
from tests.engine.desk import Desk, open_desk
from tests.events import opened


async def test_a_record_that_is_no_event_is_dead_lettered_byte_for_byte(desk: Desk) -> None:
    topic = desk.settings.topic_ticket_opened
    bad = b'{"type": "ticket.opened", \xff not even UTF-8'
    await desk.send_records(
        [
            (topic, b"T1", orjson.dumps(opened("T1")), None),
            (topic, b"T1", bad, [("trace", b"a1"), ("trace", b"a2")]),
            (topic, b"T1", None, None),
            (topic, b"T1", orjson.dumps({**opened("T1"), "version": 99}), None),
        ]
    )
    worker = desk.start()
    shown = await worker.until_caught_up()
    letters = {int(dict(r.headers)["deskpulse.offset"]): r for r in await desk.read(desk.settings.topic_dead_letter, 3)}
    assert len(letters) == 3
    letter = letters[1]
    assert (letter.key, letter.value) == (b"T1", bad)
    assert letter.headers[:2] == (("trace", b"a1"), ("trace", b"a2"))
    headers = dict(letter.headers)
    assert headers["deskpulse.reason"] == b"not_json"
    assert headers["deskpulse.detail"]
    assert headers["deskpulse.topic"] == topic.encode()
    assert headers["deskpulse.partition"] in (b"0", b"1")
    assert int(headers["deskpulse.timestamp"]) == letter.timestamp
    reasons = {offset: dict(r.headers)["deskpulse.reason"] for offset, r in letters.items()}
    assert reasons == {1: b"not_json", 2: b"empty", 3: b"unknown_version"}
    assert letters[2].value is None
    assert shown["counters"]["dead_letters"] == 3
    assert shown["counters"]["rejected"] == {
        f"{topic}|not_json": 1,
        f"{topic}|empty": 1,
        f"{topic}|unknown_version": 1,
    }
    assert shown["report"]["tickets"]["opened"] == 1
    assert await worker.terminate() == 0
    lines = [line for line in worker.log.splitlines() if "warning: rejected" in line]
    assert 1 <= len(lines) <= 2, "at once, and what came after that when it ends"
    assert sum(int(line.split("rejected ")[1].split()[0]) for line in lines) == 3
    number = headers["deskpulse.partition"].decode()
    for offset, reason in {1: "not_json", 2: "empty", 3: "unknown_version"}.items():
        assert f"1 {reason} in {topic}, such as {topic}-{number} offset {offset}" in worker.log


async def test_a_worker_that_rejects_nothing_does_not_mention_it(desk: Desk) -> None:
    await desk.send([opened("T1")])
    worker = desk.start()
    await worker.until_caught_up()
    assert await worker.terminate() == 0
    assert "rejected" not in worker.log


async def test_a_worker_warns_of_variables_that_are_no_settings(desk: Desk) -> None:
    worker = desk.start(environment={"DESKPULSE_GRACE_SECOND": "5"})
    await worker.until("ready", lambda shown: shown["report"] is not None)
    [line] = [line for line in worker.log.splitlines() if "DESKPULSE_GRACE_SECOND" in line]
    assert line.endswith(
        "warning: DESKPULSE_GRACE_SECOND is not a setting (nearest: DESKPULSE_GRACE_SECONDS); it has no effect"
    )


async def test_a_record_of_nothing_at_all_is_dead_lettered_too(desk: Desk) -> None:
    """Neither key nor value: Kafka carries it, and most clients refuse to send it on."""
    await desk.send_records([(desk.settings.topic_customer, None, None, [("why", b"\xff")])])
    worker = desk.start()
    await worker.until_caught_up()
    [letter] = await desk.read(desk.settings.topic_dead_letter, 1)
    assert (letter.key, letter.value) == (None, None)
    assert letter.headers[0] == ("why", b"\xff")


async def test_a_huge_record_is_a_dead_letter_of_its_beginning_and_a_large_one_of_the_whole(
    desk_settings: DeskSettings, tmp_path: Path
) -> None:
    """Kafka takes ten megabytes in a topic that says so; what is over twice max_record_bytes is cut."""
    huge, large = b"x" * 10_000_000, b"y" * 2_000_000
    with open_desk(desk_settings(partitions=2), tmp_path) as desk:
        async with admin(desk.settings) as client:
            config = {"max.message.bytes": "20000000"}
            await client.create_topics([NewTopic(desk.settings.topic_survey, 2, 1, topic_configs=config)])
        await desk.create_topics()
        await desk.send_records([(desk.settings.topic_survey, b"S1", huge, [("trace", b"a1")])])
        await desk.send_records([(desk.settings.topic_survey, b"S1", large, [("trace", b"a2")])])
        await desk.send([opened("T1")])
        worker = desk.start()
        shown = await worker.until_caught_up()
        letters = await desk.read(desk.settings.topic_dead_letter, 2)
        assert shown["report"]["tickets"]["opened"] == 1
        assert {dict(letter.headers)["deskpulse.reason"] for letter in letters} == {b"too_large"}
        assert {letter.key for letter in letters} == {b"S1"}
        cut, whole = sorted(letters, key=lambda letter: len(letter.value))
        assert int(dict(cut.headers)["deskpulse.truncated"]) == len(huge)
        assert cut.value == huge[: TRUNCATED_BYTES - len(b"S1")]
        assert "is too large: kept 524286 of 10000000 bytes" in worker.log
        assert shown["counters"]["dead_letters_truncated"] == 1
        assert (whole.value, dict(whole.headers)["trace"]) == (large, b"a2")
