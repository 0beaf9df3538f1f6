"""That the changelogs of a worker's partitions are the ones that its committed offsets imply, and this desk's."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from stream.broker.commits import LogState, read_log_states, read_topics, source_ends
from stream.broker.errors import BrokerUnavailable
from stream.engine.changelog.held import Held
from stream.engine.changelog.log_identity import LOG_KEY, LogIdentity, desk_digest
from stream.engine.changelog.lost import is_noted, moved, why_lost
from stream.engine.changelog.owner_record import epoch_headers
from stream.engine.process.counters import Counters, Work
from stream.engine.process.differences import changed
from stream.engine.process.pauses import Pauses
from stream.engine.reading.commit_note import CommitNote
from stream.engine.reading.last_record import LastRecord
from stream.engine.sending.outbox import Outbox, Outgoing
from stream.numbers.meaning import differences
from stream.numbers.registry import archived, meanings
from stream.partition.partition import Partition
from stream.settings import Settings

REBUILD = "deskpulse changelog rebuild"
OTHER_APP_ID = "give one of the two desks another DESKPULSE_APP_ID"

log = logging.getLogger("deskpulse.engine")

Answer = TypeVar("Answer")


class Judgement(NamedTuple):
    """What was found out about a changelog. lost: why it must not be used. other_desk: whose it is, if not ours."""

    lost: str = ""
    other_desk: str = ""


class Continuity:
    """Looks at changelogs when partitions come, and says what is to be done about those that are lost."""

    def __init__(self, settings: Settings, worker: str, outbox: Outbox, counters: Counters) -> None:
        """worker: our name."""
        self._settings = settings
        self._topic = settings.changelog_topic
        self._worker = worker
        self._outbox = outbox
        self._counters = counters
        self._desk = settings.desk()
        self._digest = desk_digest(self._desk)
        self._states: dict[int, LogState] = {}

    async def look(self, partitions: Sequence[int]) -> None:
        """Read what the committed offsets imply, before anything is written to the changelogs."""
        self._states = {}
        if partitions:
            self._states = await self._patiently(
                "reading committed offsets", lambda: read_log_states(self._settings, partitions)
            )

    def judge(self, number: int, held: Held, claim: int) -> Judgement:
        """Say what is wrong with a changelog that was read up to our owner record, at offset `claim`."""
        identity = held.replay.identity
        if identity is not None and (difference := desk_difference(identity, self._desk)):
            return Judgement(other_desk=difference)
        if held.identity is not None and not held.rebuilding:
            return Judgement()  # it stayed with this worker
        state = self._states.get(number)
        if state is None:
            return Judgement()
        return Judgement(why_lost(state, claim, identity, held=held.replay.records > 0))

    def refusal(self, found: Mapping[int, Judgement]) -> list[str]:
        """Return the lines with which the worker has to end; none if it may go on."""
        lines = [
            f"changelog {self._topic} partition {number}: it is of another desk: {each.other_desk}; {OTHER_APP_ID}, or "
            f"run `{REBUILD}` with the workers stopped if the desk was changed on purpose"
            for number, each in found.items()
            if each.other_desk
        ]
        if self._settings.changelog_lost == "refuse":
            lines += [lost_line(self._topic, number, each.lost) for number, each in found.items() if each.lost]
        return lines

    async def keep_refused(self, found: Mapping[int, Judgement], claims: Mapping[int, int]) -> None:
        """Write that changelogs are lost, as each start makes them longer, and one day as long as they were."""
        for number, each in found.items():
            if each.lost and not each.other_desk:
                identity = replace(self._new(number), lost=each.lost)
                record = Outgoing(LOG_KEY, identity.encode(), epoch_headers(claims[number]))
                await self._outbox.append(self._topic, number, [record])

    async def identities(
        self,
        found: Mapping[int, Judgement],
        held: Mapping[int, Held],
        rewind: Callable[[Mapping[tuple[str, int], int]], Awaitable[bool]],
    ) -> dict[int, LogIdentity]:
        """Return what each changelog is from now on; for those that are lost the sources are rewound."""
        result = {
            number: self._next(number, held[number].replay.identity) for number, each in found.items() if not each.lost
        }
        for number in found:
            self._report_moved(number, held[number].replay.identity)
        for number, identity in result.items():
            say_meaning(held[number].partition)
            if identity.rebuild:
                self._begin_rebuild(number, held[number], identity)
        if not (lost := [number for number, each in found.items() if each.lost]):
            return result
        begin, end = await self._patiently("looking at the sources", lambda: source_ends(self._settings, lost))
        for number in lost:
            self._counters.changelog_lost += 1
            targets = rebuild_targets(number, begin, end)
            result[number] = replace(self._new(number), rebuild=targets)
            self._begin_rebuild(number, held[number], result[number])
            log.error(
                "%s; reading %s records of the sources again, from their beginning",
                lost_line(self._topic, number, found[number].lost),
                f"{sum(offset - begin[topic, number] for topic, offset in targets.items()):,}",
            )
            for line in deleted_lines(number, begin):
                log.warning("%s", line)
        # Before the identity is written: if the worker ends in between, the changelog is still found lost.
        await rewind({place: offset for place, offset in begin.items() if place[1] in lost})
        return result

    def note(self, held: Held | None, last: LastRecord | None) -> str:
        """Return the metadata of a committed offset: empty while the changelog has no identity.

        last: the record before the offset, if it is known.
        """
        if held is None or held.identity is None or held.known is None:
            return ""
        bad, meaning = len(held.replay.bad), sum(meanings(held.partition.policy).values())
        return CommitNote(held.identity.id, held.known + 1, self._digest, last, bad, meaning).encode()

    def is_rebuilt(
        self, number: int, held: Held, lag: Mapping[tuple[str, int], int | None], measured_at: float
    ) -> bool:
        """Say whether every source was read as far as it has to be."""
        if held.identity is None:
            return False
        applied = self._counters.applied_offsets
        caught_up = measured_at > held.rebuild_since
        return all(
            applied.get((topic, number), -1) >= offset - 1 or (caught_up and lag.get((topic, number)) == 0)
            for topic, offset in held.identity.rebuild.items()
        )

    def complete(self, held: Held) -> LogIdentity:
        """Return the identity of a changelog that is rebuilt."""
        if held.identity is None:
            raise AssertionError("only what has an identity is rebuilt")
        return replace(held.identity, rebuild={}, at_us=_now_us())

    async def _patiently(self, what: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        with Pauses(Work.CHANGELOG, what, self._counters) as pauses:
            while True:
                try:
                    return await ask()
                except BrokerUnavailable as error:
                    await pauses.wait(error)

    def _new(self, number: int) -> LogIdentity:
        state = self._states.get(number)
        return LogIdentity.new(0 if state is None else state.begin, self._desk, self._worker, _now_us())

    def _next(self, number: int, identity: LogIdentity | None) -> LogIdentity:
        following = self._new(number) if identity is None else identity.by(self._worker, _now_us())
        state = self._states.get(number)
        return replace(following, noted=following.noted or (state is not None and is_noted(state)))

    def _report_moved(self, number: int, identity: LogIdentity | None) -> None:
        if (state := self._states.get(number)) is None:
            return
        for topic, offset in moved(state, identity).items():
            self._counters.moved[topic] += 1
            log.error(
                "%s-%d: somebody moved the committed offset to %d, and records before it may be in no number; to have "
                "them counted, move it to the earliest with all workers stopped: what was counted counts once",
                topic,
                number,
                offset,
            )

    def _begin_rebuild(self, number: int, held: Held, identity: LogIdentity) -> None:
        held.identity, held.rebuild_since = identity, time.monotonic()
        for topic in read_topics(self._settings):
            self._counters.applied_offsets.pop((topic, number), None)


def say_meaning(partition: Partition) -> None:
    """Warn if the archived totals of a partition were counted by other definitions than those in force."""
    here, counted = archived(partition.policy), partition.seal.meanings
    if differing := differences({name: counted.get(name, 0) for name in here}, here):
        log.warning(
            "partition %d: the archived totals were partly counted by other definitions, and numbers over all time mix "
            "both: %s",
            partition.number,
            differing,
        )


def desk_difference(identity: LogIdentity, desk: Mapping[str, object]) -> str:
    """Say whose a changelog is and in what that desk differs from this one; empty if in nothing."""
    differences = list(changed(identity.desk, dict(desk)))
    if not differences:
        return ""
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(identity.at_us / 1e6))
    return f"worker {identity.worker} wrote there at {when}, and differs in {'; '.join(differences)}"


def lost_line(topic: str, number: int, reason: str) -> str:
    """Say of a changelog partition that it is lost, why, and what to do."""
    return (
        f"changelog {topic} partition {number} does not hold what the committed offsets imply: {reason}; fix it with: "
        f"{REBUILD} (or DESKPULSE_CHANGELOG_LOST=rebuild), which reads the sources again from their beginning"
    )


def rebuild_targets(
    number: int, begin: Mapping[tuple[str, int], int], end: Mapping[tuple[str, int], int]
) -> dict[str, int]:
    """Return up to which offset each source topic of a partition has to be read; not those that are empty."""
    return {topic: offset for (topic, n), offset in end.items() if n == number and offset > begin[topic, n]}


def deleted_lines(number: int, begin: Mapping[tuple[str, int], int]) -> Iterator[str]:
    """Say of each source of a partition of which the oldest records are gone."""
    for (topic, n), offset in begin.items():
        if n == number and offset:
            yield f"{topic}-{n}: the records before offset {offset:,} were deleted; no rebuilt number has them"


def _now_us() -> int:
    return time.time_ns() // 1000
