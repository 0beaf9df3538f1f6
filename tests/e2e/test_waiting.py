"""Two real workers list the same longest waits, whichever is asked, and say how sure they are of them."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.board.served import ago, get
from tests.conftest import DeskSettings
from tests.e2e.workers import answers, free_port, start_worker
from tests.engine.desk import Desk, open_desk
from tests.events import opened, responded

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]
Json = dict[str, Any]
SOON = 60.0
# What a neighbour names of each of its partitions; the desk has more tickets than that waiting in each.
NAMED, TICKETS = 10, 80
CHANNELS = ("chat", "email", "phone", "social")


@pytest.fixture
async def desk(desk_settings: DeskSettings, tmp_path: Path) -> AsyncIterator[tuple[Desk, list[str]]]:
    """A desk of four partitions and two workers; and where each is asked who waits."""
    with open_desk(desk_settings(partitions=4, live_waiting_tickets=NAMED), tmp_path) as made:
        await made.create_topics()
        ports = [free_port() for _ in range(2)]
        workers: list[subprocess.Popen[bytes]] = [start_worker(made.settings, port, tmp_path) for port in ports]
        try:
            for worker, port in zip(workers, ports, strict=True):
                await answers(f"http://127.0.0.1:{port}", worker, tmp_path / f"{port}.log", SOON)
            yield made, [f"http://127.0.0.1:{port}/api/v1/waiting" for port in ports]
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()


async def _until(url: str, holds: Callable[[Json], object]) -> Json:
    async with asyncio.timeout(SOON):
        while True:
            status, found = await get(url)
            if status == 200 and holds(found):
                return found
            await asyncio.sleep(0.2)


def _ids(found: Json) -> list[str]:
    return [ticket["ticket_id"] for ticket in found["tickets"]]


async def test_either_of_two_workers_lists_the_longest_waits_of_the_desk(desk: tuple[Desk, list[str]]) -> None:
    made, urls = desk

    def shared(found: Json) -> bool:
        return len({source["worker"] for source in found["desk"]["sources"]}) == 2 and not found["desk"]["missing"]

    for url in urls:
        await _until(url, shared)
    opening = [ago(60 + 10 * number) for number in range(TICKETS)]
    channels = [CHANNELS[number % len(CHANNELS)] for number in range(TICKETS)]
    await made.send([opened(f"T{number}", opening[number], channel=channels[number]) for number in range(TICKETS)])
    await made.send([responded(f"T{number}", ago(1)) for number in range(0, TICKETS, 8)])
    # The last was opened first.
    waiting = [f"T{number}" for number in reversed(range(TICKETS)) if number % 8]
    chats = [name for name in waiting if channels[int(name[1:])] == "chat"]

    def settled(found: Json) -> bool:
        return bool(found["n"] == len(waiting) and shared(found))

    whole = [await _until(f"{url}?limit={NAMED}", settled) for url in urls]
    assert whole[0]["desk"]["sources"][0]["worker"] == whole[1]["desk"]["sources"][0]["worker"]
    for found in whole:
        assert _ids(found) == waiting[:NAMED]
        assert (found["complete"], found["certain"], found["partitions"]) == (True, NAMED, [0, 1, 2, 3])
    told = ("ticket_id", "labels", "opened_at", "target_seconds", "at_risk_at", "due_at")
    first, second = ([[ticket[name] for name in told] for ticket in found["tickets"]] for found in whole)
    assert first == second

    # Of the other's partitions it does not know everybody, and says from where on.
    for url in urls:
        found = await _until(url, settled)
        assert not found["complete"]
        assert NAMED <= found["certain"] < len(found["tickets"]) < len(waiting)
        assert _ids(found)[: found["certain"]] == waiting[: found["certain"]]
        some = await _until(f"{url}?channel=chat&limit=2", lambda found: found["n"] == len(chats))
        assert _ids(some)[: some["certain"]] == chats[: some["certain"]]
        assert some["certain"] > 0
