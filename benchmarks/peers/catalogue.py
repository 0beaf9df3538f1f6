"""The peers: how each is installed and started. Their programs are in programs/, written as their own docs teach."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.peers.installing import compiled_java, jar_version, pinned_version, program, venv_python

PROGRAMS: Final = Path(__file__).parent / "programs"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program reads and writes.

    Attributes:
        broker: host:port.
        prefix: what the names of the source topics begin with.
        partitions: how many each of them has.
        run: a name for its group and its own topics.
        answers: the topic that it answers in.
        folder: for its files; there when it is started again.
    """

    broker: str
    prefix: str
    partitions: int
    run: str
    answers: str
    folder: Path

    def environment(self) -> dict[str, str]:
        """Spell it as the programs read it."""
        own = {
            "PEER_BROKER": self.broker,
            "PEER_PREFIX": self.prefix,
            "PEER_PARTITIONS": str(self.partitions),
            "PEER_RUN": self.run,
            "PEER_ANSWERS": self.answers,
            "PEER_STATE": str(self.folder),
        }
        inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        return inherited | own


@dataclass(frozen=True, slots=True)
class Peer:
    """A program that counts the same numbers.

    Attributes:
        name: as the table shows it.
        version: of what it is written with.
        command: makes what starts it at a place; installs what it needs, or raises CannotInstallError.
        share: what part of the events it is given, as slow ones would take very long.
    """

    name: str
    version: str
    command: Callable[[Place], list[str]]
    share: float = 1.0


def _own(script: str, *arguments: str) -> Callable[[Place], list[str]]:
    """Run a script in the project's own venv, which has what it needs."""
    return lambda _: [sys.executable, str(PROGRAMS / script), *arguments]


def _in(venv: str, script: str) -> Callable[[Place], list[str]]:
    """Run a script in a peer's venv."""
    return lambda _: [venv_python(venv), str(PROGRAMS / script)]


def _bytewax(place: Place) -> list[str]:
    """Make the partition for its snapshots, as its docs say, and run the flow with them."""
    python, snapshots = venv_python("bytewax"), place.folder / "snapshots"
    if not snapshots.exists():
        snapshots.mkdir(parents=True)
        subprocess.run([python, "-m", "bytewax.recovery", str(snapshots), "1"], check=True, capture_output=True)
    flow = str(PROGRAMS / "bytewax_flow.py")
    return [python, "-m", "bytewax.run", flow, "-r", str(snapshots), "-s", "10", "-b", "0"]


def _kafka_streams(_: Place) -> list[str]:
    source = PROGRAMS / "KafkaStreamsDesk.java"
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    return [program("java"), quiet, "-cp", compiled_java(source), source.stem]


PEERS: Final = {
    "aiokafka": Peer("bare aiokafka loop", version("aiokafka"), _own("aiokafka_loop.py")),
    "confluent": Peer(
        "bare confluent-kafka loop",
        pinned_version("confluent-kafka", "confluent"),
        _in("confluent", "confluent_loop.py"),
    ),
    "faust": Peer(
        "stock Faust", version("faust-streaming"), _own("faust_tables.py", "worker", "-l", "warn"), share=0.1
    ),
    "quix": Peer("Quix Streams", pinned_version("quixstreams", "quix"), _in("quix", "quix_dataframe.py"), share=0.2),
    "bytewax": Peer("Bytewax", pinned_version("bytewax", "bytewax"), _bytewax, share=0.5),
    "pathway": Peer("Pathway", pinned_version("pathway", "pathway"), _in("pathway", "pathway_tables.py")),
    "streams": Peer("Kafka Streams", jar_version("kafka-streams", PROGRAMS / "pom.xml"), _kafka_streams, share=2),
}
