"""Merging what comes in, events and notices, into the tickets and customers of a partition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schemas.codec import CUSTOMER_TYPES
from schemas.events import Event, SurveyAnswered
from stream.core.copies import contradict
from stream.core.customer import NOBODY, lift_customer
from stream.core.customer_merge import copies_of_customer
from stream.core.partitioner import meeting_place, partition_of
from stream.core.policy import Policy
from stream.model.state import NEW, REUSED
from stream.partition.clientele import Clientele
from stream.partition.keys import CUSTOMER, SURVEY, TICKET
from stream.partition.notices import Notice, OfAnswer, OfTicket, answers_of, courses_of
from stream.partition.outcome import Outcome
from stream.partition.tickets import Tickets

# Of the types of a ticket's events, those that change what its customer is told of it.
_COURSE_TYPES = frozenset({"ticket.opened", "ticket.status"})


class Learning:
    """The tickets and customers of one partition, as they learn."""

    def __init__(self, number: int, tickets: Tickets, clientele: Clientele) -> None:
        """number: of the partition."""
        self._number, self._tickets, self._clientele = number, tickets, clientele

    def apply(self, events: Sequence[Event], now_us: int, horizon_us: int, policy: Policy) -> Outcome:
        """Merge events of tickets, surveys and customers.

        now_us: the worker's clock. horizon_us: tickets with events up to then may be forgotten; what comes so late of
        one that is not held is left out.
        """
        outcome = Outcome()
        tickets = self._tickets
        states, final_until_us = tickets.states, tickets.final_until_us
        newest = -1
        courses: dict[bytes, None] = {}
        answers: dict[bytes, list[str]] = {}
        for i, event in enumerate(events):
            at, kind = event.at_us, event.type
            if kind in CUSTOMER_TYPES:
                newest = max(newest, self._met(outcome, i, event, policy))
                continue
            ticket_id = event.ticket_id
            key = TICKET + ticket_id.encode() if ticket_id is not None else SURVEY + event.survey_id.encode()  # type: ignore[union-attr]  # only surveys have no ticket
            state = states.get(key)
            if state is None and not self._belongs(key, policy):
                outcome.foreign.append(i)
                continue
            newest = max(newest, at)
            outcome.late += at < final_until_us
            if state is None and at <= horizon_us:
                outcome.late_dropped += 1
                continue
            learned = tickets.learn(key, state, event, now_us)
            # Of a duplicate they are told too: the worker may have ended before they were. And it may have the id of an
            # event of another type, in whose place it counts.
            if kind in _COURSE_TYPES or (learned != NEW and states[key].tells_of(event.event_id)):
                courses[key] = None
            if event.__class__ is SurveyAnswered or learned != NEW:
                answers.setdefault(key, []).append(event.event_id)
            if learned & REUSED:
                outcome.reused.append(i)
            if learned & NEW:
                outcome.applied += 1
                outcome.dirty.add(key)
            else:
                outcome.duplicates += 1
        for key in courses:
            self._tell(outcome, courses_of(key, states[key]), policy)
        for key, answered in answers.items():
            self._tell(outcome, answers_of(key, states[key], answered), policy)
        if newest >= 0:
            outcome.newest_us = newest
        return outcome

    def notice(self, notices: Sequence[Notice], policy: Policy) -> Outcome:
        """Let customers know what other partitions tell them; those of other partitions are foreign again."""
        outcome = Outcome()
        states = self._clientele.states
        for i, notice in enumerate(notices):
            key = CUSTOMER + notice.customer_id.encode()
            if key not in states and not self._belongs(key, policy):
                outcome.foreign.append(i)
                continue
            try:
                is_new = self._clientele.notice(key, notice.value)
            except ValueError as error:
                outcome.malformed.append((i, " ".join(str(error).split())[:200]))
                continue
            if is_new:
                outcome.applied += 1
                outcome.dirty.add(key)
            else:
                outcome.duplicates += 1
        return outcome

    def _met(self, outcome: Outcome, i: int, event: Event, policy: Policy) -> int:
        """Apply a customer's own event; returns its time, -1 if it does not belong here."""
        news = lift_customer(event)
        key = CUSTOMER + event.customer_id.encode()  # type: ignore[union-attr]  # all events of customers have one
        state = self._clientele.states.get(key)
        if state is None and not self._belongs(key, policy):
            outcome.foreign.append(i)
            return -1
        outcome.late += event.at_us < self._tickets.final_until_us
        old = NOBODY if state is None else state.own
        learned = self._clientele.learn(key, news)
        if state is not None and state.own.copies and contradict(copies_of_customer(old), copies_of_customer(news)):
            outcome.reused.append(i)
        if learned:
            outcome.applied += 1
            outcome.dirty.add(key)
        else:
            outcome.duplicates += 1
        return event.at_us

    def _tell(self, outcome: Outcome, told: Iterable[OfTicket | OfAnswer], policy: Policy) -> None:
        """Tell customers of this partition at once; the others' partitions have to be told."""
        for news in told:
            customer = news.customer_id.encode()
            if policy.partitions > 1 and self._number != meeting_place(customer, policy.partitions, policy.partitioner):
                outcome.notices.append(news.notice())
            elif news.tell(self._clientele):
                outcome.dirty.add(CUSTOMER + customer)

    def _belongs(self, key: bytes, policy: Policy) -> bool:
        expected = partition_of(key[2:], policy.partitions, policy.partitioner)
        return expected is None or expected == self._number
