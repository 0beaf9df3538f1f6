"""Webhooks as fast as one core takes them, while intake and broker are ended, killed and started again.

    python -m benchmarks.intake_restarts [--seconds 60] [--connections 64]

A real Apache Kafka (Java 17, Maven), `deskpulse intake` on one core, and a helpdesk that sends each delivery again
until it is acknowledged with 2xx: the opening of a ticket, then the agent's answer, signed as Zendesk signs. At a fifth
of the time the intake gets SIGTERM, at two fifths SIGKILL, at three fifths the broker gets SIGKILL, and at four fifths
the intake again. In the end a worker counts what is in Kafka, and its numbers are compared with what was acknowledged.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import os
import shutil
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import psutil

from benchmarks.intake import SECRET, SOURCES
from stream.broker.topics import ensure
from stream.settings import PREFIX, Settings
from tests.engine.desk import Desk, open_desk
from tests.kafka.server import KafkaServer

SAMPLES = Path(__file__).parents[1] / "tests" / "intake" / "vendors" / "zendesk"
_AGAIN_SECONDS = 0.1
_ANSWER_SECONDS = 10.0


@dataclass
class Tally:
    """What the helpdesk did and met."""

    acknowledged: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    by_second: Counter[int] = field(default_factory=Counter)


class Helpdesk:
    """Connections on each of which one delivery after the other is sent until it is acknowledged."""

    def __init__(self, port: int, connections: int) -> None:
        self._port = port
        self._connections = connections
        self._samples = [(SAMPLES / f"{name}.json").read_bytes() for name in ("created", "agent_reply")]
        self.tally = Tally()

    async def send(self, seconds: float) -> None:
        """Send for so long, and until what was begun is acknowledged."""
        until = time.monotonic() + seconds
        await asyncio.gather(*(self._one(first, until) for first in range(self._connections)))

    async def _one(self, number: int, until: float) -> None:
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while time.monotonic() < until:
            for sample in self._samples:  # a ticket is opened and answered
                connection = await self._until_acknowledged(self._request(sample, number), connection)
            number += self._connections
        if connection is not None:
            connection[1].close()

    async def _until_acknowledged(
        self, request: bytes, connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        tally = self.tally
        while True:
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    if connection is None:
                        connection = await asyncio.open_connection("127.0.0.1", self._port)
                    reader, writer = connection
                    writer.write(request)
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                    await reader.readexactly(length)
                status = head[9:12].decode()
            except (OSError, EOFError, TimeoutError) as error:
                status = type(error).__name__
                if connection is not None:
                    connection[1].close()
                connection = None
            if status == "200":
                assert connection is not None  # as it answered
                tally.acknowledged += 1
                tally.by_second[int(time.monotonic())] += 1
                return connection
            tally.answers[status] += 1
            await asyncio.sleep(_AGAIN_SECONDS)

    def _request(self, sample: bytes, number: int) -> bytes:
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = sample.replace(b'"17"', b'"%d"' % number).replace(b'"8801"', b'"c%d"' % number)
        parsed = orjson.loads(body)
        body = body.replace(parsed["time"].encode(), at.encode())
        mac = b64encode(hmac.digest(SECRET.encode(), at.encode() + body, "sha256")).decode()
        head = (
            f"POST /zendesk HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Zendesk-Webhook-Signature-Timestamp: {at}\r\nX-Zendesk-Webhook-Signature: {mac}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class Intake:
    """`deskpulse intake` on one core, one process after the other."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        (folder / "intake.yaml").write_text(SOURCES)
        given = {"broker": settings.broker, "intake_port": settings.intake_port, "intake_file": folder / "intake.yaml"}
        given |= {"partitions": settings.partitions, "app_id": settings.app_id, "log_level": "warning"}
        self._environment = {**os.environ, "ZENDESK_SECRET": SECRET}
        self._environment |= {f"{PREFIX}{name.upper()}": str(value) for name, value in given.items()}
        self.cpu_seconds = 0.0
        self.start()

    def start(self) -> None:
        """Start it, and pin it to the first core."""
        command = [sys.executable, "-m", "stream.cli.main", "intake"]
        self._process = subprocess.Popen(command, env=self._environment)
        os.sched_setaffinity(self._process.pid, {min(os.sched_getaffinity(0))})

    def end(self, number: signal.Signals) -> None:
        """End it, and keep what it used."""
        self.cpu_seconds += sum(psutil.Process(self._process.pid).cpu_times()[:2])
        self._process.send_signal(number)
        self._process.wait(30)


async def _troubles(intake: Intake, kafka: KafkaServer, seconds: float) -> None:
    began = time.monotonic()

    async def at(fifth: int, what: str) -> None:
        await asyncio.sleep(began + fifth * seconds / 5 - time.monotonic())
        print(f"  {fifth * seconds / 5:3.0f} s  {what}", flush=True)

    await at(1, "intake: SIGTERM, and started again")
    await asyncio.to_thread(intake.end, signal.SIGTERM)
    intake.start()
    await at(2, "intake: SIGKILL, and started again")
    await asyncio.to_thread(intake.end, signal.SIGKILL)
    intake.start()
    await at(3, "broker: SIGKILL, and started again")
    await asyncio.to_thread(kafka.kill)
    await asyncio.to_thread(kafka.start)
    await at(4, "intake: SIGKILL, and started again")
    await asyncio.to_thread(intake.end, signal.SIGKILL)
    intake.start()


async def _counted(desk: Desk, acknowledged: int) -> None:
    worker = desk.start()
    shown = await worker.until_caught_up(600)
    tickets = shown["report"]["tickets"]
    applied, doubled = shown["counters"]["applied"], shown["counters"]["duplicates"]
    print(f"{acknowledged:,} deliveries acknowledged; a worker counts {applied:,} events and {doubled:,} second copies")
    print(f"{tickets['opened']:,} tickets opened, of {acknowledged // 2:,} that were sent")
    if (applied, tickets["opened"]) != (acknowledged, acknowledged // 2):
        raise SystemExit("something was lost or doubled")


async def run(folder: Path, seconds: float, connections: int) -> None:
    """Run once and print."""
    kafka = KafkaServer(folder / "kafka")
    await asyncio.to_thread(kafka.start)
    try:
        base = Settings(broker=kafka.address(), partitions=4, replication_factor=1, web_port=0)
        settings = base.model_copy(update={"intake_port": kafka.ports["LOST"] + 1, "data_dir": folder / "data"})
        for result in await ensure(settings):
            assert result.there, result
        intake = Intake(settings, folder)
        helpdesk = Helpdesk(settings.intake_port, connections)
        print(f"{seconds:.0f} s, {connections} connections, one core for the intake")
        began = time.monotonic()
        await asyncio.gather(helpdesk.send(seconds), _troubles(intake, kafka, seconds))
        elapsed, tally = time.monotonic() - began, helpdesk.tally
        intake.end(signal.SIGTERM)
        best = sorted(tally.by_second.values())[len(tally.by_second) // 2 :]
        print(
            f"{tally.acknowledged / elapsed:,.0f} acknowledged a second over {elapsed:.0f} s, outages included;",
            end=" ",
        )
        print(f"{sum(best) / len(best):,.0f} in the better half of the seconds")
        print(
            f"{1e6 * intake.cpu_seconds / tally.acknowledged:,.0f} us of CPU each, starts included; sent again after",
            end=" ",
        )
        print(", ".join(f"{why}: {count:,}" for why, count in tally.answers.most_common()))
        with open_desk(settings, folder) as desk:
            await _counted(desk, tally.acknowledged)
    finally:
        kafka.stop()


def main() -> None:
    """Measure, compare and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    if shutil.which("java") is None:
        raise SystemExit("this needs Java 17 and Maven")
    with TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder), options.seconds, options.connections))


if __name__ == "__main__":
    main()
