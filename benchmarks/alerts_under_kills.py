"""How late alerts come while workers are killed, and whether each of them comes once.

    python -m benchmarks.alerts_under_kills [--broker HOST:PORT] [--seconds 120] [--kill-every 6 10] [--source FOLDER]

Tickets are opened at a steady rate and nobody answers: each is at risk after half of its target and breached at the end
of it. One of the workers is killed (-9) again and again, and started anew a second later, as a supervisor does. An
alert is late by the time from the moment it tells of to the moment at which it can be read from its topic. First the
same is done without kills. The broker is an embedded one unless an address is given; workers run as `deskpulse worker`,
from this folder or, to compare, from another checkout (--source).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from schemas.alerts import ALERT
from stream.broker.embedded import EmbeddedBroker
from stream.broker.process import spawn_owned
from stream.broker.topics import ensure
from stream.settings import PREFIX, Settings

TARGET_SECONDS = 5
READY_SECONDS = 90.0
# How long after the last kill an alert may come before it counts as missing.
PATIENCE_SECONDS = 120.0
RESTART_SECONDS = 1.0
OWN_TOPICS = (
    *("ticket_opened", "ticket_response", "ticket_status", "survey", "customer"),
    *("dead_letter", "repartition", "alerts", "live_counts"),
)
ROOT = Path(__file__).parents[1]


class Worker:
    """A worker that is started anew whenever it was killed."""

    def __init__(self, settings: dict[str, str], folder: Path, source: Path) -> None:
        """settings: the environment. folder: of its log and its scratch files. source: where its code is."""
        folder.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        own = {f"{PREFIX}DATA_DIR": str(folder / "data"), "PYTHONPATH": str(source)}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self._environment = inherited | settings | own
        self.log = folder / "worker.log"
        self.start(self.port)

    def start(self, port: int = 0) -> None:
        """Start the process; 0 takes a free port, as the one before may be taken by now."""
        with self.log.open("ab") as log:
            self.process: subprocess.Popen[bytes] = spawn_owned(
                [sys.executable, "-P", "-m", "stream.cli.main", "worker", "--port", str(port)],
                log,
                self._environment,
            )

    async def until_ready(self, session: aiohttp.ClientSession) -> None:
        """Wait until it counts."""
        give_up_at = time.monotonic() + READY_SECONDS
        while time.monotonic() < give_up_at:
            try:
                async with session.get(f"http://127.0.0.1:{self.port}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass  # it does not listen yet
            await asyncio.sleep(0.2)
        raise SystemExit(f"a worker is not ready within {READY_SECONDS:.0f} s:\n{self.log.read_text()}")


class Heard:
    """The alerts that came: how often each, and how late the first of each."""

    def __init__(self) -> None:
        """Begin with none."""
        self.times: Counter[str] = Counter()
        self.late: dict[str, float] = {}
        self._more = asyncio.Event()

    async def until(self, count: int) -> None:
        """Wait until so many have come, or none will."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(self.late) < count:
                    self._more.clear()
                    await self._more.wait()

    async def listen(self, settings: Settings) -> None:
        """Read the alerts topic until cancelled."""
        consumer = AIOKafkaConsumer(
            settings.topic_alerts, **settings.kafka_client_options(), auto_offset_reset="earliest", fetch_max_wait_ms=50
        )
        await consumer.start()
        try:
            async for record in consumer:
                alert = ALERT.validate_json(record.value)
                if alert["type"] == "sla.breached":
                    self.times[alert["alert_id"]] += 1
                    self.late.setdefault(alert["alert_id"], time.time() - alert["occurred_at"].timestamp())
                    self._more.set()
        finally:
            await consumer.stop()


async def open_tickets(settings: Settings, rate: float, seconds: float) -> int:
    """Open tickets that nobody answers; returns how many."""
    producer = AIOKafkaProducer(**settings.kafka_client_options(), acks="all")
    await producer.start()
    try:
        started, count = time.monotonic(), 0
        while (passed := time.monotonic() - started) < seconds:
            if count < passed * rate:
                count += 1
                ticket = uuid.uuid4().hex
                moment = datetime.now(UTC).isoformat()
                event = {"type": "ticket.opened", "version": 1, "event_id": ticket, "ticket_id": ticket}
                value = orjson.dumps(event | {"occurred_at": moment, "channel": "chat"})
                await producer.send(settings.topic_ticket_opened, value, key=ticket.encode())
            else:
                await asyncio.sleep(0.01)
        return count
    finally:
        await producer.stop()


async def supervise(workers: list[Worker]) -> None:
    """Start anew what ends by itself, until cancelled, and say so: no worker should."""
    while True:
        for worker in workers:
            status = worker.process.poll()
            if status is not None and status != -signal.SIGKILL:
                print(f"a worker ended with status {status}: {worker.log.read_text().splitlines()[-1]}", flush=True)
                worker.start()
        await asyncio.sleep(RESTART_SECONDS)


async def kill(workers: list[Worker], every: tuple[float, float], seconds: float, seed: int) -> int:
    """Kill one worker after the other, any of them, and start it anew a second later; returns how often."""
    chance = random.Random(seed)
    ends_at, count = time.monotonic() + seconds, 0
    while (pause := chance.uniform(*every)) < ends_at - time.monotonic():
        await asyncio.sleep(pause)
        victim = chance.choice(workers)
        victim.process.kill()
        await asyncio.to_thread(victim.process.wait)
        await asyncio.sleep(RESTART_SECONDS)
        victim.start()
        count += 1
    return count


async def measure(arguments: argparse.Namespace, broker: str, folder: Path, *, kills: bool) -> None:
    """Run a desk of its own and print what came of its alerts."""
    policy = folder / "policy.yaml"
    policy.write_text(f"version: 1\ntargets:\n  - within: {TARGET_SECONDS}s\n    channels: [chat]\n")
    app_id = f"alerts-{uuid.uuid4().hex[:8]}"
    own = {f"topic_{name}": f"{app_id}-{name.replace('_', '-')}" for name in OWN_TOPICS} | {
        "app_id": app_id,
        "broker": broker,
        "policy_file": str(policy),
        "session_timeout_seconds": str(arguments.session),
    }
    settings = Settings(**own)  # type: ignore[arg-type]  # they are read as from the environment
    await ensure(settings)
    environment = {f"{PREFIX}{name.upper()}": value for name, value in own.items()}
    workers = [Worker(environment, folder / f"worker-{n}", arguments.source) for n in range(arguments.workers)]
    heard = Heard()
    try:
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(worker.until_ready(session) for worker in workers))
        await asyncio.sleep(arguments.session)  # until the group has settled
        listening = asyncio.create_task(heard.listen(settings))
        supervising = asyncio.create_task(supervise(workers))
        killing = kill(workers, tuple(arguments.kill_every), arguments.seconds if kills else 0, arguments.seed)
        count, killed = await asyncio.gather(open_tickets(settings, arguments.rate, arguments.seconds), killing)
        await heard.until(count)
        await asyncio.sleep(2)  # for what comes twice
        listening.cancel()
        supervising.cancel()
        await asyncio.gather(listening, supervising, return_exceptions=True)
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.wait()
    late = sorted(heard.late.values()) or [float("nan")]
    print(
        f"{killed:3} kills  {count:5} breaches, {sum(heard.times.values()):5} alerts, {len(heard.times):5} distinct   "
        f"late by p50 {statistics.median(late):5.2f} s  p90 {late[int(len(late) * 0.9)]:5.2f} s  max {late[-1]:5.2f} s",
        flush=True,
    )


def main() -> None:
    """Measure without kills and with them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--broker", help="host:port of a Kafka; an embedded broker otherwise")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rate", type=float, default=10, help="tickets a second")
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--kill-every", type=float, nargs=2, default=(6, 10), metavar=("FROM", "TO"))
    parser.add_argument("--session", type=float, default=10, help="session timeout, in seconds")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--source", type=Path, default=ROOT, help="checkout whose worker is run")
    parser.add_argument("--only-kills", action="store_true", help="leave out the run without kills")
    parser.add_argument("--keep", type=Path, help="folder for the logs, made anew")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        broker = arguments.broker or stack.enter_context(EmbeddedBroker()).address
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(exist_ok=True)
        print(f"{arguments.workers} workers, {arguments.rate:g} tickets/s for {arguments.seconds:g} s, ", end="")
        print(f"sessions of {arguments.session:g} s", flush=True)
        for kills in (True,) if arguments.only_kills else (False, True):
            own = folder / ("kills" if kills else "quiet")
            own.mkdir()
            asyncio.run(measure(arguments, broker, own, kills=kills))


if __name__ == "__main__":
    main()
