"""The course of a ticket: when it was done, and when it was opened again.

Merged, spam and deleted take a ticket out of every number while they are in force; on a ticket that came back they
have no part in its course, nor has what was done to it meanwhile.
"""

from __future__ import annotations

from typing import NamedTuple

from stream.core.facts import LIFECYCLE, OPEN, REOPENED, RETRACTED
from stream.core.ticket import Ticket

RESOLVING = frozenset({"resolved", "closed"})
DONE = frozenset({"resolved", "closed", "abandoned"})


class Transition(NamedTuple):
    """An open ticket became done (kind resolved, closed or abandoned), or a done one open (reopened)."""

    at_us: int
    kind: str


class Course(NamedTuple):
    """The transitions of a ticket in order; done and reopened alternate, beginning with done.

    Times are not before the opening, in microseconds.
    """

    transitions: tuple[Transition, ...]

    @property
    def first_resolved_us(self) -> int | None:
        """Return when it was first resolved or closed, None if it never was."""
        for at, kind in self.transitions:
            if kind in RESOLVING:
                return at
        return None

    @property
    def last_resolved_us(self) -> int | None:
        """Return when it was resolved or closed for good, None if it is open or was abandoned."""
        if self.transitions and self.transitions[-1].kind in RESOLVING:
            return self.transitions[-1].at_us
        return None

    @property
    def reopened_us(self) -> tuple[int, ...]:
        """Return when it was opened again, each time."""
        return tuple([at for at, kind in self.transitions if kind == REOPENED])


UNTOUCHED = Course(())


def course(ticket: Ticket) -> Course:
    """Return the course of a ticket that has an opening."""
    if not ticket.statuses or ticket.opening is None:
        return UNTOUCHED
    opened = ticket.opening.at_us
    transitions: list[Transition] = []
    done = away = False
    for at, _, kind, _ in ticket.statuses:
        if kind not in LIFECYCLE:
            continue
        if kind in RETRACTED or (away and kind != REOPENED):
            away = True
            continue
        away = False
        if done is (kind in OPEN):
            done = not done
            transitions.append(Transition(max(at, opened), kind if done else REOPENED))
    return Course(tuple(transitions))
