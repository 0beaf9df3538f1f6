"""All that one Kafka partition holds: ticket states, panes, what stands open. It comes and goes as a whole."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from schemas.events import Event
from stream.core.facts import WAITS
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.waiting import WaitingTicket
from stream.counting.each import EachCustomer, EachTicket
from stream.model.customer_state import CustomerState
from stream.model.state import State
from stream.numbers.contact_avoidance import kept_from_us
from stream.numbers.declare import Number
from stream.partition.alerts import LOOKED_AT, Alert, due_alerts
from stream.partition.books import Books
from stream.partition.clientele import Clientele
from stream.partition.forgetting import Forgetting
from stream.partition.keys import CUSTOMER, SEAL_KEY, SURVEY, TICKET
from stream.partition.learning import Learning
from stream.partition.notices import Notice
from stream.partition.outcome import Outcome
from stream.partition.seal import Eviction, Seal
from stream.partition.tickets import Tickets
from stream.partition.watermark import Watermark

# States that may wait to be counted until the next tick: more would make that one long.
_SETTLE_AT = 8_000


class Partition:
    """The tickets and customers of one partition and their numbers. Knows no clock: now is an argument."""

    def __init__(self, number: int, books: Books, topics: Iterable[str] = ()) -> None:
        """Make an empty partition, whose numbers are in the books; one of the same number leaves them.

        topics: those that hold the watermark back until something came from them, or they are caught up.
        """
        self.number = number
        self.alerts_skipped = 0
        """What was noticed too late to tell anybody."""
        self.watermark = Watermark(topics)
        self.books = books
        """What it and the other partitions of a worker add up to."""
        self._tickets, self._clientele = Tickets(books.names), Clientele(books.names)
        self._learning = Learning(number, self._tickets, self._clientele)
        self._forgetting = Forgetting(number, books, self._tickets, self._clientele)
        self._newest_loaded_us = 0
        self._newest_customer_us = 0
        self._now_us = 0
        self._asked_us: int | None = None
        books.join(number, self._tickets, self._clientele, lambda: self._forgetting.seal)

    @property
    def policy(self) -> Policy:
        """Return the policy that it is counted under."""
        return self.books.policy

    def leave(self) -> None:
        """Take its numbers out of the books."""
        self.books.leave(self.number, self._tickets)

    # -- events in

    def apply(self, topic: str, events: Sequence[Event], now_us: int) -> Outcome:
        """Merge events of a source topic into the states, and move the numbers by what that changes.

        now_us: the worker's clock, from which a ticket that is not heard of is forgotten in time.
        """
        self._open()
        self._tickets.final_until_us = self.final_until_us or -1
        outcome = self._learning.apply(events, now_us, self._forgetting.seal.horizon_us, self.policy)
        if outcome.newest_us is not None:
            self.watermark.saw(topic, outcome.newest_us)
        if len(self._tickets.was) + len(self._clientele.was) >= _SETTLE_AT:
            self.books.settle()
        return outcome

    def _open(self) -> None:
        """Have what was read back counted."""
        self._tickets.loading = self._clientele.loading = False

    def notice(self, notices: Sequence[Notice]) -> Outcome:
        """Let customers know what other partitions tell them; those of other partitions are foreign again."""
        return self._learning.notice(notices, self.policy)

    # -- changelog

    def dump(self, key: bytes) -> bytes:
        """Return the changelog value of a held key, or of the seal; raises KeyError for a key that is not held."""
        if key == SEAL_KEY:
            return self._forgetting.seal.to_bytes(self.policy)
        if key.startswith(CUSTOMER):
            return self._clientele.states[key].dump()
        return self._tickets.states[key].dump()

    def load(self, key: bytes, value: bytes | None, timestamp_us: int) -> None:
        """Add one changelog record; None is a tombstone, timestamp_us the time of the record.

        Raises ValueError, TypeError, KeyError or IndexError for what no version wrote.
        """
        if key == SEAL_KEY:
            if value is not None:
                self._forgetting.settle(Seal.from_bytes(value, self.policy))
        elif key.startswith(CUSTOMER):
            if value is None:
                self._forgetting.forget_customers((key,))
            else:
                self._newest_customer_us = max(self._newest_customer_us, self._clientele.load(key, value))
        elif key.startswith((TICKET, SURVEY)):
            if value is None:
                self._forgetting.forget_tickets((key,))
            else:
                self._newest_loaded_us = max(self._newest_loaded_us, self._tickets.load(key, value, timestamp_us))

    def count(self) -> Iterator[None]:
        """Have what was read back counted, in steps between which the caller can do something else."""
        yield from self.books.count_loaded(self.number)
        self._open()

    # -- forgetting

    def evict(self, limit: int) -> Eviction | None:
        """Look at up to `limit` tickets and customers, and propose to forget those that are over; None for now.

        Nothing changes here until `evicted` is called, once seal and tombstones are acknowledged.
        """
        self._open()
        return self._forgetting.propose(limit, self._now_us)

    def evicted(self, eviction: Eviction) -> None:
        """Forget the tickets and customers of an eviction that is on the changelog."""
        self._forgetting.forget(eviction)

    # -- alerts

    def due_alerts(self, now_us: int, limit: int) -> list[Alert]:
        """Return up to `limit` alerts that are due by now, were not sent yet and are certain, the oldest first.

        Certain: whatever could still answer the ticket in time has been read. What is older than the policy's
        `alert_max_age_us` is let go, and counted in `alerts_skipped`.
        """
        max_age_us = self.policy.alert_max_age_us
        books, states = self.books, self._tickets.states
        self._open()
        books.settle()
        alarms = books.counted.due(self.number, now_us, limit * LOOKED_AT, books.key)
        found = due_alerts(alarms, states, self.policy, books.counted.wait, self.watermark, now_us - max_age_us, limit)
        for alarm in (*found.sent, *found.let_go):
            books.counted.saw(self.number, alarm, states[alarm.key])
        # What was too old when it was asked last was counted then, by this owner or by the one before.
        asked_us = self._asked_us if self._asked_us is not None else now_us if self._newest_loaded_us else 0
        self.alerts_skipped += sum(
            alarm.due_us + max_age_us >= asked_us or states[alarm.key].touched_us >= asked_us for alarm in found.let_go
        )
        self._asked_us = now_us
        return found.alerts

    def sent(self, alerts: Iterable[Alert]) -> set[bytes]:
        """Remember that alerts were sent; returns the changelog keys that changed by it."""
        dirty: set[bytes] = set()
        for each in alerts:
            if self._tickets.note_alert(each.key, each.alarm.mark):
                self.books.counted.saw(self.number, each.alarm, self._tickets.states[each.key])
                dirty.add(each.key)
        return dirty

    def longest_waiting(
        self, wanted: Callable[[Labels], bool], limit: int, kinds: Collection[str] = WAITS
    ) -> list[WaitingTicket]:
        """Return up to `limit` tickets whose customers wait, of the labels and for what is wanted, the oldest first."""
        return self.books.counted.longest_waiting(self.number, wanted, kinds, limit, self.books.key)

    # -- numbers out

    def each_ticket(self, states: Sequence[State], number: Number) -> EachTicket:
        """Return what each of some tickets adds to a number, at least."""
        return self.books.each_ticket(states, number)

    def each_customer(self, states: Sequence[CustomerState], number: Number) -> EachCustomer:
        """Return what each of some customers adds to a number, at least."""
        return self.books.each_customer(states, number)

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
        """Move the windows to now, and count what changed: that of all partitions that share the books."""
        self._now_us = now_us
        self._open()
        self._clientele.kept_from_us = kept_from_us(now_us, self.policy)
        self.books.advance(now_us)

    def snapshot(self) -> Totals:
        """Return the numbers as of the last `advance`; they can be merged with those of other partitions."""
        number, counted, seal = self.number, self.books.counted, self._forgetting.seal
        first_us, forgotten_us = counted.first_opened_us(number), seal.horizon_us
        if forgotten_us >= 0:
            first_us = forgotten_us if first_us is None else min(first_us, forgotten_us)
        return Totals(
            partitions=(number,),
            as_of_us=self._now_us,
            watermark_us=self.watermark.us,
            final_until_us=self.final_until_us,
            windows=counted.windows(),
            tickets=counted.sums("tickets", number),
            surveys=counted.sums("surveys", number),
            customers=counted.sums("customers", number),
            agents=counted.agents(number, seal.categories),
            queues=counted.queues(number, self._now_us),
            tenure=counted.tenure(number, self._now_us),
            history=counted.history(number, first_us),
            counts=counted.counts(number, seal.categories),
            newest_event_us=self.newest_us,
        )
