"""All that one Kafka partition holds: ticket states, panes, what stands open. It comes and goes as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from schemas.codec import CUSTOMER_TYPES, key_of
from schemas.events import Event
from stream.core.adoption import Adoption
from stream.core.alerts import Alert, due_alerts
from stream.core.clientele import CUSTOMER, Clientele, News, Notice
from stream.core.copies import contradict
from stream.core.customer import lift_customer
from stream.core.customer_merge import copies_of_customer, customer_from_json
from stream.core.forgetting import Forgetting
from stream.core.labels import LabelBook
from stream.core.notices import news_of
from stream.core.outcome import Outcome
from stream.core.partitioner import meeting_place, partition_of
from stream.core.policy import Policy
from stream.core.seal import SEAL_KEY, SURVEY, TICKET, Eviction, Seal
from stream.core.snapshot import Totals
from stream.core.ticket import EMPTY, Ticket, lift
from stream.core.ticket_copies import copies_of
from stream.core.ticket_merge import merge, ticket_from_json, ticket_to_json
from stream.core.tickets import Tickets
from stream.core.watermark import Watermark
from stream.core.windows import AHEAD

# What a customer is told of: that a ticket was opened, what became of it, and what they answered.
_TOLD_TYPES = frozenset({"ticket.opened", "ticket.status", "survey.answered"})


class Partition:
    """The tickets and customers of one partition and their numbers. Knows no clock: now is an argument."""

    def __init__(self, number: int, policy: Policy, book: LabelBook, topics: Iterable[str] = ()) -> None:
        """Make an empty partition; the label book is shared by all partitions of a worker.

        topics: those that hold the watermark back until something came from them, or they are caught up.
        """
        self.number = number
        self.policy = policy
        self.alerts_skipped = 0
        """What was noticed too late to tell anybody."""
        self.watermark = Watermark(topics)
        self._book = book
        self._tickets = Tickets(policy, book)
        self._clientele = Clientele(policy, book)
        self._forgetting = Forgetting()
        self._newest_loaded_us = 0
        self._newest_customer_us = 0
        self._now_us = 0
        self._asked_us: int | None = None

    # -- events in

    def apply(self, topic: str, events: Sequence[Event], now_us: int) -> Outcome:
        """Merge events of a source topic into the states, and move the numbers by what that changes.

        now_us: the worker's clock, from which a ticket that is not heard of is forgotten in time.
        """
        outcome = Outcome()
        final_until = self.final_until_us or 0
        newest = -1
        states = self._tickets.states
        told: dict[bytes, list[Event]] = {}
        before: dict[bytes, Ticket] = {}  # numbers are moved once for all that the batch says of a ticket
        for i, event in enumerate(events):
            at, kind = event.at_us, event.type
            if kind in CUSTOMER_TYPES:
                if self._met(outcome, i, event):
                    newest = max(newest, at)
                continue
            key = (SURVEY if event.ticket_id is None else TICKET) + key_of(event).encode()
            old = states.get(key)
            if old is None and not self._belongs(key):
                outcome.foreign.append(i)
                continue
            newest = max(newest, at)
            outcome.late += at < final_until
            if old is None:
                if at <= self._forgetting.seal.horizon_us:
                    outcome.late_dropped += 1
                    continue
                old = EMPTY
            if kind in _TOLD_TYPES:  # a duplicate too: the worker may have ended before it was told
                told.setdefault(key, []).append(event)
            news = lift(event)
            new = merge(old, news)
            if new.copies and contradict(copies_of(old), copies_of(news)):
                outcome.reused.append(i)
            if new is old:
                outcome.duplicates += 1
                continue
            before.setdefault(key, old)
            states[key] = new
            outcome.applied += 1
        outcome.dirty.update(before)
        for key, old in before.items():
            self._forgetting.touch(key, now_us)
            self._tickets.put(key, old, states[key], final_until)
        for key, told_by in told.items():
            self._tell(outcome, news_of(key, states[key], told_by))
        if newest >= 0:
            outcome.newest_us = newest
            self.watermark.saw(topic, newest)
        return outcome

    def notice(self, notices: Sequence[Notice]) -> Outcome:
        """Let customers know what other partitions tell them; those of other partitions are foreign again."""
        outcome = Outcome()
        for i, notice in enumerate(notices):
            key = CUSTOMER + notice.customer_id.encode()
            if key not in self._clientele and not self._belongs(key):
                outcome.foreign.append(i)
                continue
            try:
                news = customer_from_json(notice.value)
            except ValueError as error:
                outcome.malformed.append((i, " ".join(str(error).split())[:200]))
                continue
            if self._clientele.learn(key, news):
                outcome.applied += 1
                outcome.dirty.add(key)
            else:
                outcome.duplicates += 1
        return outcome

    def _met(self, outcome: Outcome, i: int, event: Event) -> bool:
        """Apply a customer's own event; returns whether it belongs here."""
        key = CUSTOMER + key_of(event).encode()
        if key not in self._clientele and not self._belongs(key):
            outcome.foreign.append(i)
            return False
        if event.at_us < (self.final_until_us or 0):
            outcome.late += 1
        old, news = self._clientele.state(key), lift_customer(event)
        learned = self._clientele.learn(key, news)
        if self._clientele.state(key).copies and contradict(copies_of_customer(old), copies_of_customer(news)):
            outcome.reused.append(i)
        if learned:
            outcome.applied += 1
            outcome.dirty.add(key)
        else:
            outcome.duplicates += 1
        return True

    def _tell(self, outcome: Outcome, told: Iterable[News]) -> None:
        """Tell customers of this partition at once; the others' partitions have to be told."""
        policy = self.policy
        for news in told:
            customer = news.customer_id.encode()
            if policy.partitions > 1 and self.number != meeting_place(customer, policy.partitions, policy.partitioner):
                outcome.notices.append(news.notice())
            elif self._clientele.learn(CUSTOMER + customer, news.news):
                outcome.dirty.add(CUSTOMER + customer)

    def _belongs(self, key: bytes) -> bool:
        policy = self.policy
        expected = partition_of(key[2:], policy.partitions, policy.partitioner)
        return expected is None or expected == self.number

    # -- changelog

    def dump(self, key: bytes) -> bytes:
        """Return the changelog value of a held key, or of the seal; raises KeyError for a key that is not held."""
        if key == SEAL_KEY:
            return self._forgetting.seal.to_bytes(self.policy)
        if key.startswith(CUSTOMER):
            return self._clientele.dump(key)
        return ticket_to_json(self._tickets.states[key])

    def load(self, key: bytes, value: bytes | None, timestamp_us: int) -> None:
        """Merge one changelog record; None is a tombstone, timestamp_us the time of the record."""
        if key == SEAL_KEY:
            if value is not None:
                self._forgetting.settle(Seal.from_bytes(value, self.policy), self._tickets)
        elif key.startswith(CUSTOMER):
            if value is None:
                self._clientele.forget((key,))
            else:
                self._newest_customer_us = max(self._newest_customer_us, self._clientele.load(key, value))
        elif key.startswith((TICKET, SURVEY)):
            old = self._tickets.states.get(key, EMPTY)
            new = EMPTY if value is None else merge(old, ticket_from_json(value))
            newest_us = new.last_us  # before anything changes, as it takes a state whose times are times
            if new is not old:
                self._tickets.put(key, old, new, None)
            if value is not None:
                self._forgetting.touch_at_least(key, timestamp_us)
                self._newest_loaded_us = max(self._newest_loaded_us, newest_us)

    # -- forgetting

    def evict(self, limit: int) -> Eviction | None:
        """Look at up to `limit` tickets and customers, and propose to forget those that are over; None for now.

        Nothing changes here until `evicted` is called, once seal and tombstones are acknowledged.
        """
        return self._forgetting.propose(self._tickets, self._clientele, limit, now_us=self._now_us, policy=self.policy)

    def evicted(self, eviction: Eviction) -> None:
        """Forget the tickets and customers of an eviction that is on the changelog."""
        self._forgetting.settle(eviction.seal, self._tickets)
        self._clientele.forget(eviction.customers)

    # -- alerts

    def due_alerts(self, now_us: int, limit: int) -> list[Alert]:
        """Return up to `limit` alerts that are due by now, were not sent yet and are certain, the oldest first.

        Certain: whatever could still answer the ticket in time has been read. What is older than the policy's
        `alert_max_age_us` is let go, and counted in `alerts_skipped`.
        """
        max_age_us = self.policy.alert_max_age_us
        found, let_go = due_alerts(self._tickets, self.watermark, now_us, now_us - max_age_us, limit)
        # What was too old when it was asked last was counted then, by this owner or by the one before.
        asked_us = self._asked_us if self._asked_us is not None else now_us if self._newest_loaded_us else 0
        self.alerts_skipped += sum(
            alarm.due_us + max_age_us >= asked_us or self._forgetting.touched_us(alarm.key) >= asked_us
            for alarm in let_go
        )
        self._asked_us = now_us
        return found

    def sent(self, alerts: Iterable[Alert]) -> set[bytes]:
        """Remember that alerts were sent; returns the changelog keys that changed by it."""
        dirty: set[bytes] = set()
        for each in alerts:
            state = self._tickets.states.get(each.key)
            self._tickets.alarms.drop(each.alarm)
            if state is not None:
                self._tickets.put(each.key, state, merge(state, Ticket(alerts=(each.alarm.mark,))), None)
                dirty.add(each.key)
        return dirty

    # -- numbers out

    def adoption(self, policy: Policy) -> Adoption:
        """Begin to count everything anew under another policy, which `adopt` puts in force.

        Labels, windows and buckets have to be the same.
        """
        return Adoption(self._tickets, self._clientele, policy, self._forgetting.seal, self._now_us)

    def adopt(self, adoption: Adoption) -> bool:
        """Put an adoption in force whose steps are done; returns False if states have changed since it began."""
        if (result := adoption.result) is None:
            return False
        self.policy = adoption.policy
        self._tickets, self._clientele = result
        self.advance(self._now_us)
        return True

    @property
    def tickets(self) -> Tickets:
        """Return its tickets, to look at."""
        return self._tickets

    @property
    def clientele(self) -> Clientele:
        """Return its customers, to look at."""
        return self._clientele

    @property
    def seal(self) -> Seal:
        """Return what accounts for the tickets that are forgotten."""
        return self._forgetting.seal

    @property
    def corrections(self) -> Mapping[str, int]:
        """Return how many numbers a later event changed, by whether their pane was provisional or final."""
        return self._tickets.corrections

    @property
    def watermark_us(self) -> int | None:
        """Return the event time up to which this partition has most likely seen everything, None before any event."""
        return self.watermark.us

    @property
    def newest_us(self) -> int | None:
        """Return the newest event time that was seen or recovered, None before any. What is forgotten counts too."""
        recovered_us = max(self._newest_loaded_us, self._newest_customer_us, self._forgetting.seal.horizon_us)
        return max(recovered_us, self.watermark.newest_us or 0) or None

    @property
    def final_until_us(self) -> int | None:
        """Return the instant before which panes are final: the watermark less the grace period."""
        watermark = self.watermark.us
        return None if watermark is None else watermark - self.policy.grace_us

    def advance(self, now_us: int) -> None:
        """Move the windows to now."""
        self._now_us = now_us
        self._tickets.advance(now_us)
        self._clientele.advance(now_us)

    def snapshot(self) -> Totals:
        """Return the numbers as of the last `advance`; they can be merged with those of other partitions."""
        tickets = self._tickets
        windows = tickets.windows()
        windows.pop(AHEAD)
        return Totals(
            partitions=(self.number,),
            as_of_us=self._now_us,
            watermark_us=self.watermark.us,
            final_until_us=self.final_until_us,
            windows=windows,
            tickets=tickets.sums(),
            surveys=tickets.survey_sums(),
            customers=self._clientele.sums(),
            agents=tickets.agent_sums(),
            queues=tickets.queues(self._now_us),
            tenure=self._clientele.tenure(),
            history=tickets.history(self._forgetting.seal.horizon_us),
            counts=tickets.counts(self._forgetting.seal),
            newest_event_us=self.newest_us,
        )
