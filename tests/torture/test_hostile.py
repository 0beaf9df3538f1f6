"""A hundred thousand hostile records among good ones: nothing stops, nothing swells, nothing good is lost."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import Counter
from pathlib import Path

import orjson
import psutil
import pytest

from stream.verify.compare import compare
from stream.verify.instant import microseconds
from stream.verify.options import Options
from stream.verify.oracle import Oracle
from tests.conftest import DeskSettings
from tests.engine.desk import Desk, WorkerProcess, open_desk
from tests.engine.test_numbers import story
from tests.torture.hostile import LARGE, SMALL, huge

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

HOSTILE = 100_000
LARGE_COUNT = 400
HUGE_COUNT = 5
TICKETS = 6_000
# What the process may take while the hostile records pass; the good ones' states are some 20 MB of it.
RSS_BYTES = 500 << 20


# A real broker takes no 10 MB record into a source topic; the embedded one takes anything.
async def test_a_worker_survives_a_hundred_thousand_hostile_records(
    desk_settings: DeskSettings, tmp_path: Path
) -> None:
    chance = random.Random(5)
    good = story(TICKETS, seed=5)
    for event in good[::7]:  # more values of a label than any desk has
        if event["type"] == "ticket.opened":
            event["queue"] = f"queue-{chance.randrange(1_000_000)}"
    bad = [SMALL[i % len(SMALL)](chance) for i in range(HOSTILE - LARGE_COUNT - HUGE_COUNT)]
    bad += [LARGE[i % len(LARGE)](chance) for i in range(LARGE_COUNT)]
    bad += [huge(chance) for _ in range(HUGE_COUNT)]
    with open_desk(desk_settings(), tmp_path) as desk:
        await desk.create_topics()
        worker = desk.start(period_seconds=0.5)
        watching = asyncio.create_task(watch_memory(worker))
        await send_mixed(desk, good, bad, chance)
        shown = await worker.until_caught_up(240)
        watching.cancel()
        assert worker.running
        assert shown["counters"]["dead_letters"] == len(bad), shown["counters"]["rejected"]
        letters = await desk.read(desk.settings.topic_dead_letter, len(bad), seconds=60)
        whole = Counter(digest(letter.value) for letter in letters if "deskpulse.truncated" not in dict(letter.headers))
        truncated = [letter for letter in letters if "deskpulse.truncated" in dict(letter.headers)]
        missing = Counter(digest(value) for value in bad) - whole
        assert len(letters) == len(bad)
        assert missing.total() == len(truncated)
        assert_good_ones_exact(good, shown["report"], tmp_path)
        most = max(worker_memory)
        assert most < RSS_BYTES, f"{most >> 20} MiB"
        print(
            f"{len(bad)} hostile of {len(SMALL) + len(LARGE) + 1} kinds, {len(good)} good, RSS at most {most >> 20} MiB"
        )


worker_memory: list[int] = []


async def watch_memory(worker: WorkerProcess) -> None:
    """Note the memory of the worker ten times a second."""
    process = psutil.Process(worker.process.pid)
    while True:
        worker_memory.append(process.memory_info().rss)
        await asyncio.sleep(0.1)


async def send_mixed(desk: Desk, good: list[dict[str, object]], bad: list[bytes | None], chance: random.Random) -> None:
    """Send all in one random order, the hostile ones anywhere and under any key."""
    topics = list(desk.settings.source_topics().values())
    records: list[tuple[str, bytes | None, bytes | None, None]] = [
        (chance.choice(topics), chance.choice([None, b"\xff\xfe", b"T5-1", chance.randbytes(9)]), value, None)
        for value in bad
    ]
    records += [
        (
            desk.settings.topic_ticket_status,
            b"wrong key" if i % 50 == 0 else str(event.get("ticket_id")).encode(),
            orjson.dumps(event),
            None,
        )
        for i, event in enumerate(good)
    ]
    chance.shuffle(records)
    await desk.send_records(records)


def digest(value: bytes | None) -> bytes:
    """Return a short stand-in for a value."""
    return b"none" if value is None else hashlib.blake2b(value, digest_size=12).digest()


def assert_good_ones_exact(good: list[dict[str, object]], report: dict[str, object], folder: Path) -> None:
    """Compare with the oracle's numbers of the good events alone; what counts as `other` is left out."""
    lines = folder / "good.jsonl"
    lines.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in good))
    oracle = Oracle([lines], microseconds(str(report["as_of"])), Options.of_snapshot(report))
    expected = oracle.report()
    overflowing = oracle.overflowing()
    assert overflowing == ["queue"]
    found = compare(expected, report, overflowing)
    assert found.numbers > 100
    assert not found.differences, found.differences[:5]
