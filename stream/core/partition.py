"""All that one Kafka partition holds: ticket states, panes, what stands open. It comes and goes as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from schemas.codec import at_us, key_of
from schemas.events import TOPIC_OF_TYPE, Event
from stream.core.contributions import CATEGORIES, NOTHING, Share, share
from stream.core.labels import LabelBook
from stream.core.ledger import Cells, Contribution, Ledger
from stream.core.partitioner import partition_of
from stream.core.policy import Policy
from stream.core.seal import SEAL_KEY, SURVEY, TICKET, Eviction, Seal, is_over, next_seal
from stream.core.snapshot import Totals
from stream.core.standing import Standing
from stream.core.ticket import EMPTY, Ticket, lift, merge, ticket_from_json, ticket_to_json
from stream.core.windows import HOUR_US

_CUSTOMER_TYPES = frozenset(kind for kind, topic in TOPIC_OF_TYPE.items() if topic == "customer")

SWEEP_US = HOUR_US
EVICTED_AT_ONCE = 5_000

# What so many tickets added last is kept, as most events are of tickets that just had one; the rest is computed anew.
_SHARES_KEPT = 20_000


@dataclass(slots=True)
class Outcome:
    """What a batch of events did.

    applied changed a state, duplicates changed nothing, late came for a pane that was already final (applied all the
    same, if the ticket is held), late_dropped were so late that their ticket may be forgotten. ignored are customer
    events, of which no numbers are made yet. newest_us: the newest event time among them, None for none. dirty:
    changelog keys whose value changed. foreign: indices of events that were not applied because their ticket belongs
    to another partition.
    """

    applied: int = 0
    duplicates: int = 0
    late: int = 0
    late_dropped: int = 0
    ignored: int = 0
    newest_us: int | None = None
    dirty: set[bytes] = field(default_factory=set)
    foreign: list[int] = field(default_factory=list)


class Partition:
    """The tickets of one partition and their numbers. Knows no clock: now is an argument."""

    def __init__(self, number: int, policy: Policy, book: LabelBook, topics: Iterable[str] = ()) -> None:
        """Make an empty partition; the label book is shared by all partitions of a worker.

        topics: those that hold the watermark back until something came from them, or they are caught up.
        """
        self.number = number
        self.policy = policy
        self.corrections = {"provisional": 0, "final": 0}
        self.caught_up: frozenset[str] = frozenset()  # topics that have nothing to read, and hold no watermark back
        self._book = book
        self._topics = frozenset(topics)
        self._watermark_us: int | None = None
        self._states: dict[bytes, Ticket] = {}
        self._touched_us: dict[bytes, int] = {}
        self._shares: dict[bytes, Share] = {}
        self._standing = Standing()
        self._tickets = Ledger(policy.windows, policy.day)
        self._surveys = Ledger(policy.windows + policy.survey_windows, policy.day)
        self._categories: Counter[str] = Counter()
        self._newest_us: dict[str, int] = {}
        self._newest_loaded_us = 0
        self._now_us = 0
        self._seal = Seal()
        self._sweep: Iterator[bytes] | None = None
        self._swept_us = -SWEEP_US
        self._over: list[bytes] = []

    # -- events in

    def apply(self, topic: str, events: Sequence[Event], now_us: int) -> Outcome:
        """Merge events of a source topic into the states, and move the numbers by what that changes.

        now_us: the worker's clock, from which a ticket that is not heard of is forgotten in time.
        """
        outcome = Outcome()
        final_until = self.final_until_us or 0
        newest = -1
        states = self._states
        for i, event in enumerate(events):
            at = at_us(event)
            key = _state_key(event)
            if key is None:
                newest = max(newest, at)
                outcome.ignored += 1
                continue
            old = states.get(key)
            if old is None and not self._belongs(key):
                outcome.foreign.append(i)
                continue
            newest = max(newest, at)
            if at < final_until:
                outcome.late += 1
            if old is None:
                if at <= self._seal.horizon_us:
                    outcome.late_dropped += 1
                    continue
                old = EMPTY
            new = merge(old, lift(event, at))
            if new is old:
                outcome.duplicates += 1
                continue
            self._put(key, old, new)
            self._touched_us[key] = now_us
            outcome.applied += 1
            outcome.dirty.add(key)
        if newest >= 0:
            outcome.newest_us = newest
            self._newest_us[topic] = max(newest, self._newest_us.get(topic, -1))
            self._move_watermark()
        return outcome

    def _belongs(self, key: bytes) -> bool:
        policy = self.policy
        expected = partition_of(key[2:], policy.partitions, policy.partitioner)
        return expected is None or expected == self.number

    def _put(self, key: bytes, old: Ticket, new: Ticket) -> None:
        shares = self._shares
        before = shares.pop(key, None)
        if before is None:
            before = share(old, self.policy, self._book) if old is not EMPTY else NOTHING
        after = NOTHING
        if new is not EMPTY:
            after = share(new, self.policy, self._book)
            if len(shares) >= _SHARES_KEPT:
                shares.clear()
            shares[key] = after
        self._replace(before.tickets, after.tickets, self._tickets)
        self._replace(before.surveys, after.surveys, self._surveys)
        self._standing.replace(key, before.open, after.open)
        if before.category != after.category and key.startswith(TICKET):
            self._categories[before.category] -= 1
            self._categories[after.category] += 1
        if new is EMPTY:
            del self._states[key]
        else:
            self._states[key] = new

    def _replace(self, before: list[Contribution], after: list[Contribution], ledger: Ledger) -> None:
        if before == after:
            return
        if before:
            first = min(at for at, _, _ in before)
            self.corrections["final" if first < (self.final_until_us or 0) else "provisional"] += 1
        ledger.apply(before, after)

    # -- changelog

    def dump(self, key: bytes) -> bytes:
        """Return the changelog value of a held key, or of the seal; raises KeyError for a key that is not held."""
        if key == SEAL_KEY:
            return self._seal.to_bytes(self.policy)
        return ticket_to_json(self._states[key])

    def load(self, key: bytes, value: bytes | None, timestamp_us: int) -> None:
        """Merge one changelog record; None is a tombstone, timestamp_us the time of the record."""
        if key == SEAL_KEY:
            if value is not None:
                self._settle(Seal.from_bytes(value, self.policy))
        elif key.startswith((TICKET, SURVEY)):
            old = self._states.get(key, EMPTY)
            new = EMPTY if value is None else merge(old, ticket_from_json(value))
            if new is not old:
                self._put(key, old, new)
            if value is not None:
                self._touched_us[key] = max(timestamp_us, self._touched_us.get(key, 0))
                self._newest_loaded_us = max(self._newest_loaded_us, new.last_us)

    # -- forgetting

    def evict(self, limit: int) -> Eviction | None:
        """Look at up to `limit` tickets, and propose to forget those that are over; None for now.

        All tickets are looked at once an hour. A proposal comes at the end, or when there are many: each one writes
        the whole seal. Nothing changes here until `evicted` is called, once seal and tombstones are acknowledged.
        """
        if self._sweep is None:
            if self._now_us < self._swept_us + SWEEP_US:
                return None
            self._sweep = iter(list(self._states))
        looked = list(islice(self._sweep, limit))
        self._over += [key for key in looked if self._is_over(key)]
        if len(looked) < limit:
            self._sweep, self._swept_us = None, self._now_us
        elif len(self._over) < EVICTED_AT_ONCE:
            return None
        over, self._over = [key for key in self._over if self._is_over(key)], []  # some may have changed since
        if not over:
            return None
        leaving = [(key, self._states[key], share(self._states[key], self.policy, self._book)) for key in over]
        seal = next_seal(self._seal, leaving)
        return Eviction(seal, seal.to_bytes(self.policy))

    def _is_over(self, key: bytes) -> bool:
        state = self._states.get(key)
        touched_us = self._touched_us.get(key, self._now_us)
        return state is not None and is_over(state, touched_us, self._now_us, self.policy)

    def evicted(self, eviction: Eviction) -> None:
        """Forget the tickets of an eviction that is on the changelog."""
        self._settle(eviction.seal)

    def _settle(self, seal: Seal) -> None:
        if seal.generation <= self._seal.generation:
            return
        for key in seal.evicted:
            if (state := self._states.get(key)) is not None:
                self._put(key, state, EMPTY)
                self._touched_us.pop(key, None)
        _shift(self._tickets.all, self._seal.tickets, seal.tickets)
        _shift(self._surveys.all, self._seal.surveys, seal.surveys)
        self._seal = seal._replace(evicted=())

    # -- numbers out

    @property
    def watermark_us(self) -> int | None:
        """Return the event time up to which this partition has most likely seen everything, None before any event.

        It is the newest event time of the slowest topic; a topic with nothing left to read does not hold it back.
        """
        return self._watermark_us

    def _move_watermark(self) -> None:
        """Let the watermark follow the slowest topic; it never goes back."""
        newest = self._newest_us
        behind = (self._topics | newest.keys()) - self.caught_up
        if behind <= newest.keys() and newest:
            slowest = min(newest[topic] for topic in behind) if behind else max(newest.values())
            self._watermark_us = max(slowest, self._watermark_us or 0)

    @property
    def newest_us(self) -> int | None:
        """Return the newest event time that was seen or recovered, None before any."""
        return max([self._newest_loaded_us, *self._newest_us.values()]) or None

    @property
    def final_until_us(self) -> int | None:
        """Return the instant before which panes are final: the watermark less the grace period."""
        watermark = self.watermark_us
        return None if watermark is None else watermark - self.policy.grace_us

    def advance(self, now_us: int) -> None:
        """Move the windows to now."""
        self._now_us = now_us
        self._move_watermark()
        self._tickets.advance(now_us)
        self._surveys.advance(now_us)

    def snapshot(self) -> Totals:
        """Return the numbers as of the last `advance`; they can be merged with those of other partitions."""
        sealed = self._seal.categories
        return Totals(
            partitions=(self.number,),
            as_of_us=self._now_us,
            watermark_us=self.watermark_us,
            final_until_us=self.final_until_us,
            windows=self._surveys.windows(),
            tickets=self._tickets.cells(),
            surveys=self._surveys.cells(),
            queues=self._standing.read(self._now_us, self.policy.buckets, self.policy.longer_than),
            counts={"held": sum(self._categories[name] for name in CATEGORIES)}
            | {name: self._categories[name] + sealed.get(name, 0) for name in CATEGORIES},
        )


def _state_key(event: Event) -> bytes | None:
    """Return the changelog key of the state that an event belongs to, None for customer events."""
    if event["type"] in _CUSTOMER_TYPES:
        return None
    prefix = TICKET if "ticket_id" in event else SURVEY
    return prefix + key_of(event).encode()


def _shift(cells: Cells, old: Cells, new: Cells) -> None:
    for cell in old.keys() | new.keys():
        total = cells.get(cell, 0) + new.get(cell, 0) - old.get(cell, 0)
        if total:
            cells[cell] = total
        else:
            cells.pop(cell, None)
