"""`deskpulse topics` and `deskpulse check`, on both brokers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from aiokafka.partitioner import murmur2
from typer.testing import CliRunner, Result

from schemas.dead_letter import OFFSET_HEADER, PARTITION_HEADER, REASON_HEADER, TOPIC_HEADER
from stream.broker.connection import admin
from stream.broker.newest import MOST_RECORDS
from stream.broker.plan import plan_topics
from stream.cli.main import app
from stream.settings import PREFIX, Settings
from tests.broker.clients import consume, member, produce, producer
from tests.conftest import TOPIC_SETTINGS, DeskSettings
from tests.events import opened
from tests.kafka.server import KafkaServer

Run = Callable[..., Result]


@pytest.fixture
def settings(desk_settings: DeskSettings) -> Settings:
    """A desk of two partitions."""
    return desk_settings(partitions=2)


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command with the desk's settings in its environment."""
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("broker", "app_id", "partitions", *(f"topic_{topic}" for topic in TOPIC_SETTINGS)):
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", str(getattr(settings, name)))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, catch_exceptions=False)

    return invoke


def test_topics_are_listed_created_and_found_in_order(run: Run, settings: Settings) -> None:
    before = run("topics")
    assert before.exit_code == 1
    assert "fix it with  deskpulse topics --create" in before.output
    assert before.output.count("does not exist") == 1, "said once for all of them"

    created = run("topics", "--create")
    assert created.exit_code == 0, created.output
    assert created.output.count("created") == len(plan_topics(settings))

    after = run("topics")
    assert after.exit_code == 0, after.output
    assert "missing" not in after.output
    assert all(plan.name in after.output for plan in plan_topics(settings))


def test_topics_for_a_machine(run: Run, settings: Settings) -> None:
    missing = json.loads(run("topics", "--json").stdout)
    assert {topic["exists"] for topic in missing["topics"]} == {False}
    assert {(found["problem"], found["fix"]) for found in missing["findings"]} == {
        ("missing", "deskpulse topics --create")
    }

    created = json.loads(run("topics", "--create", "--json").stdout)
    assert {topic["created"] for topic in created["topics"]} == {True}
    assert created["findings"] == []
    [changelog] = [topic for topic in created["topics"] if topic["role"] == "changelog"]
    assert (changelog["name"], changelog["partitions"]) == (settings.changelog_topic, 2)
    assert changelog["planned"]["config"]["cleanup.policy"] == "compact"


def test_topics_that_would_not_fit_are_not_created(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("topics", "--create")
    monkeypatch.setenv("DESKPULSE_APP_ID", "another")
    monkeypatch.setenv("DESKPULSE_PARTITIONS", "3")
    refused = run("topics", "--create")
    assert refused.exit_code == 1
    assert "another-entities-changelog: not created: the topics that exist have 2 partitions" in refused.output
    assert "set DESKPULSE_PARTITIONS=2" in refused.output


def test_check_says_what_to_do_until_nothing_is_wrong(run: Run) -> None:
    before = run("check")
    assert before.exit_code == 1
    assert "bad topics 0 of 10 exist" in before.output
    assert "fix it with  deskpulse topics --create" in before.output

    run("topics", "--create")

    after = run("check")
    assert after.exit_code == 0, after.output
    assert "bad" not in after.output
    assert "ok  topics 10 of 10 exist" in after.output
    assert "no worker runs, 0 records wait to be read" in after.output


def test_check_notes_pages_that_everybody_may_read_and_finds_nothing_wrong_with_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("topics", "--create")
    assert json.loads(run("check", "--json").stdout)["notes"] == []
    monkeypatch.setenv("DESKPULSE_WEB_HOST", "0.0.0.0")
    told = run("check")
    assert told.exit_code == 0, told.output
    assert "note pages anyone who reaches 0.0.0.0 reads all numbers" in told.output
    assert len(json.loads(run("check", "--json").stdout)["notes"]) == 1


def test_check_fails_on_a_variable_that_is_no_setting(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("topics", "--create")
    monkeypatch.setenv("DESKPULSE_GRACE_SECOND", "5")
    line = "DESKPULSE_GRACE_SECOND is not a setting (nearest: DESKPULSE_GRACE_SECONDS); it has no effect"

    told = run("check")
    machine = json.loads(run("check", "--json").stdout)

    assert told.exit_code == 1
    assert "bad settings" in told.output
    assert line in told.output
    assert "ok  topics" in told.output, "the rest is looked at all the same"
    assert (machine["ok"], machine["wrong_settings"]) == (False, [line])


def test_check_names_a_settings_file_that_is_not_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_CONFIG", "/etc/deskpulse/dsek.toml")
    told = run("check")
    assert told.exit_code == 1
    assert "DESKPULSE_CONFIG: got '/etc/deskpulse/dsek.toml', which does not exist" in told.output


def test_check_notes_what_was_rejected_in_the_last_hour(run: Run, settings: Settings) -> None:
    run("topics", "--create")
    topic, customer = settings.topic_survey, settings.topic_customer
    assert "rejected" not in run("check").output
    asyncio.run(
        _dead_letters(
            settings,
            [
                *((topic, "empty", offset, 7200) for offset in range(3)),
                *((topic, "not_json", 10 + offset, 60) for offset in range(4)),
                (customer, "empty", 5, 0),
            ],
        )
    )

    told = run("check")

    assert told.exit_code == 0, told.output
    lines = [
        f"4 sent to {topic} in the last hour rejected as not_json, such as {topic}-1 offset 13",
        f"1 sent to {customer} in the last hour rejected as empty, such as {customer}-1 offset 5",
    ]
    assert [line for line in told.output.splitlines() if "rejected" in line] == [
        f"note rejected records {line}" for line in lines
    ]
    machine = json.loads(run("check", "--json").stdout)
    assert (machine["ok"], machine["notes"]) == (True, lines)


def test_check_reads_a_bounded_number_of_dead_letters(run: Run, settings: Settings) -> None:
    run("topics", "--create")
    asyncio.run(_dead_letters(settings, [(settings.topic_survey, "empty", n, 0) for n in range(MOST_RECORDS + 200)]))

    told = run("check")

    assert f"note rejected records at least {MOST_RECORDS:,} sent to {settings.topic_survey}" in told.output
    assert f"offset {MOST_RECORDS + 199}" in told.output, "the newest are read"


def test_check_lists_values_that_are_not_understood_and_ids_of_several_tickets(run: Run, settings: Settings) -> None:
    run("topics", "--create")
    topic = settings.source_topics()["ticket_opened"]
    events = [opened(f"T{i}", channel="telex" if i else "fax", event_id=f"e{i % 3}") for i in range(4)]
    records = [(str(event["ticket_id"]).encode(), json.dumps(event).encode()) for event in events]
    asyncio.run(produce(settings, topic, records))

    told = run("check")

    lines = [
        (
            "of all events: channel: 4 events have a value that counts as other ('telex' 3, 'fax' 1); map them under "
            "values.channel of the policy file"
        ),
        (
            "of all events: 1 event ids are of several tickets, and count for each, such as 'e0' of 'ticket T0' and "
            "'ticket T3'; have the producer give each event an id of its own"
        ),
    ]
    assert told.exit_code == 0, told.output
    assert [line for line in told.output.splitlines() if line.startswith("note events")] == [
        f"note events {line}" for line in lines
    ]
    assert json.loads(run("check", "--json").stdout)["notes"] == lines


async def _dead_letters(settings: Settings, letters: list[tuple[str, str, int, float]]) -> None:
    """Write dead letters of these topics, reasons, offsets and ages in seconds, all to one partition."""
    async with producer(settings) as client:
        sent = [
            await client.send(
                settings.topic_dead_letter,
                b"{}",
                partition=0,
                timestamp_ms=int((time.time() - age) * 1000),
                headers=[
                    (REASON_HEADER, reason.encode()),
                    (TOPIC_HEADER, topic.encode()),
                    (PARTITION_HEADER, b"1"),
                    (OFFSET_HEADER, b"%d" % offset),
                ],
            )
            for topic, reason, offset, age in letters
        ]
        await asyncio.gather(*sent)


def test_check_fails_when_too_much_waits(run: Run, settings: Settings) -> None:
    run("topics", "--create")
    asyncio.run(produce(settings, settings.topic_survey, [(b"%d" % n, b"{}") for n in range(30)]))

    assert run("check", "--max-lag", "30").exit_code == 0
    behind = run("check", "--max-lag", "29")

    assert behind.exit_code == 1
    assert "30 records wait, more than 29" in behind.output
    assert "start a worker: deskpulse worker" in behind.output


def test_check_for_a_machine(run: Run, settings: Settings) -> None:
    run("topics", "--create")
    asyncio.run(_read_some(settings))

    told = json.loads(run("check", "--json").stdout)

    assert told["ok"] is True
    assert told["broker"] == {"address": settings.broker, "unreachable": None}
    assert told["group"]["behind"] == 12
    [place] = [p for p in told["group"]["partitions"] if (p["topic"], p["partition"]) == (settings.topic_survey, 0)]
    assert place == {
        "topic": settings.topic_survey,
        "partition": 0,
        "committed": 8,
        "begin": 0,
        "end": 20,
        "behind": 12,
        "lost": 0,
    }


async def _read_some(settings: Settings) -> None:
    """Twenty records in partition 0, of which the group finished eight; the other topics are read to their ends."""
    await _fill(settings)
    async with member(settings, settings.topic_survey) as client:
        await consume(client, 20)
        await client.commit({TopicPartition(settings.topic_survey, 0): 8})


async def _fill(settings: Settings) -> None:
    for number in range(2):  # what a group has read is in its changelog
        await produce(settings, settings.changelog_topic, [(_key_of(number), b"[null,[],[],[],[]]")])
    keys = [b"%d" % n for n in range(200)]
    chosen = [key for key in keys if _partition(key) == 0][:20]
    await produce(settings, settings.topic_survey, [(key, b"{}") for key in chosen])


def _key_of(number: int) -> bytes:
    return next(key for key in (b"t:%d" % n for n in range(100)) if _partition(key) == number)


def _partition(key: bytes) -> int:
    partition: int = (murmur2(key) & 0x7FFFFFFF) % 2
    return partition


@pytest.mark.kafka
@pytest.mark.parametrize("each_broker", ["kafka"], indirect=True)
def test_check_tells_of_records_that_were_deleted_unread(run: Run, settings: Settings) -> None:
    async def lose() -> None:
        await _read_some(settings)
        async with admin(settings) as client:
            await client.delete_records({TopicPartition(settings.topic_survey, 0): RecordsToDelete(before_offset=15)})

    run("topics", "--create")
    asyncio.run(lose())

    told = run("check")

    assert told.exit_code == 1
    assert f"{settings.topic_survey} partition 0: 7 records were deleted before the group" in told.output
    assert "bad group" in told.output
    assert "ok  topics" in told.output


@pytest.mark.kafka
@pytest.mark.parametrize("each_broker", ["kafka"], indirect=True)
def test_check_tells_of_a_group_that_is_beyond_the_end(run: Run, settings: Settings, kafka_server: KafkaServer) -> None:
    async def commit_beyond() -> None:
        await _fill(settings)
        async with member(settings, settings.topic_survey) as client:
            await consume(client, 20)
            await client.commit({TopicPartition(settings.topic_survey, 0): 900})

    run("topics", "--create")
    asyncio.run(commit_beyond())

    told = run("check")

    assert told.exit_code == 1
    assert "committed offset 900 but the topic ends at 20" in told.output
    [fix] = [line.split("fix it with")[1] for line in told.output.splitlines() if "fix it with" in line]
    kafka_server.run(fix)
    assert run("check").exit_code == 0


@pytest.mark.parametrize("each_broker", ["embedded"], indirect=True)
def test_check_names_every_wrong_setting(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_PARTITIONS", "many")
    monkeypatch.setenv("DESKPULSE_TODAY_ZONE", "Mars/Olympus")
    told = run("check")
    assert told.exit_code == 1
    assert "bad settings" in told.output
    assert "DESKPULSE_PARTITIONS" in told.output
    assert "'many'" in told.output
    assert "DESKPULSE_TODAY_ZONE" in told.output
    assert len(json.loads(run("check", "--json").stdout)["wrong_settings"]) == 2


@pytest.mark.parametrize("each_broker", ["embedded"], indirect=True)
@pytest.mark.parametrize("command", ["check", "topics"])
def test_a_broker_that_is_not_there_is_said_in_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DESKPULSE_BROKER", "kafka.invalid:9092")
    told = run(command)
    assert told.exit_code == 1
    [line] = [line for line in told.output.splitlines() if "kafka.invalid" in line]
    assert "the name cannot be resolved; set DESKPULSE_BROKER" in line
    assert not caplog.records, "the client library does not talk in between"
    machine: dict[str, Any] = json.loads(run(command, "--json").stdout)
    assert "kafka.invalid" in str(machine)
