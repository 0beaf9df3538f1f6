"""Many tickets at once: their records as columns, and the facts that numbers share, each derived once and kept.

All that depends on a variant in the policy is here, so that the numbers read like their definitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from stream.core.facts import ANSWERED as BACKLOG_ANSWERED
from stream.core.facts import BACKLOG_STATES, FIRST, PENDING
from stream.core.policy import DIMENSIONS, AgentOpened, Responder
from stream.model.happenings import Happenings
from stream.model.hours import elapsed
from stream.model.lifecycle import OPENING_AGAIN, RESOLVING, Lifecycle
from stream.model.promises import Promises, promises
from stream.model.records import THEIRS, kinds
from stream.model.times import NEVER, Ints, Mask, Times
from stream.model.waits import (
    ABANDONED,
    ANSWERED,
    BOT_ANSWERED,
    KIND,
    OPEN,
    SOLVED,
    Marks,
    Waits,
    begin,
    end,
    hand_over,
    waits,
)

_ASKING = kinds("customer")
_BY_BOT = kinds("bot")
_HANDING_OVER = kinds("transferred", "escalated")
_REOPENING = kinds("reopened")
_ABANDONING = kinds("abandoned")
_RESPONDERS = {
    Responder.HUMAN: kinds("agent"),
    Responder.ANY: kinds("agent", "bot", "system"),
    Responder.AFTER_HANDOFF: kinds("agent"),
}


class Tickets(Lifecycle):
    """The tickets of these records, what their customers wait for, and their attributes."""

    # -- waiting

    @cached_property
    def takes_part(self) -> Mask:
        """Which tickets take part in first response time."""
        return self.live if self.policy.agent_opened is AgentOpened.NEXT_PUBLIC else self.live & ~self.by_agent

    @cached_property
    def _answers(self) -> tuple[Ints, Ints]:
        """Where the public messages are that answer tickets, and when they count: early ones at the opening."""
        opened = self.opened.us[self.owner]
        early_us = self.policy.definitions.early_answer_us
        answers = _RESPONDERS[self.policy.responder][self.kind] & (opened != NEVER) & (self.at >= opened - early_us)
        places = np.flatnonzero(answers)
        return places, np.maximum(self.at[places], opened[places])

    def answered_early(self) -> Mask:
        """Return which tickets were answered, by whom a response is wanted of, before they were opened."""
        early = self.at < self.opened.us[self.owner]
        return self._happenings(np.flatnonzero(_RESPONDERS[self.policy.responder][self.kind] & early)).any()

    @cached_property
    def waits(self) -> Waits:
        """The waits of tickets that count."""
        terms, turns, kind = self.policy.definitions, *self.turns
        assert turns.place is not None  # turns are records
        places, at = self._answers
        ends = [end(places, at, ANSWERED)]
        for outcome, table in ((SOLVED, RESOLVING), (ABANDONED, _ABANDONING)):
            if outcome == ABANDONED or terms.solving_stops:
                done = table[kind]
                ends.append(end(turns.place[done], turns.at[done], outcome))
        asked = np.flatnonzero(_ASKING[self.kind] & self._since_opening)
        asked_open = asked[~self._is_done(asked)]
        begins = [begin(asked_open, self.at[asked_open])]
        if self.policy.responder is Responder.AFTER_HANDOFF:
            bots = np.flatnonzero(_BY_BOT[self.kind] & self._since_opening)
            places = np.union1d(places, bots)
            ends.append(end(bots, self.at[bots], BOT_ANSWERED))
            handed = np.flatnonzero(_HANDING_OVER[self.kind] & self._since_opening)
            handed = handed[~self._is_done(handed)]
            begins.append(hand_over(handed, self.at[handed]))
        begins.append(self._reopenings(asked, places))
        others = Marks(*map(np.concatenate, zip(*ends, *begins, strict=True)))
        opened = np.flatnonzero(self.takes_part)
        openings = begin(self._opening[opened], self.opened.us[opened])
        return waits(self.owner, self.n, openings, others, self.live & ~self.takes_part)

    def _is_done(self, places: Ints) -> Mask:
        """Say at which places the ticket is done."""
        turns, kind = self.turns
        assert turns.place is not None  # as above
        before = np.searchsorted(turns.place, places) - 1
        owner, done = np.append(turns.owner, -1), np.append(~OPENING_AGAIN[kind], False)
        is_done: Mask = (owner[before] == self.owner[places]) & done[before]
        return is_done

    def _reopenings(self, asked: Ints, answers: Ints) -> Marks:
        """Return the reopenings after which an answer is owed.

        That is so from the oldest message on since the ticket was done which nobody has answered.
        """
        turns, kind = self.turns
        assert turns.place is not None  # as above
        starts = self.policy.definitions.reopening_starts
        turn = np.flatnonzero(_REOPENING[kind] & (starts != "never"))
        place = turns.place[turn]
        if starts == "customer":
            by_customer = self._records["agent"][place] == 0
            turn, place = turn[by_customer], place[by_customer]
        done = turns.place[turn - 1]  # only what is done is reopened
        answered = np.append(-1, answers)[np.searchsorted(answers, place)]
        oldest = np.append(asked, -1)[np.searchsorted(asked, np.maximum(done, answered))]
        wrote = (oldest > done) & (oldest < place)
        return begin(place, np.where(wrote, self.at[oldest], turns.at[turn]))

    @cached_property
    def responses(self) -> Happenings:
        """The public messages that answer a ticket that takes part."""
        places, at = self._answers
        return Happenings(self.n, self.owner[places], at, places).of(self.takes_part)

    @cached_property
    def _answered(self) -> Waits:
        """The waits for a first response that ended with one, at most one a ticket."""
        return self.waits.of(FIRST, ANSWERED)

    @cached_property
    def responded(self) -> Times:
        """When each ticket that takes part had its first response: the answer that a wait for one ended with."""
        return self._answered.by_owner(self._answered.ended)

    @cached_property
    def answerable(self) -> Times:
        """From when on each first response is measured."""
        from_opening = self.policy.definitions.first_response_from == "opened"
        return self.opened.where(self.responded.known) if from_opening else self.responded_from

    @cached_property
    def responded_from(self) -> Times:
        """When the wait began that the first response ended."""
        return self._answered.by_owner(self._answered.began)

    @cached_property
    def first_response(self) -> Ints:
        """How long each first response took, in microseconds; 0 where there was none."""
        return self.responded - self.answerable

    @cached_property
    def second_response(self) -> Times:
        """When the next answer came after the first response."""
        return self.responses.since(self.responded).nth(2)

    @cached_property
    def waiting(self) -> tuple[Times, Ints]:
        """Since when somebody waits for an answer to each open ticket, and for what: a code of KIND."""
        now = self.waits.some((self.waits.outcome == OPEN) & self.is_open[self.waits.owner])
        kind = np.zeros(self.n, np.int64)
        kind[now.owner] = now.kind
        return now.by_owner(now.began), kind

    @cached_property
    def awaiting(self) -> Mask:
        """Which tickets wait for their first response."""
        since, kind = self.waiting
        awaiting: Mask = since.known & (kind == KIND[FIRST])
        return awaiting

    @cached_property
    def given_up(self) -> Times:
        """When the customer of a ticket gave up who waited for a first response, the first time that they did."""
        first = self.waits.first(FIRST)
        abandoned = first.some(first.outcome == ABANDONED)
        return abandoned.by_owner(abandoned.ended)

    @cached_property
    def backlog_state(self) -> Ints:
        """How each ticket stands that is open: a place in BACKLOG_STATES."""
        since, kind = self.waiting
        rest = np.where(self.pending, BACKLOG_STATES.index(PENDING), BACKLOG_STATES.index(BACKLOG_ANSWERED))
        return np.where(since.known, kind, rest)

    # -- attributes, and what follows from them

    @cached_property
    def attributes(self) -> Mapping[str, Ints]:
        """The codes of what the attribute values in force mean; 0 for none."""
        columns, values = self._writes["attributes"], self.policy.definitions.values
        return {
            name: self.names.meanings(name, values)[self._written(columns[:, i])] for i, name in enumerate(DIMENSIONS)
        }

    @cached_property
    def is_theirs(self) -> Mask:
        """Which tickets are at present of the customer for whom they are looked at."""
        theirs: Mask = self._written(self._writes["customer"]) == THEIRS
        return theirs

    @cached_property
    def label(self) -> Ints:
        """The number of the labels that each ticket counts under."""
        return self.names.labelled(self.attributes, self.n)

    def promised(self, since: Times, kind: int | Ints) -> Promises:
        """Return what was promised to those who wait since a moment; kind: a code of KIND, of all or of each."""
        return promises(self.attributes, self.opened, since, kind, self.names, self.policy.definitions)

    def promised_in(self, waits: Waits) -> Promises:
        """Return what was promised in each of some waits."""
        attributes = {name: column[waits.owner] for name, column in self.attributes.items()}
        opened, since = Times(self.opened.us[waits.owner]), Times(waits.began)
        return promises(attributes, opened, since, waits.kind, self.names, self.policy.definitions)

    @cached_property
    def promise(self) -> Promises:
        """What is promised to those who wait."""
        return self.promised(*self.waiting)

    def business(self, start: Times, end: Times) -> Ints:
        """Return how much of each span lies within the hours of the ticket's queue, 0 where a moment never came."""
        schedules = self.policy.definitions.schedules
        known = start.known & end.known
        spent = np.zeros(self.n, np.int64)
        for schedule, which in self.names.served(schedules, self.attributes["queue"], known):
            spent[which] = elapsed(schedule, start.us[which], end.us[which])
        return spent
