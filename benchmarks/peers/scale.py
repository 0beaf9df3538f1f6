"""What an event costs with more tickets and with more partitions, as a table and as a chart.

    python -m benchmarks.peers.scale [--events 25000 50000 100000 200000] [--partitions 1 4 16 64] [--to docs/cost.svg]

Measured as by `python -m benchmarks.peers`; a third of the events open tickets. Partitions vary with the second number
of events, tickets with the second number of partitions.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.peers.__main__ import FEW, kafka
from benchmarks.peers.catalogue import PEERS
from benchmarks.peers.chart import Chart, svg
from benchmarks.peers.desk import Desk
from benchmarks.peers.log import in_order
from benchmarks.peers.process import CORE, pin
from benchmarks.peers.table import rate_of

MICROSECONDS = 1_000_000
Costs = dict[str, list[tuple[float, float]]]


async def cost(desk: Desk, names: list[str], size: int, where: float, costs: Costs) -> None:
    """Note microseconds an event of a log of this size under `where`."""
    few, log = await desk.fill(in_order(FEW)), await desk.fill(in_order(size))
    for name in names:
        peer = PEERS.get(name)
        start = await desk.read(peer, few, judged=False)
        taken = await desk.read(peer, log, judged=False)
        rate = rate_of(size, taken.cpu_seconds, FEW, start.cpu_seconds)
        costs[peer.name if peer else "Deskpulse"].append((where, MICROSECONDS / rate))
        print(
            f"{name:10} {where:>9,.0f} {MICROSECONDS / rate:8.1f} us an event  {taken.memory >> 20:,} MiB", flush=True
        )


async def measure(arguments: argparse.Namespace, broker: str, folder: Path) -> list[Chart]:
    """Measure both series."""
    by_tickets: Costs = defaultdict(list)
    by_partitions: Costs = defaultdict(list)
    print("tickets")
    for size in arguments.events:
        tickets = sum(event["type"] == "ticket.opened" for event in in_order(size))
        await cost(Desk(broker, arguments.partitions[1], folder), arguments.only, size, tickets, by_tickets)
    print("partitions")
    for partitions in arguments.partitions:
        desk = Desk(broker, partitions, folder)
        await cost(desk, arguments.only, arguments.events[1], partitions, by_partitions)
    return [
        Chart("CPU time an event, µs", "tickets", by_tickets),
        Chart("CPU time an event, µs", "partitions", by_partitions),
    ]


def main() -> None:
    """Measure, and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, nargs="+", default=[25_000, 50_000, 100_000, 200_000])
    parser.add_argument("--partitions", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument(
        "--only", nargs="+", choices=["deskpulse", *PEERS], default=["deskpulse", "aiokafka", "pathway"]
    )
    parser.add_argument("--to", type=Path, help="where the chart is written")
    arguments = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    pin(os.getpid(), set(range(os.cpu_count() or 1)) - CORE or CORE)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        charts = asyncio.run(measure(arguments, stack.enter_context(kafka(folder)), folder))
    if arguments.to:
        arguments.to.write_text(svg(charts), encoding="utf-8")


if __name__ == "__main__":
    main()
