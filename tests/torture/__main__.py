"""Faults on desks of a three-broker Kafka, one after the other: `make torture SEED= MINUTES=`.

Ends with 1 at the first round after which anything was lost, doubled or wrong unsaid, and names its seed and logs.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import re
import sys
import time
from pathlib import Path

from tests.torture import faults_brokers, faults_records, faults_topics, faults_workers  # noqa: F401 - they declare the faults
from tests.torture.cluster import Cluster, running_cluster
from tests.torture.kinds import FAULTS, Fault
from tests.torture.siege import CREW, Said, Siege
from tests.torture.table import Round, markdown, write
from tests.torture.verdict import Verdict, judge

ROUNDS_OF_A_DESK = 5
ROUND_SECONDS = 240


def main() -> int:
    """Run a campaign; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10.0, help="begin no further round after this long")
    parser.add_argument("--only", default="", help="only faults whose names match this regular expression")
    parser.add_argument("--go-on", action="store_true", help="go on, with a new desk, after a round that failed")
    parser.add_argument("--folder", type=Path, default=Path(".run/torture"), help="for logs and the table")
    options = parser.parse_args()
    folder = (options.folder / f"seed{options.seed}-{time.strftime('%H%M%S')}").absolute()
    folder.mkdir(parents=True)
    # What a client has to say about brokers that are away is what this is about.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    rounds = asyncio.run(_campaign(options, folder))
    write(rounds, folder)
    print(markdown(rounds))
    bad = [each for each in rounds if not each.fine]
    for each in bad:
        print(f"FAILED {each.fault} on {each.desk}: {each.error or each.verdict}")
    print(f"seed {options.seed}: {len(rounds)} faults of {len({each.fault for each in rounds})} kinds; {folder}")
    return 1 if bad or not rounds else 0


async def _campaign(options: argparse.Namespace, folder: Path) -> list[Round]:
    chance = random.Random(options.seed)
    rounds: list[Round] = []
    stop_at = time.monotonic() + options.minutes * 60
    with running_cluster(folder / "cluster") as cluster:
        for number, plan in enumerate(_desks(chance, options.only)):
            if time.monotonic() > stop_at:
                break
            begun = len(rounds)
            await _one_desk(cluster, folder / f"desk{number}", options.seed, plan, rounds, stop_at)
            write(rounds, folder)
            if not options.go_on and not all(each.fine for each in rounds[begun:]):
                break
    return rounds


def _desks(chance: random.Random, only: str):  # type: ignore[no-untyped-def]
    """Yield without end what each desk goes through: one fault before its first commit, then others."""
    kinds = [each for each in FAULTS.values() if re.search(only, each.name)]
    early, amid = [k for k in kinds if k.uncommitted], [k for k in kinds if not k.uncommitted]
    waiting: dict[str, list[Fault]] = {"early": [], "amid": []}

    def draw(name: str, of: list[Fault]) -> Fault:
        if not waiting[name]:
            waiting[name] = chance.sample(of, len(of))
        return waiting[name].pop()

    # So many that each kind, early or not, comes about as often.
    further = min(ROUNDS_OF_A_DESK, max(1, round(len(amid) / max(1, len(early)))))
    while True:
        plan = [draw("early", early)] if early else []
        plan += [draw("amid", amid) for _ in range(further if amid else 0)]
        yield sorted(plan, key=lambda fault: fault.last)


async def _one_desk(
    cluster: Cluster, folder: Path, seed: int, plan: list[Fault], rounds: list[Round], stop_at: float
) -> None:
    folder.mkdir()
    name = f"{folder.parent.name}-{folder.name}"
    siege = Siege(cluster, folder, name, seed)
    crew = CREW[: siege.chance.choice([2, 3])]
    try:
        await cluster.whole()
        await siege.start_crew(crew)
        async with siege.watched():
            for fault in plan:
                if time.monotonic() > stop_at:
                    return
                found = await _one_round(siege, fault)
                rounds.append(found)
                print(_line(found), flush=True)
                if not found.fine or fault.last:
                    return
                for slot in crew:  # a fault may have sent workers away
                    if slot not in siege.workers:
                        siege.start(slot)
                await siege.all_shown()
    finally:
        await siege.end()


async def _one_round(siege: Siege, fault: Fault) -> Round:
    began, sent = time.monotonic(), siege.truth.records
    siege.said = Said()
    verdict, error = Verdict(), ""
    try:
        async with asyncio.timeout(ROUND_SECONDS):
            watched = asyncio.create_task(siege.send_watched())
            await fault.body(siege)
            await watched
            async with siege.supervised() if fault.supervised else contextlib.nullcontext():
                verdict = await judge(siege)
    except Exception as reason:  # noqa: BLE001 - of a round nothing may be hidden: it fails, with what was said
        error = f"{type(reason).__name__}: {reason}"
    for slot, worker in siege.workers.items():
        if not error and not worker.running:
            error = f"{slot} ended with {worker.process.returncode}: {worker.log[-1500:]}"
    return Round(
        fault.name, siege.settings.app_id, siege.truth.records - sent, time.monotonic() - began, verdict, error
    )


def _line(found: Round) -> str:
    verdict = found.verdict
    after = verdict.exact_after_seconds
    what = "ok" if found.fine else f"FAILED {found.error or (verdict.lost, verdict.doubled, verdict.silent)}"
    return (
        f"{time.strftime('%H:%M:%S')} {found.fault}: {found.events} events, {found.seconds:.0f} s, "
        f"exact after {'never' if after is None else f'{after:.1f} s'}, {verdict.numbers} numbers: {what}"
    )


if __name__ == "__main__":
    sys.exit(main())
