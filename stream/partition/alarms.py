"""What somebody has to be told at a certain time, with no event to bring it about."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from sortedcontainers import SortedList

from stream.core.facts import FIRST, REPLY
from stream.core.policy import Policy
from stream.model.state import State
from stream.numbers.bad_comments import is_bad_comment

AT_RISK, BREACHED, BAD_COMMENT = "sla.at_risk", "sla.breached", "survey.bad_comment"
REPLY_AT_RISK, REPLY_BREACHED = "reply.at_risk", "reply.breached"

OF_WAITS = {FIRST: (AT_RISK, BREACHED), REPLY: (REPLY_AT_RISK, REPLY_BREACHED)}
"""What is due while somebody waits, by what for: that it is at risk, that it is breached."""

KINDS = (*(kind for kinds in OF_WAITS.values() for kind in kinds), BAD_COMMENT)


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


class Comments:
    """The bad comments of a partition of which somebody is still to be told, the oldest first.

    That a ticket is at risk or breached is due at times that stand in columns (`stream.counting.standing`).
    """

    def __init__(self) -> None:
        """Start with none."""
        self._due: SortedList[Alarm] = SortedList()
        self._by_key: dict[bytes, list[Alarm]] = {}

    def replace(self, key: bytes, state: State, policy: Policy | None) -> None:
        """Let what is due for a ticket be that of its answers as they are; policy: None if none of them counts."""
        was, will = self._by_key.pop(key, []), [] if policy is None else _of_comments(key, state, policy)
        for alarm in was:
            if alarm not in will:
                self._due.discard(alarm)
        for alarm in will:
            if alarm not in was:
                self._due.add(alarm)
        if will:
            self._by_key[key] = will

    def until(self, now_us: int, most: int) -> list[Alarm]:
        """Return up to `most` that are due by now, in the order of time."""
        return list(islice(self._due.irange(maximum=Alarm(now_us + 1, "", b"")), most))

    def drop(self, alarm: Alarm) -> None:
        """Forget one that was seen to."""
        self._due.discard(alarm)


def _of_comments(key: bytes, state: State, policy: Policy) -> list[Alarm]:
    return [
        Alarm(answer.at_us, BAD_COMMENT, key, (survey.survey_id, answer.instrument, answer.event_id))
        for survey in state.surveys()
        for answer in survey.answers
        if is_bad_comment(answer, policy.definitions)
    ]
