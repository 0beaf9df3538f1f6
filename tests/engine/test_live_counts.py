"""Each worker knows the whole desk, and so does anyone who reads the live-counts topic."""

from __future__ import annotations

import asyncio
import random
import re
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import islice
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer
from jsonschema import Draft202012Validator

from schemas.export import live_counts_json_schema
from stream.core.snapshot import Totals
from stream.engine.desk.live_counts import LiveWriter
from stream.engine.process.counters import Counters
from stream.engine.sending.size_limits import SizeLimits
from stream.partition.live_counts import live_counts_from_json
from stream.report.document import report
from stream.verify.compare import compare_sum
from stream.verify.instant import microseconds
from stream.verify.load import load
from stream.verify.options import Options
from stream.verify.oracle import Oracle
from tests.engine.conftest import MakeDesk
from tests.engine.desk import ROOT, Desk, Shown, as_of, key
from tests.engine.test_numbers import story, write_events
from tests.events import NOON_US, answered, opened, responded
from tests.served import seen

PAGE = ROOT / "docs" / "live-topic.md"
VALIDATOR = Draft202012Validator(live_counts_json_schema())


async def test_each_of_two_workers_shows_the_whole_desk_and_so_does_the_one_that_is_left(desk: Desk) -> None:
    events = _lately(200)
    workers = [desk.start(name, whole_desk=True) for name in ("first", "second")]
    await asyncio.gather(*(worker.until("half", lambda shown: len(shown["owned"]) == 1) for worker in workers))
    await desk.send(events)
    for worker in workers:
        shown = await worker.until("the whole desk", lambda shown: _has_all(events, shown, desk))
        names = set(shown["desk"]["sources"].values())
        assert len(names) == 2
        assert shown["desk"]["missing"] == []
        assert_exact(events, shown["desk"]["report"], desk)
    first, second = workers
    second.kill()
    shown = await first.until("alone", lambda shown: shown["owned"] == [0, 1] and _has_all(events, shown, desk))
    assert set(shown["desk"]["sources"].values()) == {shown["worker"]}
    assert_exact(events, shown["desk"]["report"], desk)


async def test_anyone_who_reads_the_topic_can_add_the_desk_up(desk: Desk) -> None:
    events = _lately(100)
    worker = desk.start()
    await desk.send(events)
    caught_up = as_of(await worker.until_caught_up())
    newest = await _read(desk, lambda found: len(set(found)) == 1 and found[0] >= caught_up)
    assert all(VALIDATOR.is_valid(record) for record in newest.values())
    told = [live_counts_from_json(orjson.dumps(record)) for record in newest.values()]
    assert {each.totals.partitions for each in told} == {(0,), (1,)}
    assert {each.worker for each in told} == {(worker.shown() or {})["worker"]}
    first = told[0].totals
    totals = Totals.merge([_at(each.totals, first) for each in told])
    assert_exact(events, report(totals, desk.settings.policy()), desk)


async def test_live_counts_that_are_larger_than_their_topic_takes_are_not_sent(desk: Desk) -> None:
    topic, counters, limits = desk.settings.topic_live_counts, Counters(), SizeLimits(desk.settings)
    limits.learn({topic: 10_000})
    writer = LiveWriter(seen(), desk.settings, counters, lambda _: 1, limits)
    async with writer._producer() as producer:
        await writer._write(producer, 0, random.Random(1).randbytes(20_000), 1.0)
        assert counters.live_counts == {"refused": 1}
        await writer._write(producer, 1, b"0" * 20_000, 1.0)  # packed it is small
    assert counters.live_counts == {"refused": 1, "written": 1}
    [record] = await desk.read(topic, 1)
    assert record.key == b"1"


async def test_a_record_names_those_who_waited_longest_at_the_moment_of_its_numbers(make_desk: MakeDesk) -> None:
    desk = await make_desk(live_waiting_tickets=1000, live_counts_seconds=1.5)
    worker = desk.start()
    await worker.until("ready", lambda shown: shown["ready"])
    counts: list[tuple[dict[str, Any], dict[str, bytes]]] = []
    options, topic = desk.settings.kafka_client_options(), desk.settings.topic_live_counts
    tickets = iter(range(900))  # all of them can be named
    async with AsyncExitStack() as stack:
        consumer = await stack.enter_async_context(AIOKafkaConsumer(topic, **options, auto_offset_reset="earliest"))
        producer = await stack.enter_async_context(desk.producer())
        await stack.enter_async_context(asyncio.timeout(60))
        while len({record["as_of"] for record, _ in counts}) < 5:  # they are opened while records are written
            for number in islice(tickets, 20):
                event = opened(f"T{number}", number)
                await producer.send(desk.settings.topic_ticket_opened, orjson.dumps(event), key=key(event))
            batches = await consumer.getmany(timeout_ms=200)
            found = [record for batch in batches.values() for record in batch if record.value is not None]
            counts += [(orjson.loads(record.value), dict(record.headers)) for record in found]
    assert {headers["deskpulse-period-seconds"] for _, headers in counts} == {b"1.500"}
    for record, _ in counts:
        named = record["waiting_tickets"]
        assert len(named) == sum(queue["waiting"] for queue in record["queues"])
        assert [row[2] for row in named] == sorted(row[2] for row in named)
    assert max(len(record["waiting_tickets"]) for record, _ in counts) > 100


async def test_a_worker_that_is_set_so_names_no_tickets_and_no_agents(make_desk: MakeDesk) -> None:
    desk = await make_desk(live_waiting_tickets=0, live_agents=False)
    worker = desk.start()
    await desk.send([opened("secret-ticket", customer_id="somebody")])
    await desk.send([opened("T"), responded("T", 10, agent_id="secret-agent")])
    await worker.until_caught_up()
    for record in (await _read(desk)).values():
        assert not {"waiting_tickets", "agents"} & record.keys()
        assert b"secret" not in orjson.dumps(record)


async def test_what_is_no_live_count_is_counted_and_what_is_of_another_desk_is_not_looked_at(desk: Desk) -> None:
    worker = desk.start(whole_desk=True)
    await worker.until("ready", lambda shown: shown["ready"] and shown["owned"] == [0, 1])
    async with desk.producer() as producer:
        topic = desk.settings.topic_live_counts
        await producer.send_and_wait(topic, b"{}", key=b"x", headers=[("deskpulse-desk", b"another")], partition=0)
        await producer.send_and_wait(topic, b"{}", key=b"x", partition=0)
    shown = await worker.until("noticed", lambda shown: shown["counters"]["live_counts"].get("unreadable") == 1)
    assert shown["desk"]["missing"] == []
    assert worker.running


async def test_the_program_on_the_page_prints_the_nps_of_the_desk(desk: Desk) -> None:
    worker = desk.start()
    await desk.send([answered(f"S{i}", 10 + i, score) for i, score in enumerate((10, 9, 9, 7, 3))])
    await worker.until_caught_up()
    [program] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    program = program.replace("live-counts", desk.settings.topic_live_counts)
    program = program.replace("localhost:9092", desk.settings.broker).replace('["30d"]', '["all"]')
    running = await asyncio.create_subprocess_exec(sys.executable, "-u", "-c", program, stdout=asyncio.subprocess.PIPE)
    assert running.stdout is not None
    async with asyncio.timeout(20):
        line = await running.stdout.readline()
    running.terminate()
    await running.wait()
    assert line.decode().endswith(" NPS 40 n 5\n"), line


def _at(totals: Totals, other: Totals) -> Totals:
    """Both were counted at the same full second, to the millisecond."""
    assert abs(totals.as_of_us - other.as_of_us) < 1_000_000
    return replace(totals, as_of_us=other.as_of_us, windows=other.windows)


async def _read(desk: Desk, fit: Callable[[list[int]], bool] = lambda _: True) -> dict[bytes, dict[str, Any]]:
    """Read until there is a new record of each partition, and the seconds as of which they are fit together."""
    found: dict[bytes, dict[str, Any]] = {}
    options = desk.settings.kafka_client_options()
    async with (
        AIOKafkaConsumer(desk.settings.topic_live_counts, **options, auto_offset_reset="latest") as consumer,
        asyncio.timeout(30),
    ):
        while len(found) < desk.settings.partitions or not fit([_second(record) for record in found.values()]):
            record = await consumer.getone()
            if record.value is not None:
                found[record.key] = orjson.loads(record.value)
    return found


def _second(record: dict[str, Any]) -> int:
    return round(microseconds(record["as_of"]) / 1e6)


def _tickets(shown: Shown) -> int:
    """Count the tickets of the desk that have an opening, those retracted too."""
    if "desk" not in shown:
        return 0
    counts = shown["desk"]["report"]["tickets"]
    return int(counts["opened"] + counts["retracted"])


def _opened(events: list[dict[str, Any]]) -> int:
    return sum(event["type"] == "ticket.opened" for event in events)


def _has_all(events: list[dict[str, Any]], shown: Shown, desk: Desk) -> bool:
    """Say whether all that was sent is on the desk; responses, statuses and surveys come by topics of their own."""
    if _tickets(shown) != _opened(events):
        return False
    numbers = shown["desk"]["report"]
    oracle = _oracle(events, numbers, desk)
    return not compare_sum(oracle, oracle, numbers).differences


def _oracle(events: list[dict[str, Any]], numbers: dict[str, Any], desk: Desk) -> dict[str, Any]:
    instant = microseconds(numbers["as_of"])
    return Oracle(load([write_events(events, desk.folder)]), instant, Options.of_snapshot(numbers)).report()


def assert_exact(events: list[dict[str, Any]], numbers: dict[str, Any], desk: Desk) -> None:
    oracle = _oracle(events, numbers, desk)
    found = compare_sum(oracle, oracle, numbers)
    assert found.numbers > 50
    assert not found.differences, found.differences[:5]
    # Who works for several workers' tickets is one, so these do not add up; the desk has them all the same.
    assert sorted(numbers["agents"], key=_row) == sorted(oracle["agents"], key=_row)
    assert any(row["n"] for row in numbers["agents"])


def _row(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["window"], *sorted(row["labels"].items())


def _lately(tickets: int) -> list[dict[str, Any]]:
    """Write a story that ends within the last hour, so that somebody is at work."""
    return story(tickets, since_noon=time.time() - NOON_US / 1e6 - 7200)
