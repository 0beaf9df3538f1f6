"""Changing changelogs while no worker runs: bad records put right, lost ones rebuilt or accepted as they are."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import orjson
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from schemas.codec import Limits, decode
from schemas.rejected import Rejected
from stream.broker.commits import LogState, commit, read_topics, source_ends
from stream.core.policy import Policy
from stream.engine.changelog.continuity import deleted_lines, rebuild_targets
from stream.engine.changelog.inspection import Inspection, inspect, read_all
from stream.engine.changelog.log_identity import LOG_KEY, LogIdentity, desk_digest
from stream.engine.changelog.owner_record import OWNER_KEY, OwnerRecord, epoch_headers
from stream.engine.changelog.replay import REPAIRED_KEY, STATE_PREFIXES, BadRecord
from stream.engine.reading.commit_note import CommitNote
from stream.engine.sending.notices import as_notice
from stream.engine.sending.outbox import Outbox, Outgoing
from stream.partition.books import Books
from stream.partition.keys import SEAL_KEY
from stream.partition.notices import Notice
from stream.partition.partition import Partition
from stream.settings import Settings


class Done(NamedTuple):
    """What became of a bad record. fixed: whether workers pass over it from now on."""

    bad: BadRecord
    fixed: bool
    text: str


class Writer:
    """Writes to changelog partitions as their owner. No worker may run meanwhile."""

    def __init__(self, settings: Settings, outbox: Outbox) -> None:
        """outbox: started."""
        self._settings = settings
        self._outbox = outbox
        self._name = f"deskpulse-changelog-{socket.gethostname()}-{os.getpid()}"

    async def repair(self, policy: Policy, number: int, state: LogState, *, drop: bool) -> list[Done]:
        """Put the states of bad records right from the sources; those that cannot be are left unless `drop`."""
        _, replay, partition = await inspect(self._settings, policy, number, state)
        if not replay.bad:
            return []
        wanted = {each.key for each in replay.bad.values() if each.key and each.key.startswith(STATE_PREFIXES)}
        begin, end = await source_ends(self._settings, [number])
        again = await self._from_sources(policy, number, begin, end) if wanted else None
        states: dict[bytes, bytes] = {}
        for key in wanted:
            if again is not None and (value := held(again, key)) is not None:
                partition.load(key, value, _now_us())
                states[key] = partition.dump(key)
        whole = not any(begin.values())
        done = [_outcome(each, states, whole=whole, drop=drop) for each in replay.bad.values()]
        offsets = sorted({*replay.repaired, *(each.bad.offset for each in done if each.fixed)})
        epoch = await self._claim(number)
        records = [Outgoing(key, value, epoch_headers(epoch)) for key, value in states.items()]
        records.append(Outgoing(REPAIRED_KEY, orjson.dumps({"offsets": offsets}), epoch_headers(epoch)))
        await self._outbox.append(self._settings.changelog_topic, number, records)
        return done

    async def rebuild(self, number: int, state: LogState) -> list[str]:
        """Have workers read the sources of a partition again from their beginning; returns what cannot be rebuilt."""
        begin, end = await source_ends(self._settings, [number])
        identity = replace(self._identity(state), rebuild=rebuild_targets(number, begin, end))
        await self._identify(number, identity, begin)
        return list(deleted_lines(number, begin))

    async def accept(self, number: int, state: LogState) -> None:
        """Have workers use a changelog as it is, whatever it may have lost."""
        offsets = {(topic, number): kept.offset for topic, kept in state.committed.items()}
        await self._identify(number, self._identity(state), offsets)

    def _identity(self, state: LogState) -> LogIdentity:
        return LogIdentity.new(state.begin, self._settings.desk(), self._name, _now_us())

    async def _identify(self, number: int, identity: LogIdentity, offsets: dict[tuple[str, int], int]) -> None:
        epoch = await self._claim(number)
        note = CommitNote(identity.id, epoch + 1, desk_digest(identity.desk)).encode()
        # Before the identity: if this ends in between, the changelog is still found lost.
        await commit(self._settings, {place: OffsetAndMetadata(offset, note) for place, offset in offsets.items()})
        record = Outgoing(LOG_KEY, identity.encode(), epoch_headers(epoch))
        await self._outbox.append(self._settings.changelog_topic, number, [record])

    async def _claim(self, number: int) -> int:
        record = Outgoing(OWNER_KEY, OwnerRecord(self._name, _now_us()).encode(), [])
        [landed] = await self._outbox.append(self._settings.changelog_topic, number, [record])
        return landed.base

    async def _from_sources(
        self, policy: Policy, number: int, begin: dict[tuple[str, int], int], end: dict[tuple[str, int], int]
    ) -> Partition:
        """Return the partition as the sources alone make it."""
        partition = Partition(number, Books(policy))
        repartition, limits = self._settings.topic_repartition, self._settings.limits()
        for topic in read_topics(self._settings):
            records: list[ConsumerRecord] = []
            place = (topic, number)
            await read_all(self._settings, TopicPartition(*place), (begin[place], end[place]), records.append)
            notices = {i: as_notice(each) for i, each in enumerate(records) if topic == repartition and each.headers}
            told = [each for each in notices.values() if isinstance(each, Notice)]
            others = [each for i, each in enumerate(records) if not isinstance(notices.get(i), Notice | Rejected)]
            _apply(partition, topic, others, limits)
            partition.notice(told)
        return partition


def _apply(partition: Partition, topic: str, records: Sequence[ConsumerRecord], limits: Limits) -> None:
    now_us = _now_us()
    decoded = decode(
        [record.value for record in records],
        headers=[record.headers for record in records],
        limits=limits,
        now_us=now_us,
    )
    partition.apply(topic, [event for event in decoded if not isinstance(event, Rejected)], now_us)


def _outcome(bad: BadRecord, states: dict[bytes, bytes], *, whole: bool, drop: bool) -> Done:
    if bad.key in states:
        older = "" if whole else "; older records of the sources were deleted, so it may miss what only they said"
        return Done(bad, True, f"made again from the sources{older}")
    if bad.key in (OWNER_KEY, LOG_KEY, REPAIRED_KEY):
        return Done(bad, True, "passed over: no number is made of it")
    if drop:
        return Done(bad, True, "dropped: what it held is in no number")
    what = "the archived totals cannot be made again" if bad.key == SEAL_KEY else "the sources do not have its events"
    return Done(bad, False, f"left: {what}; pass over it with --drop")


def held(partition: Partition, key: bytes) -> bytes | None:
    """Return the changelog value of a key, None if the partition does not hold it."""
    try:
        return partition.dump(key)
    except KeyError:
        return None


def _now_us() -> int:
    return time.time_ns() // 1000


def clean(found: Inspection) -> bool:
    """Say whether a worker would take a changelog partition as it is, with nothing to report."""
    return not (found.bad or found.lost or found.other_desk)
