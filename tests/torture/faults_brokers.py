"""Brokers that die, leaders that move, wires that are cut, disks that are full."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import Any

from tests.torture.cluster import NODES
from tests.torture.kinds import fault
from tests.torture.siege import SESSION_SECONDS, Siege

OUTAGE_SECONDS = 2.0


async def _leader(siege: Siege, topic: str) -> int:
    """Return the index of the node that leads partition 0 of a topic."""
    async with siege.admin() as client:
        [described] = await client.describe_topics([topic])
    leaders = {each["partition"]: each["leader"] for each in described["partitions"]}
    return int(leaders[0]) - 1


async def _node_dies(siege: Siege, index: int) -> None:
    node = siege.cluster.nodes[index]
    await asyncio.to_thread(node.kill)
    await asyncio.sleep(OUTAGE_SECONDS + siege.chance.uniform(0, 2))
    await asyncio.to_thread(node.start)


@fault("leader of a source partition kill -9")
async def source_leader_killed(siege: Siege) -> None:
    async with siege.under_load():
        await _node_dies(siege, await _leader(siege, siege.settings.topic_ticket_opened))


@fault("leader of a changelog partition kill -9")
async def changelog_leader_killed(siege: Siege) -> None:
    async with siege.under_load():
        await _node_dies(siege, await _leader(siege, siege.settings.changelog_topic))


@fault("leader of the changelog and a worker kill -9 together")
async def leader_and_worker_killed(siege: Siege) -> None:
    async with siege.under_load():
        index = await _leader(siege, siege.settings.changelog_topic)
        siege.kill(siege.any_worker())
        await _node_dies(siege, index)
    siege.restart_the_fallen()


@fault("group coordinator kill -9")
async def coordinator_killed(siege: Siege) -> None:
    async with siege.under_load():
        async with siege.admin() as client:
            coordinator = await client.find_coordinator(siege.settings.app_id)
        await _node_dies(siege, int(coordinator) - 1)


@fault("group coordinator kill -9, before the first commit", uncommitted=True)
async def coordinator_killed_early(siege: Siege) -> None:
    async with siege.under_load(lead_seconds=0.1):
        async with siege.admin() as client:
            coordinator = await client.find_coordinator(siege.settings.app_id)
        await _node_dies(siege, int(coordinator) - 1)


@fault("a node shut down in order and started again")
async def node_upgraded(siege: Siege) -> None:
    async with siege.under_load():
        node = siege.chance.choice(siege.cluster.nodes)
        await asyncio.to_thread(node.stop)
        await asyncio.to_thread(node.start)


@fault("whole cluster kill -9 and started again")
async def cluster_restarted(siege: Siege) -> None:
    async with siege.under_load():
        for node in siege.cluster.nodes:
            await asyncio.to_thread(node.kill)
        await asyncio.sleep(siege.chance.uniform(0.5, 3))
        await asyncio.to_thread(siege.cluster.start)


@fault("leaders moved by a reassignment, and back by an election")
async def leaders_moved(siege: Siege) -> None:
    topics = [siege.settings.changelog_topic, *siege.settings.source_topics().values()]
    async with siege.admin() as client:
        described = await client.describe_topics(topics)
    plan: dict[str, Any] = {"version": 1, "partitions": []}
    for topic in described:
        for each in topic["partitions"]:
            replicas = [*each["replicas"][1:], each["replicas"][0]]
            plan["partitions"].append({"topic": topic["topic"], "partition": each["partition"], "replicas": replicas})
    (siege.cluster.nodes[0].folder / "plan.json").write_text(json.dumps(plan))
    where = f"--bootstrap-server {siege.cluster.address()}"
    async with siege.under_load():
        run = siege.cluster.nodes[0].run
        await asyncio.to_thread(
            run, f"kafka-reassign-partitions.sh {where} --reassignment-json-file plan.json --execute"
        )
        await asyncio.to_thread(
            run, f"kafka-leader-election.sh {where} --election-type preferred --all-topic-partitions"
        )


@fault("a broker stands still for some seconds")
async def broker_stands_still(siege: Siege) -> None:
    async with siege.under_load():
        node = siege.chance.choice(siege.cluster.nodes)
        node.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(siege.chance.uniform(1, 5))
        finally:
            node.signal(signal.SIGCONT)


def _wire(name: str, mode: Any, seconds: float, *, uncommitted: bool = False) -> None:
    """Declare a fault of the wires between one worker and all brokers."""

    @fault(name, uncommitted=uncommitted)
    async def body(siege: Siege) -> None:
        slot = siege.any_worker()
        async with siege.under_load(lead_seconds=0.1 if uncommitted else 0.7):
            siege.cluster.wires.set(slot, mode)
            try:
                await asyncio.sleep(seconds)
            finally:
                siege.cluster.wires.set(slot, "pass")


_wire("wires of one worker cut for a moment", "cut", 0.5)
_wire("wires of one worker cut longer than its session", "cut", SESSION_SECONDS + 2)
_wire("wires of one worker stalled longer than its session", "stall", SESSION_SECONDS + 2)
_wire("wires of one worker stalled, before the first commit", "stall", SESSION_SECONDS + 2, uncommitted=True)
_wire("wires of one worker slow", "slow", 5.0)


@fault("wires of one worker stalled while another is killed")
async def stalled_and_killed(siege: Siege) -> None:
    slot = siege.any_worker()
    async with siege.under_load():
        siege.cluster.wires.set(slot, "stall")
        try:
            siege.kill(siege.chance.choice([other for other in siege.workers if other != slot]))
            await asyncio.sleep(SESSION_SECONDS + 1)
        finally:
            siege.cluster.wires.set(slot, "pass")
    siege.restart_the_fallen()


@fault("two of three brokers gone: nothing is acknowledged")
async def two_nodes_gone(siege: Siege) -> None:
    async with siege.under_load():
        gone = siege.chance.sample(siege.cluster.nodes, NODES - 1)
        for node in gone:
            await asyncio.to_thread(node.kill)
        await asyncio.sleep(OUTAGE_SECONDS)
        await asyncio.to_thread(siege.cluster.start)
