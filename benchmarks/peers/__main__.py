"""Deskpulse beside other ways to count the same from the same Kafka: what an event costs, and what they answer.

    python -m benchmarks.peers [--events 300000] [--runs 3] [--only faust quix] [--without-faults]

All read the same topics of a real Kafka from the beginning, in one process on core 0; Kafka has the other cores. The
work: first response time (n and sum) by channel in windows of five minutes of the response's time, open tickets by
channel, and NPS (answers, promoters, detractors) in windows. Deskpulse's worker does all of its own work instead: every
family of numbers in every window, and a changelog that is acknowledged before offsets are committed.

The cost is the CPU time of the process and its children from its start to its last answer, less that of a run over
few events, which is what a start costs. Answers are compared with a recomputation in batch (Deskpulse's, all of
them, by `deskpulse verify`): of the log in order; of the log wholly shuffled with each event twice; and of half a log
with the rest sent over 12 seconds, during which the program is killed (-9) and started again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.catalogue import PEERS, Peer
from benchmarks.peers.desk import Desk
from benchmarks.peers.installing import CannotInstallError
from benchmarks.peers.log import disordered, in_order
from benchmarks.peers.process import CORE, pin
from benchmarks.peers.running import FailedError, Taken
from benchmarks.peers.table import Row, TooShortError, markdown, rate_of
from tests.kafka.server import KafkaServer

FEW = 1000


async def measure(desk: Desk, contenders: dict[str, Peer | None], rows: dict[str, Row], count: int, runs: int) -> None:
    """Note the cost of an event, in turn, so that all have the same machine."""
    sizes = {name: int(count * (peer.share if peer else 1)) for name, peer in contenders.items()}
    logs = {size: await desk.fill(in_order(size)) for size in {FEW, *sizes.values()}}
    starts: dict[str, float] = {}
    for _ in range(runs):
        for name, peer in contenders.items():
            row, size = rows[name], sizes[name]
            if row.without:
                continue
            with noting(row):
                if name not in starts:
                    starts[name] = (await desk.read(peer, logs[FEW], judged=False)).cpu_seconds
                taken = await desk.read(peer, logs[size])
                row.rates.append(rate_of(size, taken.cpu_seconds, FEW, starts[name]))
                row.memory = max(row.memory, taken.memory)
                row.saw("in order", taken.wrong, taken.of)
                print(f"  {row.name:26} {row.rates[-1]:>9,.0f} events per CPU second {_told(taken)}", flush=True)


async def disturb(desk: Desk, contenders: dict[str, Peer | None], rows: dict[str, Row], count: int) -> None:
    """Note what is wrong after disorder and after a kill."""
    events = in_order(count)
    shuffled = await desk.fill(disordered(events))
    for name, peer in contenders.items():
        row = rows[name]
        with noting(row):
            for how, taken in (
                ("shuffled", await desk.read(peer, shuffled)),
                ("killed", await desk.kill(peer, events)),
            ):
                row.saw(how, taken.wrong, taken.of)
                print(f"  {row.name:26} {how:9} {_told(taken)}", flush=True)


@contextlib.contextmanager
def noting(row: Row) -> Iterator[None]:
    """Note in its row why a program could not be run, and go on with the others."""
    try:
        yield
    except CannotInstallError as error:
        row.without = "not installed"
        print(error, flush=True)
    except TooShortError as error:  # of this round; the others may tell
        print(f"{row.name}: {error}", flush=True)
    except FailedError as error:
        row.without = "failed"
        print(f"{row.name}: {error}", flush=True)


def _told(taken: Taken) -> str:
    return f"{taken.wrong:>6,} of {taken.of:,} wrong  {taken.memory / (1 << 20):,.0f} MiB"


@contextlib.contextmanager
def kafka(folder: Path) -> Iterator[str]:
    """Run a Kafka on the cores that the programs do not use."""
    server = KafkaServer(folder)
    server.start()
    try:
        yield server.address()
    finally:
        server.stop()


async def compare(arguments: argparse.Namespace, broker: str, folder: Path) -> None:
    """Measure, disturb, and print the table."""
    chosen: dict[str, Peer | None] = {"deskpulse": None} if "deskpulse" in arguments.only else {}
    chosen |= {name: peer for name, peer in PEERS.items() if name in arguments.only}
    rows = {
        name: Row(peer.name if peer else "Deskpulse", peer.version if peer else version("deskpulse"))
        for name, peer in chosen.items()
    }
    desk = Desk(broker, arguments.partitions, folder)
    if arguments.runs:
        print(f"{arguments.events:,} events, {arguments.partitions} partitions, {os.cpu_count()} cores", flush=True)
        await measure(desk, chosen, rows, arguments.events, arguments.runs)
    if not arguments.without_faults:
        print(f"{arguments.fault_events:,} events, disturbed", flush=True)
        await disturb(desk, chosen, rows, arguments.fault_events)
    print(markdown(list(rows.values())))


def main() -> None:
    """Compare them."""
    names = ["deskpulse", *PEERS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--fault-events", type=int, default=20_000, help="how many to disturb")
    parser.add_argument("--runs", type=int, default=3, help="how often to measure each")
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--without-faults", action="store_true", help="leave out what disorder and a kill do")
    parser.add_argument("--broker", help="host:port of a Kafka; one is started otherwise (needs Java and Maven)")
    parser.add_argument("--keep", type=Path, help="folder for logs and files, made anew")
    arguments = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # sends to topics that are just made are tried again
    # This process and the Kafka that it starts leave the core of the programs alone.
    pin(os.getpid(), set(range(os.cpu_count() or 1)) - CORE or CORE)
    with contextlib.ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(exist_ok=True)
        broker = arguments.broker or stack.enter_context(kafka(folder))
        asyncio.run(compare(arguments, broker, folder))


if __name__ == "__main__":
    main()
