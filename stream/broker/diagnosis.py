"""Everything about the broker that keeps Deskpulse from working, with how to fix it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from stream.broker.errors import BrokerUnavailable
from stream.broker.findings import Finding
from stream.broker.lag import GroupLag, read_lag
from stream.broker.misplaced import Misplacement, misplaced
from stream.broker.rejects import read_rejects
from stream.broker.topics import TopicReport, report
from stream.settings import Settings

BROKER: Final = "broker"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that has to be fixed: what it is about, what was seen, and the command or setting that fixes it."""

    about: str
    text: str
    fix: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found out; a part that could not be reached is None.

    Attributes:
        unreachable: why no broker can be had, in one line that says how to fix it; empty when one answers.
        topics: the topics as they are and should be.
        group: where the workers' group stands.
        troubles: what is wrong, the most basic first.
        rejects: what to note of the records that were rejected recently, a line for each topic and reason.
        events: what to note of the newest events, for those who can read them to fill in.
    """

    unreachable: str = ""
    topics: TopicReport | None = None
    group: GroupLag | None = None
    troubles: tuple[Trouble, ...] = field(default_factory=tuple)
    rejects: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


async def diagnose(settings: Settings, max_lag: int | None = None) -> Diagnosis:
    """Look at the broker, the topics and the group, and change nothing.

    Args:
        settings: what to look at.
        max_lag: how many records may wait before it counts as trouble; None for any number.
    """
    topics = None
    try:
        topics = await report(settings)
        group = await read_lag(settings)
    except BrokerUnavailable as error:
        return Diagnosis(str(error), topics, None, (Trouble(BROKER, str(error), ""),))
    troubles = [
        *(Trouble(found.topic, found.text, found.fix) for found in topics.findings if found.wrong),
        # Grown topics are among the findings.
        *(
            Trouble(f"{found.topic} {found.which}", found.text, found.fix)
            for found in misplaced(settings, group)
            if found.problem is not Misplacement.GROWN
        ),
        *_behind(group, max_lag),
    ]
    return Diagnosis("", topics, group, tuple(troubles), tuple(await _rejects(settings, topics)))


def not_checked(diagnosis: Diagnosis) -> list[Finding]:
    """Return what the broker does not tell."""
    return [] if diagnosis.topics is None else [found for found in diagnosis.topics.findings if not found.wrong]


async def _rejects(settings: Settings, topics: TopicReport) -> list[str]:
    topic = topics.cluster.topics.get(settings.topic_dead_letter)
    if topic is None:
        return []  # which is among the findings
    try:
        return (await read_rejects(settings, topic.partitions)).lines()
    except BrokerUnavailable as error:  # as where check may not read it, which keeps no worker from its work
        return [f"not checked: {error}"]


def _behind(group: GroupLag, max_lag: int | None) -> Iterator[Trouble]:
    if max_lag is not None and group.behind > max_lag:
        fix = "start more workers, up to one a partition" if group.workers else "start a worker: deskpulse worker"
        yield Trouble(f"group {group.group}", f"{group.behind:,} records wait, more than {max_lag:,}", fix)
