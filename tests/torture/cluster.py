"""Three nodes of Apache Kafka on this machine, and a wire to them for each worker that can be cut by itself."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.kafka.node import HOST, START_SECONDS, Node, free_ports, new_cluster_id, urls
from tests.torture.wire import Wires

NODES: Final = 3
# A worker's slot in the cluster: its own listener on each node, whose advertised address is a wire of its own.
SLOTS: Final = ("A", "B", "C", "D")
HEAP: Final = "320m"
DISK_BYTES: Final = 512 << 20


class Cluster:
    """A KRaft cluster whose nodes are brokers and controllers; whatever is written is on two of them."""

    def __init__(self, folder: Path, small_disk: Path | None = None) -> None:
        """small_disk: a file system that can be filled, on which node 1 keeps its data; None for none."""
        self.small_disk = small_disk
        names = ("CONTROLLER", "PLAIN", *SLOTS)
        given = free_ports(NODES * len(names))
        ports = [dict(zip(names, given[i::NODES], strict=True)) for i in range(NODES)]
        wired = {
            (slot, node): port
            for (slot, node), port in zip(
                [(slot, node) for slot in SLOTS for node in range(NODES)], free_ports(NODES * len(SLOTS)), strict=True
            )
        }
        self.wires = Wires(folder, {key: (port, ports[key[1]][key[0]]) for key, port in wired.items()})
        self._wired = wired
        self._plain = [each["PLAIN"] for each in ports]
        cluster_id = new_cluster_id()
        voters = ",".join(f"{i + 1}@{HOST}:{each['CONTROLLER']}" for i, each in enumerate(ports))
        self.nodes: list[Node] = []
        for i, own in enumerate(ports):
            home = folder / f"node{i + 1}"
            home.mkdir(parents=True)
            advertised = {"PLAIN": own["PLAIN"]} | {slot: wired[slot, i] for slot in SLOTS}
            logs = home / "data" if small_disk is None or i else small_disk / "data"
            properties = _properties(i + 1, voters, own, advertised, logs)
            node = Node(home, properties, own["PLAIN"], HEAP)
            self.nodes.append(node)
        with ThreadPoolExecutor(NODES) as pool:
            list(pool.map(lambda node: node.format(cluster_id), self.nodes))

    def address(self, slot: str | None = None) -> str:
        """Return the bootstrap servers, seen through the wires of a slot; None for the wires that are never cut."""
        ports = self._plain if slot is None else [self._wired[slot, i] for i in range(NODES)]
        return ",".join(f"{HOST}:{port}" for port in ports)

    def start(self) -> None:
        """Start every node that does not run, and wait until all serve."""
        for node in self.nodes:
            if not node.running:
                node.launch()
        for node in self.nodes:
            node.await_serving()

    async def whole(self) -> None:
        """Wait until every node knows that all are there: a node accepts before it does."""
        give_up_at = time.monotonic() + START_SECONDS
        while not all([await self._knows_all(port) for port in self._plain]):
            if time.monotonic() > give_up_at:
                raise RuntimeError("the nodes do not see each other")
            await asyncio.sleep(0.2)

    async def _knows_all(self, port: int) -> bool:
        client = AIOKafkaAdminClient(bootstrap_servers=f"{HOST}:{port}")
        try:
            await client.start()
            return len((await client.describe_cluster())["brokers"]) == NODES
        except KafkaError:
            return False
        finally:
            await client.close()

    def end(self) -> None:
        """End everything at once."""
        for node in self.nodes:
            node.kill()
        self.wires.end()


def _properties(
    number: int, voters: str, ports: dict[str, int], advertised: dict[str, int], logs: Path
) -> dict[str, str]:
    replicated = {
        f"{prefix}.{name}": value
        for prefix in ("offsets.topic", "transaction.state.log")
        for name, value in (("replication.factor", "3"), ("num.partitions", "3"))
    }
    return replicated | {
        "process.roles": "broker,controller",
        "node.id": str(number),
        "controller.quorum.voters": voters,
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAIN",
        "listeners": urls(ports),
        "advertised.listeners": urls(advertised),
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in ports),
        "log.dirs": str(logs),
        "default.replication.factor": "3",
        "min.insync.replicas": "2",
        "transaction.state.log.min.isr": "2",
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        # A node that is gone is missed after 3 s, not 9, so that a round takes seconds.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        "replica.lag.time.max.ms": "4000",
        "controller.quorum.election.timeout.ms": "1000",
        "controller.quorum.fetch.timeout.ms": "2000",
        # What a fault deletes is gone at once; what can be compacted is.
        "log.cleaner.backoff.ms": "200",
        "log.segment.delete.delay.ms": "500",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "num.partitions": "1",
        "log.index.size.max.bytes": "1048576",
    }


@contextlib.contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """Give a cluster that serves; its first node has a small disk if this process may mount one."""
    with _small_disk(folder / "disk") as disk:
        cluster = Cluster(folder, disk)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.end()


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[Path | None]:
    folder.mkdir(parents=True)
    mount = shutil.which("mount")
    arguments = ["-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if mount is None or subprocess.run([mount, *arguments], capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
