"""Many tickets at once: their records as columns, and the facts that numbers share, each derived once and kept.

All that depends on a variant in the policy is here, so that the numbers read like their definitions. A ticket that has
no opening or is retracted has no `opened`, takes part in nothing, and nothing that happened to it counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

import numpy as np

from stream.core.policy import DIMENSIONS, AgentOpened, Policy, Responder
from stream.model.columns import Columns
from stream.model.happenings import Happenings
from stream.model.hours import elapsed
from stream.model.names import Names
from stream.model.promises import Promises, promises
from stream.model.records import KINDS, NOTHING, OPENED, OPENED_BY_AGENT, RECORD, THEIRS, kinds
from stream.model.times import NEVER, Ints, Mask, Times

_OPENING, _BY_AGENT = kinds(OPENED, OPENED_BY_AGENT), kinds(OPENED_BY_AGENT)
RETRACTING = kinds("merged", "spam", "deleted")
_OPEN = kinds("pending", "reopened")
RESOLVING = kinds("resolved", "closed")
_LIFECYCLE = RETRACTING | _OPEN | RESOLVING | kinds("abandoned")
_SETTLING = RETRACTING | kinds("reopened")  # what was before these does not matter
_BY_CUSTOMER = kinds("customer", "customer-note")
_RESPONDERS = {
    Responder.HUMAN: kinds("agent"),
    Responder.ANY: kinds("agent", "bot", "system"),
    Responder.AFTER_HANDOFF: kinds("agent"),
}
_NOTES = {
    Responder.HUMAN: kinds("agent-note"),
    Responder.ANY: kinds("agent-note", "bot-note", "system-note"),
    Responder.AFTER_HANDOFF: kinds("agent-note"),
}


class Tickets(Columns):
    """The tickets of these records, under a policy."""

    def __init__(self, records: list[bytes], policy: Policy, names: Names) -> None:
        """records: those of each ticket, in the order of events."""
        super().__init__(records, RECORD, NOTHING)
        self.policy, self.names = policy, names

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
        return self.live & ((self._in_force < 0) | self._is(_OPEN, self._in_force))

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

    def answered_early(self) -> Mask:
        """Return which tickets were answered, by whom a response is wanted of, before they were opened."""
        early = self.at < self.opened.us[self.owner]
        return self._happenings(np.flatnonzero(_RESPONDERS[self.policy.responder][self.kind] & early)).any()

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
        done = ~_OPEN[kind]
        was_done = np.zeros(len(life), bool)
        was_done[1:] = done[:-1] & (ticket[1:] == ticket[:-1])
        turn = np.flatnonzero(done != was_done)
        at = np.maximum(self.at[life[turn]], self.opened.us[ticket[turn]])
        return Happenings(self.n, ticket[turn], at), kind[turn].astype(np.int64)

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
        return self._turned(_OPEN)

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

    # -- responding

    @cached_property
    def takes_part(self) -> Mask:
        """Which tickets take part in first response time."""
        return self.live if self.policy.agent_opened is AgentOpened.NEXT_PUBLIC else self.live & ~self.by_agent

    @cached_property
    def responses(self) -> Happenings:
        """The public messages that answer a ticket that takes part."""
        return self._said(_RESPONDERS[self.policy.responder]).of(self.takes_part)

    @cached_property
    def responded(self) -> Times:
        """When each ticket that takes part had its first response."""
        return self.responses.first()

    @cached_property
    def answerable(self) -> Times:
        """From when on a response was waited for: the opening, or the last hand-over by a bot before the response."""
        if self.policy.responder is not Responder.AFTER_HANDOFF:
            return self.opened
        handed = self.became("transferred", "escalated").after(self.said("bot").first()).until(self.responded)
        return handed.last().otherwise(self.opened)

    @cached_property
    def first_response(self) -> Ints:
        """How long each first response took, in microseconds; 0 where there was none."""
        return self.responded - self.answerable

    @cached_property
    def awaiting(self) -> Mask:
        """Which tickets wait for their first response."""
        return self.is_open & self.takes_part & ~self.responded.known

    @cached_property
    def given_up(self) -> Times:
        """When a ticket was abandoned that had no first response."""
        unanswered = self.takes_part & ~self.responded.known & self._is(kinds("abandoned"), self._in_force)
        return self._at(self._in_force).not_before(self.opened).where(unanswered)

    @cached_property
    def pending(self) -> Mask:
        """Which open tickets wait for their customer, who has not written since."""
        wrote = self._last(np.flatnonzero(_BY_CUSTOMER[self.kind]))
        return self.is_open & self._is(kinds("pending"), self._in_force) & ~(wrote > self._in_force)

    def waits(self, asks: str, answers: str, ends: Collection[str], begun: Mask) -> tuple[Happenings, Ints]:
        """Return each answer to what was asked, and how long the oldest question before it had waited.

        ends: statuses after which nothing asked before is waited for any more. begun: tickets whose first answer
        counts too; else what was asked before it waits for a first response.
        """
        places = np.flatnonzero(kinds(asks, answers, *ends)[self.kind] & self._since_opening)
        kind, ticket = self.kind[places], self.owner[places]
        position = np.arange(len(places))
        answer = kind == KINDS[answers]
        settled = np.maximum.accumulate(np.where(kind != KINDS[asks], position, -1))
        head = np.searchsorted(ticket, ticket, side="left")
        oldest = np.maximum(np.append(-1, settled)[:-1] + 1, head)  # the first question since the last other thing
        answered = np.append(0, np.cumsum(answer))
        counts = answer & (oldest < position) & ((answered[oldest] > answered[head]) | begun[ticket])
        found = np.flatnonzero(counts)
        return self._happenings(places[found]), self.at[places[found]] - self.at[places[oldest[found]]]

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

    # -- attributes, and what follows from them

    @cached_property
    def attributes(self) -> Mapping[str, Ints]:
        """The codes of what the attribute values in force mean; 0 for none."""
        columns, values = self._records["attributes"], self.policy.definitions.values
        return {
            name: self.names.meanings(name, values)[self._written(columns[:, i])] for i, name in enumerate(DIMENSIONS)
        }

    @cached_property
    def is_theirs(self) -> Mask:
        """Which tickets are at present of the customer for whom they are looked at."""
        theirs: Mask = self._written(self._records["customer"]) == THEIRS
        return theirs

    @cached_property
    def label(self) -> Ints:
        """The number of the labels that each ticket counts under."""
        return self.names.labelled(self.attributes, self.n)

    @cached_property
    def promised(self) -> Promises:
        """What was promised to each ticket that counts."""
        return promises(self.attributes, self.opened, self.names, self.policy.definitions)

    def business(self, start: Times, end: Times) -> Ints:
        """Return how much of each span lies within the hours of the ticket's queue, 0 where a moment never came."""
        schedules = self.policy.definitions.schedules
        known = start.known & end.known
        spent = np.zeros(self.n, np.int64)
        for schedule, which in self.names.served(schedules, self.attributes["queue"], known):
            spent[which] = elapsed(schedule, start.us[which], end.us[which])
        return spent
