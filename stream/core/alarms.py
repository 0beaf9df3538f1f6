"""What somebody has to be told at a certain time, with no event to bring it about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sortedcontainers import SortedList

from stream.core.contributions import Share

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


def alarms_of(key: bytes, share: Share) -> list[Alarm]:
    """Return what is due for a ticket: when it gets at risk and when it is breached, if it waits; its bad comments."""
    alarms: list[Alarm] = []
    if share.open is not None and share.open.due is not None:
        risk, deadline, _ = share.open.due
        alarms.append(Alarm(risk, AT_RISK, key))
        alarms.append(Alarm(deadline + 1, BREACHED, key))  # at the deadline itself an answer is in time
    alarms += [Alarm(at, BAD_COMMENT, key, tuple(subject)) for *subject, at in share.bad_comments]
    return alarms


class Alarms:
    """All alarms of a partition, the next one first."""

    def __init__(self) -> None:
        """Start with none."""
        self._due: SortedList[Alarm] = SortedList()

    def replace(self, key: bytes, old: Share, new: Share) -> None:
        """Let what is due for a ticket be that of its new share."""
        before, after = old.open.due if old.open else None, new.open.due if new.open else None
        if before == after and old.bad_comments == new.bad_comments:
            return
        was, will = set(alarms_of(key, old)), set(alarms_of(key, new))
        for alarm in was - will:
            self._due.discard(alarm)
        self._due.update(will - was)

    def until(self, now_us: int) -> Iterator[Alarm]:
        """Yield what is due by now, in the order of time."""
        return self._due.irange(maximum=Alarm(now_us + 1, "", b""))  # type: ignore[no-any-return]  # untyped library

    def drop(self, alarm: Alarm) -> None:
        """Forget an alarm that was seen to."""
        self._due.discard(alarm)
