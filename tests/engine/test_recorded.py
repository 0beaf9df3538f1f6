"""What an earlier version left on the broker is read with the numbers that it showed, and counting goes on from there.

recorded/feb000a.json.gz is such a desk: states of tickets, surveys and customers, archived totals, tombstones, the
owner records of three workers, and the offsets that these committed. It was made by

    git worktree add /tmp/earlier feb000a && cd /tmp/earlier && make .venv/dev.stamp
    PYTHONPATH=. .venv/bin/python HERE/tests/engine/recorded/record.py HERE/tests/engine/recorded/feb000a.json.gz
"""

from __future__ import annotations

import gzip
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.numbers.registry import NUMBERS
from stream.verify.compare import Difference
from tests.engine import test_numbers
from tests.engine.changelogs import no_worker
from tests.engine.conftest import MakeDesk
from tests.engine.desk import Desk, Shown, WorkerProcess
from tests.engine.recorded.record import OPTIONS, POLICY, TOPICS, bytes_of
from tests.events import answered, opened, purchased, responded, status

RECORDED = sorted(Path(__file__).with_name("recorded").glob("*.json.gz"))


@pytest.fixture
def broker(embedded_broker: str) -> str:
    """Address of the broker under test: the embedded one alone, as it takes records of any time."""
    return embedded_broker


@pytest.fixture(params=RECORDED, ids=lambda path: path.name.partition(".")[0])
def recorded(request: pytest.FixtureRequest) -> dict[str, Any]:
    path: Path = request.param
    found: dict[str, Any] = orjson.loads(gzip.decompress(path.read_bytes()))
    return found


@pytest.fixture
async def left(recorded: dict[str, Any], make_desk: MakeDesk, tmp_path: Path) -> Desk:
    """The desk as it was left, on the broker under test."""
    policy_file = tmp_path / "policy.yaml"
    policy_file.write_text(POLICY)
    desk = await make_desk(**OPTIONS | {"policy_file": policy_file})
    names = {name: getattr(desk.settings, f"topic_{name}") for name in (*TOPICS, "repartition")}
    names["entities-changelog"] = desk.settings.changelog_topic
    async with desk.producer() as producer:
        for name, records in recorded["topics"].items():
            for partition, offset, at_ms, key, value, headers in records:
                landed = await producer.send_and_wait(
                    names[name],
                    None if value is None else bytes_of(value),
                    key=None if key is None else bytes_of(key),
                    partition=partition,
                    headers=[(header, bytes_of(text)) for header, text in headers],
                    timestamp_ms=at_ms,
                )
                assert landed.offset == offset, "epochs are offsets"
    await _commit(desk, {TopicPartition(names[name], number): offset for name, number, offset in recorded["committed"]})
    return desk


async def _commit(desk: Desk, offsets: dict[TopicPartition, int]) -> None:
    consumer = AIOKafkaConsumer(
        **desk.settings.kafka_client_options(), group_id=desk.settings.app_id, enable_auto_commit=False
    )
    await consumer.start()
    try:
        consumer.assign(list(offsets))
        await consumer.commit(offsets)
    finally:
        await consumer.stop()


def start(desk: Desk, name: str, recorded: dict[str, Any]) -> WorkerProcess:
    """Start a worker on the last day that was recorded, unless that is past."""
    newest = max(datetime.fromisoformat(event["occurred_at"]).timestamp() for event in recorded["events"])
    return desk.start(name, clock_fast_seconds=max(0.0, newest - time.time()))


def assert_same(report: dict[str, Any], recorded: dict[str, Any]) -> None:
    """Compare all that was shown then, but for what says that it means something else now; there may be more now."""
    of_before = {name for name in recorded if name not in NUMBERS or NUMBERS[name].version == 1} - {"policy"}
    differing = {name for name in of_before if report.get(name) != recorded[name]}
    assert not differing, {name: (report.get(name), recorded[name]) for name in differing}


def assert_exact(events: list[dict[str, Any]], shown: Shown, recorded: dict[str, Any], folder: Path) -> None:
    """Compare with the oracle, which holds what was archived, too."""
    archived = {key for _, _, _, key, value, _ in recorded["topics"]["entities-changelog"] if value is None}
    tickets = shown["report"]["tickets"]
    held = tickets | {"held": tickets["held"] + len(archived)}
    of_all = shown | {"report": shown["report"] | {"tickets": held}}
    test_numbers.assert_exact(events, of_all, folder, _came_after_the_archive)


def _came_after_the_archive(difference: Difference) -> bool:
    """Say whether a number differs that nobody counted when tickets were archived. A worker's log says so."""
    return difference.path.startswith("second_response") and difference.window == "all"


async def counted(worker: WorkerProcess, events: int) -> Shown:
    """Wait until the report has so many events more. The clock follows the events, so it does not say when."""

    def holds(shown: Shown) -> bool:
        return bool(shown["caught_up"] and shown["report"] and shown["counters"]["applied"] == events)

    before = await worker.until("counted", holds)
    return await worker.until("shown after that", lambda shown: shown["time"] > before["time"] + 2 and holds(shown))


async def test_the_numbers_are_those_that_were_shown_and_nothing_is_read_or_reported_again(
    recorded: dict[str, Any], left: Desk
) -> None:
    worker = start(left, "after", recorded)
    shown = await counted(worker, 0)
    assert_same(shown["report"], recorded["report"])
    assert_exact(recorded["events"], shown, recorded, left.folder)
    counters = shown["counters"]
    assert counters["records"] == {}, "all of it is in the changelog"
    assert counters["recovery_records"] >= len(recorded["topics"]["entities-changelog"])
    assert not any(counters["changelog_bad"].values())
    assert (counters["changelog_lost"], counters["moved"], counters["rejected"]) == (0, {}, {})
    assert " error: " not in worker.log
    assert f"second_response (not counted, here version {NUMBERS['second_response'].version})" in worker.log


async def test_counting_goes_on_and_survives_a_kill_and_a_restart(recorded: dict[str, Any], left: Desk) -> None:
    newest = max(event["occurred_at"] for event in recorded["events"])
    more = [
        each | {"occurred_at": newest}
        for each in (
            *(opened("X1", channel="chat", customer_id="C1"), responded("X1", 0, agent_id="A7")),
            *(responded("U4", 0, agent_id="A7"), responded("U0", 0, "customer"), status("U1", 0, "resolved")),
            *(answered("V1", 0, 9, ticket_id="U0"), answered("V2", 0, 8, ticket_id="U1")),
            *(purchased("C0", 0, 12.25), purchased("C2", 0, 3)),
        )
    ]
    events = [*recorded["events"], *more]
    killed = start(left, "killed", recorded)
    await left.send(more)
    assert_exact(events, await counted(killed, len(more)), recorded, left.folder)
    killed.kill()
    after = start(left, "after the kill", recorded)
    shown = await counted(after, 0)
    assert_exact(events, shown, recorded, left.folder)
    assert not any(shown["counters"]["changelog_bad"].values())
    assert await after.terminate() == 0
    await no_worker(left)
    again = start(left, "again", recorded)
    shown = await counted(again, 0)
    assert shown["counters"]["records"] == {}
    assert_exact(events, shown, recorded, left.folder)
    assert " error: " not in again.log
