"""What somebody has to be told at a certain time, with no event to bring it about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sortedcontainers import SortedList

from stream.core.contributions import Share
from stream.core.due import Due
from stream.core.tuples import make

AT_RISK, BREACHED, BAD_COMMENT = "sla.at_risk", "sla.breached", "survey.bad_comment"


class Alarm(NamedTuple):
    """Something that is due at a time: for a ticket or a survey (its key), of a kind; subject names a bad comment."""

    due_us: int
    kind: str
    key: bytes
    subject: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """Return what the state remembers once it was sent."""
        return "/".join((self.kind, *self.subject, str(self.due_us)))


def _of_due(key: bytes, due: Due | None) -> list[Alarm]:
    """Return when a ticket gets at risk and when it is breached, if it waits."""
    if due is None:
        return []
    # at the deadline itself an answer is in time
    return [make(Alarm, (due.risk_us, AT_RISK, key, ())), make(Alarm, (due.deadline_us + 1, BREACHED, key, ()))]


def _of_comments(key: bytes, share: Share) -> list[Alarm]:
    return [Alarm(at, BAD_COMMENT, key, tuple(subject)) for *subject, at in share.bad_comments]


class Alarms:
    """All alarms of a partition, the next one first."""

    def __init__(self) -> None:
        """Start with none."""
        self._due: SortedList[Alarm] = SortedList()

    def replace(self, key: bytes, old: Share, new: Share) -> None:
        """Let what is due for a ticket be that of its new share."""
        before, after = old.open.due if old.open else None, new.open.due if new.open else None
        if before != after:
            self._replace(_of_due(key, before), _of_due(key, after))
        if old.bad_comments != new.bad_comments:
            self._replace(_of_comments(key, old), _of_comments(key, new))

    def _replace(self, was: list[Alarm], will: list[Alarm]) -> None:
        for alarm in was:
            if alarm not in will:
                self._due.discard(alarm)
        for alarm in will:
            if alarm not in was:
                self._due.add(alarm)

    def until(self, now_us: int) -> Iterator[Alarm]:
        """Yield what is due by now, in the order of time."""
        return self._due.irange(maximum=Alarm(now_us + 1, "", b""))  # type: ignore[no-any-return]  # untyped library

    def drop(self, alarm: Alarm) -> None:
        """Forget an alarm that was seen to."""
        self._due.discard(alarm)
