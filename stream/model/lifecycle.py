"""Tickets as columns: their openings, statuses and messages, and when each was done or open.

A ticket that has no opening or is retracted has no `opened`, takes part in nothing, and nothing that happened to it
counts.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from stream.core.policy import Policy, Responder
from stream.model.columns import Columns
from stream.model.happenings import Happenings
from stream.model.names import Names
from stream.model.records import NOTHING, OPENED, OPENED_BY_AGENT, RANK, RECORD, kinds
from stream.model.times import NEVER, Ints, Mask, Times

_OPENING, _BY_AGENT = kinds(OPENED, OPENED_BY_AGENT), kinds(OPENED_BY_AGENT)
RETRACTING = kinds("merged", "spam", "deleted")
RESOLVING = kinds("resolved", "closed")
OPENING_AGAIN = kinds("pending", "reopened")
_LIFECYCLE = RETRACTING | OPENING_AGAIN | RESOLVING | kinds("abandoned")
_SETTLING = RETRACTING | kinds("reopened")  # what was before these does not matter
_BY_CUSTOMER = kinds("customer", "customer-note")
_NOTES = {
    Responder.HUMAN: kinds("agent-note"),
    Responder.ANY: kinds("agent-note", "bot-note", "system-note"),
    Responder.AFTER_HANDOFF: kinds("agent-note"),
}


class Lifecycle(Columns):
    """The tickets of these records, under a policy."""

    def __init__(self, records: list[bytes], policy: Policy, names: Names) -> None:
        """records: those of each ticket, by time, then event id."""
        super().__init__(records, RECORD, NOTHING)
        self.policy, self.names = policy, names
        self._writes = self._records
        self._put_in_order()

    def _put_in_order(self) -> None:
        """Let what lets somebody wait come before what ends a wait at the same instant, whatever their ids are."""
        rank = RANK[self.kind]
        together = (self.at[1:] == self.at[:-1]) & (self.owner[1:] == self.owner[:-1])
        if (together & (rank[1:] < rank[:-1])).any():
            order = np.lexsort((rank, self.at, self.owner))
            self._records = self._records[order]
            self._kind_or_nothing[:-1] = self.kind[order]

    # -- the opening, and the status in force

    @cached_property
    def _opening(self) -> Ints:
        return self._first(np.flatnonzero(_OPENING[self.kind]))

    @cached_property
    def _life(self) -> Ints:
        return np.flatnonzero(_LIFECYCLE[self.kind])

    @cached_property
    def _in_force(self) -> Ints:
        """The latest change of the lifecycle; a retracted ticket comes back by being re-opened only."""
        settling = self._last(self._life[_SETTLING[self.kind[self._life]]])
        return np.where(self._is(RETRACTING, settling), settling, self._last(self._life))

    @cached_property
    def has_opening(self) -> Mask:
        """Which tickets were opened, retracted or not."""
        return self._opening >= 0

    @cached_property
    def is_retracted(self) -> Mask:
        """Which tickets are retracted, opened or not."""
        return self._is(RETRACTING, self._in_force)

    @cached_property
    def live(self) -> Mask:
        """Which tickets count: they have an opening and are not retracted."""
        return self.has_opening & ~self.is_retracted

    @cached_property
    def opened(self) -> Times:
        """When each ticket that counts was opened."""
        return self._at(self._opening).where(self.live)

    @cached_property
    def first_opened(self) -> Times:
        """When each ticket was opened, retracted or not."""
        return self._at(self._opening)

    @cached_property
    def retracted(self) -> Times:
        """When a ticket that was opened was taken out of all other numbers."""
        return self._at(self._in_force).not_before(self._at(self._opening)).where(self.has_opening & self.is_retracted)

    @cached_property
    def by_agent(self) -> Mask:
        """Which tickets an agent opened."""
        return self._is(_BY_AGENT, self._opening)

    @cached_property
    def is_open(self) -> Mask:
        """Which tickets are neither done nor retracted."""
        return self.live & ((self._in_force < 0) | self._is(OPENING_AGAIN, self._in_force))

    # -- what happened

    @cached_property
    def _since_opening(self) -> Mask:
        """Which records are of a ticket that counts, and not before its opening."""
        opened = self.opened.us[self.owner]
        since: Mask = (opened != NEVER) & (self.at >= opened)
        return since

    def said(self, *authors: str) -> Happenings:
        """Return the messages of these kinds; one before the opening answers something else."""
        return self._said(kinds(*authors))

    def _said(self, table: Mask) -> Happenings:
        return self._happenings(np.flatnonzero(table[self.kind] & self._since_opening))

    def noted(self) -> Mask:
        """Return which tickets were answered by a note that the customer does not see."""
        return self._said(_NOTES[self.policy.responder]).any()

    def became(self, *statuses: str) -> Happenings:
        """Return the changes to these statuses, whenever they were."""
        return self._happenings(np.flatnonzero(kinds(*statuses)[self.kind] & self.live[self.owner]))

    @cached_property
    def acts(self) -> tuple[Happenings, Ints]:
        """What agents did who are named, whenever it was, and the code of each one's agent."""
        agents = self._records["agent"]
        places = np.flatnonzero(agents)
        places = places[self.live[self.owner[places]]]
        return self._happenings(places), agents[places].astype(np.int64)

    @cached_property
    def names_agent(self) -> Mask:
        """Which tickets have such an act."""
        return self.acts[0].any()

    @cached_property
    def turns(self) -> tuple[Happenings, Ints]:
        """Each time a ticket became done or open again, not before its opening, and the kind of that change.

        What was done to it while it was retracted has no part in its course.
        """
        life = self._life[self.live[self.owner[self._life]]]
        kind, ticket = self.kind[life], self.owner[life]
        position = np.arange(len(life))
        settled = np.maximum.accumulate(np.where(_SETTLING[kind], position, -1))
        away = (settled >= np.searchsorted(ticket, ticket, side="left")) & RETRACTING[kind[settled]]
        life, kind, ticket = life[~away], kind[~away], ticket[~away]
        done = ~OPENING_AGAIN[kind]
        was_done = np.zeros(len(life), bool)
        was_done[1:] = done[:-1] & (ticket[1:] == ticket[:-1])
        turn = np.flatnonzero(done != was_done)
        at = np.maximum(self.at[life[turn]], self.opened.us[ticket[turn]])
        return Happenings(self.n, ticket[turn], at, life[turn]), kind[turn].astype(np.int64)

    def _turned(self, table: Mask) -> Happenings:
        turns, kind = self.turns
        return turns.some(table[kind])

    @cached_property
    def resolved(self) -> Happenings:
        """Each time an open ticket was resolved or closed."""
        return self._turned(RESOLVING)

    @cached_property
    def abandoned(self) -> Happenings:
        """Each time an open ticket was given up."""
        return self._turned(kinds("abandoned"))

    @cached_property
    def reopened(self) -> Happenings:
        """Each time a ticket that was done was opened again."""
        return self._turned(OPENING_AGAIN)

    @cached_property
    def resolved_first(self) -> Times:
        """When each ticket was resolved or closed for the first time."""
        return self.resolved.first()

    @cached_property
    def resolved_last(self) -> Times:
        """When each ticket was resolved or closed for good, so far."""
        turns, kind = self.turns
        for_good = np.zeros(self.n, bool)
        for_good[turns.owner] = RESOLVING[kind]  # the last of each ticket
        return turns.last().where(for_good)

    @cached_property
    def pending(self) -> Mask:
        """Which open tickets wait for their customer, who has not written since."""
        wrote = self._last(np.flatnonzero(_BY_CUSTOMER[self.kind]))
        return self.is_open & self._is(kinds("pending"), self._in_force) & ~(wrote > self._in_force)

    def paused(self, until: Times) -> Ints:
        """Return how long the clock of each ticket stood between its opening and a moment.

        It stands from a pausing status on until the next status, or the customer's next message.
        """
        total = np.zeros(self.n, np.int64)
        life = self._life
        following = np.append(life[1:], -1)
        pausing = kinds(*self.policy.definitions.pausing)[self.kind[life]] & until.known[self.owner[life]]
        life, following = life[pausing], following[pausing]
        if not len(life):
            return total
        ticket = self.owner[life]
        end = until.us[ticket]
        end = np.where(self.owner[following] == ticket, np.minimum(end, self.at[following]), end)
        wrote = np.append(np.flatnonzero(_BY_CUSTOMER[self.kind]), -1)
        wrote = wrote[np.searchsorted(wrote[:-1], life)]
        end = np.where((wrote > life) & (self.owner[wrote] == ticket), np.minimum(end, self.at[wrote]), end)
        np.add.at(total, ticket, np.maximum(0, end - np.maximum(self.opened.us[ticket], self.at[life])))
        return total
