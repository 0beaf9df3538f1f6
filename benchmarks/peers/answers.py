"""What a peer answers: objects in a topic, `{"key": "backlog/email", "n": 3}`, of which the last of a key counts."""

from __future__ import annotations

from typing import Any, Protocol

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.peers.oracle import Numbers, wrong

# Pathway takes an answer back before it gives another one.
TAKEN_BACK = ("pathway_diff", b"-1")


class Judge(Protocol):
    """Follows what a program makes of a log."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Disconnect."""

    async def take(self) -> bool:
        """Look once more; returns whether anything has changed since the last time."""

    @property
    def begun(self) -> bool:
        """Whether anything was seen of the program at all."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to wait for."""

    async def verdict(self) -> tuple[int, int]:
        """Return how many numbers are wrong, of how many."""


class Answers:
    """The answers so far, read without a group from the only partition of their topic."""

    def __init__(self, broker: str, topic: str, expected: Numbers) -> None:
        """topic: has to be there by the time of start(). expected: of all that is sent in the end."""
        self._expected = expected
        self._numbers: dict[tuple[str, str], int] = {}
        self._partition = TopicPartition(topic, 0)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=broker,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            enable_auto_commit=False,
        )

    async def start(self) -> None:
        """Connect."""
        await self._consumer.start()
        self._consumer.assign([self._partition])

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def take(self) -> bool:
        """Take in what came since the last call; returns whether a number is another than before."""
        changed = False
        for record in (await self._consumer.getmany(self._partition, timeout_ms=20)).get(self._partition, ()):
            if record.value is not None and TAKEN_BACK not in record.headers:
                for name, value in named(orjson.loads(record.value)).items():
                    changed |= self._numbers.get(name) != value
                    self._numbers[name] = value
        return changed

    @property
    def begun(self) -> bool:
        """Whether there is any answer."""
        return bool(self._numbers)

    @property
    def complete(self) -> bool:
        """Whether all answers are right."""
        return not wrong(self._expected, self._numbers)

    async def verdict(self) -> tuple[int, int]:
        """Return how many numbers are wrong, of how many."""
        return wrong(self._expected, self._numbers), len(self._expected)


def named(answer: dict[str, Any]) -> dict[tuple[str, str], int]:
    """Give each number of an answer its name."""
    return {(answer["key"], field): value for field, value in answer.items() if field not in {"key", "diff", "time"}}
