"""Waits: from the moment at which the desk owes a customer an answer to that at which it gives one, or owes it no more.

docs/metrics/reply-wait.md has the rules. A ticket has at most one open wait. What happens to tickets is laid out as
marks: some let a wait begin unless one is open, others end one unless none is. So of a run of beginnings the first one
counts, and of a run of ends; which kind a mark is does not depend on the waits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.core.facts import FIRST, REPLY, WAITS
from stream.model.happenings import Happenings
from stream.model.times import NEVER, Ints, Mask, Times

OPEN, ANSWERED, SOLVED, ABANDONED, BOT_ANSWERED = range(5)
"""How a wait ended."""

KIND: dict[str, int] = {name: code for code, name in enumerate(WAITS)}

_BEGINS, _HANDS_OVER = -1, -2


class Waits(NamedTuple):
    """The waits of many tickets as columns, in order of ticket and time.

    owner: whose each is. kind: a code of KIND. ended: NEVER while it is open. outcome: how it ended, OPEN if not yet.
    """

    owners: int
    owner: Ints
    kind: Ints
    began: Ints
    ended: Ints
    outcome: Ints

    def some(self, mask: Mask) -> Waits:
        """Return those of a mask that has a value for each of them."""
        return Waits(self.owners, *(column[mask] for column in self[1:]))

    def of(self, kind: str, outcome: int) -> Waits:
        """Return those of a kind that ended so."""
        return self.some((self.kind == KIND[kind]) & (self.outcome == outcome))

    def first(self, kind: str) -> Waits:
        """Return the earliest of a kind of each ticket."""
        its = self.some(self.kind == KIND[kind])
        head = np.ones(len(its.owner), bool)
        head[1:] = its.owner[1:] != its.owner[:-1]
        return its.some(head)

    def by_owner(self, column: Ints) -> Times:
        """Return the moments in a column by ticket, of which each has one wait at most here."""
        us = np.full(self.owners, NEVER)
        us[self.owner] = column
        return Times(us)

    def ends(self) -> Happenings:
        """Return the ends."""
        return Happenings(self.owners, self.owner, self.ended)


class Marks(NamedTuple):
    """Things that happened: the place of each among the records of all tickets, when it was, and what it does to waits.

    was: an outcome that it ends a wait with, or that it lets one begin (from `at` on), or hands over from a bot.
    """

    place: Ints
    at: Ints
    was: Ints


def begin(place: Ints, at: Ints) -> Marks:
    """Return marks that let a wait begin."""
    return Marks(place, at, np.full(len(place), _BEGINS))


def end(place: Ints, at: Ints, outcome: int) -> Marks:
    """Return marks that end a wait."""
    return Marks(place, at, np.full(len(place), outcome))


def hand_over(place: Ints, at: Ints) -> Marks:
    """Return marks at which a bot hands over: a wait begins if it had answered, and nobody else has."""
    return Marks(place, at, np.full(len(place), _HANDS_OVER))


def waits(owner: Ints, owners: int, openings: Marks, others: Marks, replying: Mask) -> Waits:
    """Return the waits that marks come to.

    owner: whose the record at each place is. openings: at the place of each opening; whatever stands there, it comes
    first of its ticket. replying: of which tickets every wait is for a reply, as the first answer was never owed.
    """
    n = len(openings.place)
    place, at, was = (np.concatenate(pair) for pair in zip(openings, others, strict=True))
    of = owner[place]
    rank = 2 * place + 1
    rank[:n] = 2 * np.searchsorted(owner, of[:n])  # before all records of the ticket, those before the opening too
    order = np.argsort(rank, kind="stable")
    at, was, of = at[order], was[order], of[order]
    head = np.searchsorted(of, of)
    if (was == _HANDS_OVER).any():
        kept = (was != _HANDS_OVER) | _bot_has_answered(was, head)
        at, was, of = at[kept], was[kept], of[kept]
        head = np.searchsorted(of, of)
    begins = was < 0
    waited = np.zeros(len(of), bool)  # whether a wait is open before it
    waited[1:] = begins[:-1] & (of[1:] == of[:-1])
    first, last = np.flatnonzero(begins & ~waited), np.append(np.flatnonzero(~begins & waited), len(of))
    following = last[np.searchsorted(last, first)]
    has_end = np.append(of, -1)[following] == of[first]
    answers = np.append(0, np.cumsum(was == ANSWERED))
    is_reply = replying[of[first]] | (answers[first] > answers[head[first]])
    return Waits(
        owners,
        of[first],
        np.where(is_reply, KIND[REPLY], KIND[FIRST]),
        at[first],
        np.where(has_end, np.append(at, NEVER)[following], NEVER),
        np.where(has_end, np.append(was, OPEN)[following], OPEN),
    )


def _bot_has_answered(was: NDArray[np.int64], head: Ints) -> Mask:
    """Say at which marks the latest question of the ticket was answered by a bot, and by nobody else since."""
    position = np.arange(len(was))

    def latest(mask: Mask) -> Ints:
        found = np.maximum.accumulate(np.where(mask, position, -1))
        return np.where(found >= head, found, -1)

    asked, answered, by_bot = (latest(was == each) for each in (_BEGINS, ANSWERED, BOT_ANSWERED))
    has: Mask = (asked >= 0) & (by_bot > asked) & (answered < asked)
    return has
