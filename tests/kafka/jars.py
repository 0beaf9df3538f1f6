"""Where the jars of a real Kafka come from: Maven copies them once into a folder that git ignores."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
CACHE = Path(__file__).parents[2] / ".run"


class CannotRunKafkaError(Exception):
    """This machine lacks a program that is needed; the text names it."""


def program(name: str) -> str:
    """Return the path of a program, or raise CannotRunKafkaError."""
    found = shutil.which(name)
    if found is None:
        raise CannotRunKafkaError(f"a real Kafka needs `{name}`, which is not installed here")
    return found


def kafka_jars() -> Path:
    """Return the folder with the jars that pom.xml names; the first call downloads them (some 40 MB).

    Raises:
        CannotRunKafkaError: java or mvn is missing.
        subprocess.CalledProcessError: Maven failed; it has said why on its own output.
    """
    program("java")
    jars = CACHE / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if not jars.is_dir():
        import fcntl  # noqa: PLC0415 - not there on Windows

        CACHE.mkdir(exist_ok=True)
        with (CACHE / "kafka.lock").open("w") as lock:
            # Tests run in several processes, and two Mavens at once spoil what they download.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not jars.is_dir():
                _download(jars)
    return jars


def _download(jars: Path) -> None:
    unfinished = jars.with_name(f"{jars.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    subprocess.run(
        [program("mvn"), "-q", "-B", "-f", POM, f"-Djars={unfinished}", "package"],
        check=True,
        timeout=600,
    )
    unfinished.rename(jars)


def java(*arguments: str) -> list[str]:
    """Spell a command that runs a class of Kafka; a client compiler alone, because short runs are what matters."""
    return [
        program("java"),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-cp",
        f"{kafka_jars()}{os.sep}*",
        *arguments,
    ]
