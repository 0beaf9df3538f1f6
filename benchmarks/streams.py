"""How soon an event is on the wallboards, and what wallboards cost the worker.

    python -m benchmarks.streams [--clients 200] [--rate 10000] [--seconds 30] [--events 300000]

First a worker reads so many events a second from an embedded broker, while wallboards listen to it: all of them to
the tiles of the default board and one more, which counts the tickets of a queue of their own, the marks. A mark is
opened at a random moment; it has arrived with the first message that counts it. That takes half a second in the mean by
itself, as the worker counts at the full second; `snapshot to wallboard` is what comes behind that.

Then the worker reads topics that were filled before as fast as it can, with and without as many wallboards. Worker,
producer, broker and wallboards are processes of their own; the wallboards are one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from benchmarks import throughput
from benchmarks.marks import MARKS, latencies, produce, spread
from benchmarks.throughput import PARTITIONS, fill
from stream.board.reading import default_text
from stream.broker.embedded import EmbeddedBroker
from stream.broker.topics import ensure
from stream.engine.worker import run
from stream.serve.service import PagesService
from stream.settings import Settings

MARK_PAGE = f"""
      - title: Marks
        tiles:
          - {{metric: inflow, window: all, filter: {{queue: {MARKS}}}}}
"""
_MARK = re.compile(rb'"p3t0":\{"value":(\d+)')
_AS_OF = re.compile(rb'"as_of":"([^"]+)"')
LATE_SECONDS = 10.0


class Wallboard:
    """One listener: what it heard of the marks, and when."""

    def __init__(self, url: str) -> None:
        """Listen to the default board at this address."""
        self._url = url
        self.heard: list[tuple[float, int]] = []
        self.since_snapshot: list[float] = []
        self.messages = 0
        self.counts = False
        """Whether it was shown numbers; before the first event these say of no mark that there is none."""

    async def listen(self, session: aiohttp.ClientSession) -> None:
        """Listen until cancelled; a worker that is not there yet is asked again."""
        while True:
            try:
                async with session.get(f"{self._url}/api/v1/boards/default/stream") as response:
                    response.raise_for_status()
                    while block := await response.content.readuntil(b"\n\n"):
                        self._take(block, time.time())
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)

    def _take(self, block: bytes, now: float) -> None:
        if not block.startswith(b"event: numbers"):
            return
        self.messages += 1
        mark, as_of = _MARK.search(block), _AS_OF.search(block)
        self.counts |= as_of is not None
        if mark is not None and as_of is not None:
            self.heard.append((now, int(mark[1])))
            self.since_snapshot.append(now - datetime.fromisoformat(as_of[1].decode()).timestamp())


def run_worker(settings: Settings, events: int) -> None:
    """Run the real worker with its pages; with events given, time it until it has seen them all."""
    if events:
        throughput.run_worker(settings, events, PagesService)
    else:
        run(settings, [PagesService])


def run_producer(settings: Settings, seconds: int, rate: int) -> None:
    """Send events in a process of its own."""
    asyncio.run(produce(settings, rate, seconds))


def start(role: str, settings: Settings, *numbers: int) -> subprocess.Popen[str]:
    """Start one of the processes."""
    options = settings.model_dump_json(exclude_unset=True)
    command = [sys.executable, "-m", "benchmarks.streams", "--role", role, "--options", options]
    return subprocess.Popen([*command, "--numbers", *map(str, numbers)], stdout=subprocess.PIPE, text=True)


async def listen_while(
    boards: list[Wallboard], work: Callable[[], Any], ready: Callable[[list[Wallboard]], bool]
) -> Any:
    """Have wallboards listen while something is done in a thread, once they are ready; returns what came of it."""
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
        listening = [asyncio.create_task(board.listen(session)) for board in boards]
        while not ready(boards):
            for task in listening:
                if task.done():
                    task.result()  # raises what ended it: a stream that is refused, say
            await asyncio.sleep(0.1)
        result = await asyncio.to_thread(work)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        return result


def measure_latency(settings: Settings, clients: int, rate: int, seconds: int) -> None:
    """Print how soon marks are on the wallboards."""
    worker = start("worker", settings, 0)
    boards = [Wallboard(f"http://127.0.0.1:{settings.web_port}") for _ in range(clients)]

    def work() -> tuple[list[str], float, int]:
        process = psutil.Process(worker.pid)
        before = process.cpu_times()
        producer = start("producer", settings, seconds, rate)
        output, _ = producer.communicate(timeout=seconds * 4 + 60)
        after = process.cpu_times()
        time.sleep(LATE_SECONDS / 4)
        busy = after.user + after.system - before.user - before.system
        return output.splitlines(), busy, process.memory_info().rss

    def settled(listening: list[Wallboard]) -> bool:
        return all(board.counts for board in listening)  # the worker has joined its group, and counts

    lines, busy, memory = asyncio.run(listen_while(boards, work, settled))
    worker.send_signal(signal.SIGTERM)
    worker.wait(30)
    sent_at = [float(line.split()[1]) for line in lines if line.startswith("MARK")]
    events, took = next(line.split()[1:] for line in lines if line.startswith("SENT"))
    found = [latency for board in boards for latency in latencies(board.heard, sent_at)]
    since = [each for board in boards for each in board.since_snapshot]
    missing = clients * len(sent_at) - len(found)
    print(
        f"{clients} wallboards, {int(events) / float(took):,.0f} events/s for {float(took):.0f} s, {len(sent_at)} marks"
    )
    print(f"  event to wallboard     {spread(found)}  {missing} missing")
    print(f"  snapshot to wallboard  {spread(since)}")
    print(f"  worker: {100 * busy / float(took):.0f} % of a core, {memory / 2**20:.0f} MiB", flush=True)


def measure_throughput(settings: Settings, clients: int, events: int) -> tuple[float, float]:
    """Return events a second of the wall clock and of CPU time, with so many wallboards."""
    worker = start("worker", settings, events)
    boards = [Wallboard(f"http://127.0.0.1:{settings.web_port}") for _ in range(clients)]

    def work() -> str:
        output, _ = worker.communicate(timeout=300)
        return output

    output = asyncio.run(listen_while(boards, work, lambda _: True))
    for line in output.splitlines():
        if line.startswith("RESULT "):
            taken = json.loads(line.removeprefix("RESULT "))
            heard = statistics.mean(board.messages for board in boards) if boards else 0
            wall, cpu = taken["events"] / taken["wall"], taken["events"] / taken["cpu"]
            print(
                f"  {clients:4} wallboards {wall:>9,.0f} events/s  {cpu:>9,.0f} events per CPU second"
                f"  ({heard:.0f} messages each)",
                flush=True,
            )
            return wall, cpu
    raise RuntimeError(f"the worker gave no result:\n{output}")


def free_port() -> int:
    """Return a port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(clients: int, rate: int, seconds: int, events: int) -> None:
    """Print all of it."""
    with EmbeddedBroker() as broker, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        layout = folder / "layout.yaml"
        layout.write_text(default_text() + MARK_PAGE)
        base = {"broker": broker.address, "partitions": PARTITIONS, "session_timeout_seconds": 6}
        base |= {"layout_file": str(layout), "web_stream_limit": max(1, clients), "log_level": "error"}

        def settings(app: str, prefix: str) -> Settings:
            topics = {
                f"topic_{topic}": f"{prefix}-{topic.replace('_', '-')}"
                for topic in ("ticket_opened", "ticket_response", "ticket_status", "survey", "customer")
            }
            return Settings(**base, **topics, app_id=app, data_dir=folder / app, web_port=free_port())  # type: ignore[arg-type]

        live = settings("streams-live", "live")
        asyncio.run(ensure(live))
        measure_latency(live, clients, rate, seconds)
        if events:
            filled = settings("streams-fill", "filled")
            asyncio.run(fill(filled, events, anonymous=True))
            print(f"as fast as it can, {events:,} events")
            wall = {}
            for number in (0, clients):
                each = settings(f"streams-{number}", "filled")
                asyncio.run(ensure(each))
                wall[number], _ = measure_throughput(each, number, events)
            print(f"with wallboards {100 * wall[clients] / wall[0]:.0f} % of what it is without")


ROLES: dict[str, Callable[..., None]] = {"worker": run_worker, "producer": run_producer}


def main() -> None:
    """Measure, or be one of the processes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=200, help="how many wallboards listen (default 200)")
    parser.add_argument("--rate", type=int, default=10_000, help="events a second (default 10000)")
    parser.add_argument("--seconds", type=int, default=30, help="for how long (default 30)")
    parser.add_argument("--events", type=int, default=300_000, help="to read as fast as it can (default 300000)")
    parser.add_argument("--role", choices=list(ROLES), help=argparse.SUPPRESS)
    parser.add_argument("--options", help=argparse.SUPPRESS)
    parser.add_argument("--numbers", type=int, nargs="*", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.role:
        ROLES[arguments.role](Settings(**json.loads(arguments.options)), *arguments.numbers)
    else:
        print(f"{os.cpu_count()} cores", flush=True)
        measure(arguments.clients, arguments.rate, arguments.seconds, arguments.events)


if __name__ == "__main__":
    main()
