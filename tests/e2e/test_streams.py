"""Wallboards of real workers: an event is on the screens, whichever worker they ask, and also when one of them dies."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.board.served import Stream, ago, listening, seconds
from tests.conftest import DeskSettings
from tests.e2e.workers import answers, free_port, start_worker
from tests.engine.desk import Desk, open_desk
from tests.events import opened, responded

pytestmark = [pytest.mark.timeout(150)]
SOON = 60.0


@pytest.fixture
def desk(request: pytest.FixtureRequest, desk_settings: DeskSettings, tmp_path: Path) -> Iterator[Desk]:
    """A desk of two partitions, with further settings where a test gives some."""
    with open_desk(desk_settings(partitions=2, **getattr(request, "param", {})), tmp_path) as made:
        yield made


@pytest.fixture
async def screens(desk: Desk, tmp_path: Path) -> AsyncIterator[Callable[[int], Awaitable[list[tuple[Any, Stream]]]]]:
    """Start workers, and a wallboard that listens to each of them; gives both."""
    await desk.create_topics()
    workers: list[subprocess.Popen[bytes]] = []
    async with AsyncExitStack() as stack:

        async def start(count: int) -> list[tuple[Any, Stream]]:
            ports = [free_port() for _ in range(count)]
            workers.extend(start_worker(desk.settings, port, tmp_path) for port in ports)
            found = []
            for worker, port in zip(workers, ports, strict=True):
                url = f"http://127.0.0.1:{port}"
                await answers(url, worker, tmp_path / f"{port}.log", SOON)
                found.append((worker, await stack.enter_async_context(listening(url))))
            return found

        yield start
    for worker in workers:
        worker.kill()
        worker.wait()


async def _until(stream: Stream, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    async with asyncio.timeout(SOON):
        return await stream.until(holds)


def _waiting(numbers: dict[str, Any]) -> int | None:
    value: int | None = numbers["tiles"].get("p0t0", {}).get("value")
    return value if numbers["desk"]["state"] == "live" else None


def _never_fed(numbers: dict[str, Any]) -> bool:
    """Say whether a live desk is without any event: nothing is shown as 0 then."""
    desk = numbers["desk"]
    return (desk["state"], desk["feed"], _waiting(numbers)) == ("live", "never", None)


async def test_an_event_is_on_the_screen_and_before_there_are_numbers_the_screen_says_so(desk, screens):
    [(_, stream)] = await screens(1)
    _, first = await stream.next("numbers")
    assert (first["desk"]["state"], first["tiles"]) == ("starting", {})
    await _until(stream, _never_fed)
    await desk.send([opened(f"T{i}", ago(1), channel="chat") for i in range(20)])
    shown = await _until(stream, lambda numbers: _waiting(numbers) == 20)
    rows = {row["label"]: row["value"] for row in shown["tiles"]["p0t5"]["rows"]}
    assert rows == {"chat": 20}
    await desk.send([responded(f"T{i}", ago(0)) for i in range(5)])
    await _until(stream, lambda numbers: _waiting(numbers) == 15)


@pytest.mark.slow
async def test_screens_at_two_workers_show_one_desk_and_one_of_them_dies(desk, screens):
    (first, _), (_, stream) = both = await screens(2)
    for _, each in both:
        await _until(each, _never_fed)
    await desk.send([opened(f"T{i}", ago(1), channel="chat") for i in range(40)])
    seen = [await _until(each, lambda numbers: _waiting(numbers) == 40) for _, each in both]
    assert seen[0]["tiles"]["p0t0"]["rows"] == seen[1]["tiles"]["p0t0"]["rows"]
    first.kill()
    await _until(stream, lambda numbers: numbers["desk"]["state"] != "live")
    assert orjson.dumps(await _until(stream, lambda numbers: _waiting(numbers) == 40))


@pytest.mark.slow
@pytest.mark.parametrize("desk", [{"live_counts_seconds": 8}], indirect=True)
async def test_a_screen_is_live_all_the_time_though_workers_tell_each_other_every_eight_seconds(desk, screens):
    (_, stream), _ = await screens(2)

    def age(numbers: dict[str, Any]) -> float:
        return seconds(numbers["sent_at"]) - seconds(numbers["as_of"])

    # The first numbers may be of one worker that still has both partitions.
    await _until(stream, lambda numbers: _never_fed(numbers) and age(numbers) > 5)
    for _ in range(18):
        _, numbers = await stream.next("numbers")
        assert numbers["desk"]["state"] == "live", numbers
