"""How many signed deliveries a second one core takes in, how long their senders wait, and where the time goes.

    python -m benchmarks.intake [--seconds 20] [--connections 64] [--profile]

`deskpulse intake` as it is started in earnest on one core; the broker in memory and the sender on the others. The
deliveries are Zendesk's public comments, each of another ticket, signed as Zendesk signs; a sender sends its next one
when the one before is answered. In the end the events in Kafka are counted. With --profile the same runs again, under
cProfile, which slows it down to about half.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import os
import pstats
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

import aiohttp
import psutil
from aiokafka import TopicPartition

from stream.broker.embedded import EmbeddedBroker
from stream.broker.lag import offsets
from stream.broker.topics import ensure
from stream.settings import PREFIX, Settings

SECRET = "a secret of the benchmark"
SAMPLE = Path(__file__).parents[1] / "tests" / "intake" / "vendors" / "zendesk" / "agent_reply.json"
SOURCES = """
version: 1
sources:
  - {path: /zendesk, mapping: zendesk, secrets: {env: ZENDESK_SECRET}, deliveries_per_second: 100000}
"""


def requests(port: int, first: int, step: int) -> Iterator[bytes]:
    """Make deliveries, each of another ticket, as bytes for a connection that is kept."""
    sample = SAMPLE.read_bytes()
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    number = first
    while True:
        body = sample.replace(b'"17"', b'"%d"' % number).replace(b'"8801"', b'"c%d"' % number)
        mac = b64encode(hmac.digest(SECRET.encode(), at.encode() + body, "sha256")).decode()
        head = (
            f"POST /zendesk HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"X-Zendesk-Webhook-Signature-Timestamp: {at}\r\nX-Zendesk-Webhook-Signature: {mac}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body
        number += step


@dataclass
class Tally:
    """What the senders met."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0


class Sender(asyncio.Protocol):
    """One connection, without a library around it: what it costs is not to be measured."""

    def __init__(self, made: Iterator[bytes], tally: Tally, until: float) -> None:
        """until: when the last delivery is sent, by the clock of the event loop."""
        self._made = made
        self._tally = tally
        self._until = until
        self._began = 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take an answer, which is so small that it comes at once, and send the next."""
        if data.startswith(b"HTTP/1.1 200"):
            self._tally.seconds.append(time.perf_counter() - self._began)
        else:
            self._tally.refused += 1
        if time.monotonic() < self._until:
            self._send()
        else:
            self._transport.close()
            self.done.set_result(None)

    def _send(self) -> None:
        self._began = time.perf_counter()
        self._transport.write(next(self._made))


async def _send(port: int, connections: int, seconds: float) -> Tally:
    tally, until = Tally(), time.monotonic() + seconds
    loop = asyncio.get_running_loop()
    senders = []
    for first in range(connections):
        make = partial(Sender, requests(port, first, connections), tally, until)
        senders.append((await loop.create_connection(make, "127.0.0.1", port))[1])
    await asyncio.gather(*(sender.done for sender in senders))
    return tally


async def _until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    async with asyncio.timeout(60), aiohttp.ClientSession() as session:
        while process.poll() is None:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.1)
    raise SystemExit("deskpulse intake did not start; its log is above")


def run(folder: Path, connections: int, seconds: float, profile: Path | None) -> None:
    """Run once and print."""
    cores = sorted(os.sched_getaffinity(0))
    with EmbeddedBroker() as broker, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        settings = Settings(broker=broker.address, web_connection_limit=max(1000, 2 * connections))
        asyncio.run(_ensure(settings))
        (folder / "intake.yaml").write_text(SOURCES)
        given = {"broker": broker.address, "intake_port": port, "intake_file": folder / "intake.yaml"}
        environment = {**os.environ, "ZENDESK_SECRET": SECRET}
        environment |= {f"{PREFIX}{name.upper()}": str(value) for name, value in given.items()}
        command = [sys.executable, *(["-m", "cProfile", "-o", str(profile)] if profile else [])]
        process = subprocess.Popen([*command, "-m", "stream.cli.main", "intake"], env=environment)
        try:
            os.sched_setaffinity(process.pid, {cores[0]})
            for pid in (os.getpid(), broker.pid):
                os.sched_setaffinity(pid, set(cores[1:]) or {cores[0]})
            asyncio.run(_until_ready(port, process))
            watched = psutil.Process(process.pid)
            asyncio.run(_send(port, connections, 2))  # what is slower at first is not measured
            before, began = sum(watched.cpu_times()[:2]), time.monotonic()
            tally = asyncio.run(_send(port, connections, seconds))
            elapsed, cpu = time.monotonic() - began, sum(watched.cpu_times()[:2]) - before
            memory = watched.memory_info().rss
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        topic = settings.topic_ticket_response
        places = [TopicPartition(topic, number) for number in range(settings.partitions)]
        _, ends = asyncio.run(offsets(settings, places))
    percentiles = quantiles(tally.seconds, n=1000)
    shown = {"p50": 499, "p95": 949, "p99": 989, "p99.9": 998}
    print(
        f"{len(tally.seconds) / elapsed:,.0f} deliveries a second over {elapsed:.0f} s, {connections} connections, ",
        end="",
    )
    print(f"{tally.refused} not acknowledged; {100 * cpu / elapsed:.0f} % of a core, {memory / 2**20:.0f} MiB")
    print(f"{1e6 * cpu / len(tally.seconds):,.0f} us of CPU each; answered after ", end="")
    print(", ".join(f"{name} {1000 * percentiles[place]:.1f} ms" for name, place in shown.items()), end="")
    print(f", longest {1000 * max(tally.seconds):.1f} ms; {sum(ends.values()):,} events in Kafka, warm-up included")


async def _ensure(settings: Settings) -> None:
    for result in await ensure(settings):
        assert result.there, result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--profile", action="store_true", help="run again, and say where the time goes")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        run(Path(folder), options.connections, options.seconds, None)
        if options.profile:
            file = Path(folder) / "profile"
            run(Path(folder), options.connections, min(10, options.seconds), file)
            pstats.Stats(str(file)).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
