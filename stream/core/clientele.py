"""The customers of one partition and their numbers."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable
from typing import NamedTuple

from stream.core.customer import NOBODY, Customer
from stream.core.customer_merge import customer_from_json, customer_to_json, merge_customers, pruned
from stream.core.customer_share import CustomerShare, customer_share
from stream.core.labels import LabelBook
from stream.core.ledger import Ledger
from stream.core.policy import Policy
from stream.core.sums import Sums
from stream.core.tenure import Tenure, TenureTotals
from stream.core.tuples import make
from stream.core.windows import WHAT_LIES_AHEAD
from stream.numbers.contact_avoidance import kept_from_us

CUSTOMER = b"c:"
# What so many customers added last is kept: who was heard of is often heard of again at once.
_SHARES_KEPT = 20_000
# Customers whose numbers may wait to be moved until somebody looks: many a one is told of several tickets by then.
_SETTLE_AT = 1_000
# Customers that are counted anew in one step: some hundredths of a second.
_STEP = 500


class Notice(NamedTuple):
    """What a customer is told of one of their tickets or answers, which live where their own keys lead.

    kind: `contact` (subject is a ticket id) or `answer` (a survey id). value: a customer's state that knows this
    alone, as the changelog holds it.
    """

    customer_id: str
    kind: str
    subject: str
    value: bytes


class News(NamedTuple):
    """The same before it is written down: news is a customer's state that knows this alone."""

    customer_id: str
    kind: str
    subject: str
    news: Customer

    def notice(self) -> Notice:
        """Write it down, for another partition."""
        return make(Notice, (self.customer_id, self.kind, self.subject, customer_to_json(self.news)))


class Clientele:
    """All customers of a partition; like tickets they are states that are merged, and shares that are added up."""

    def __init__(self, policy: Policy, book: LabelBook) -> None:
        """Start with none."""
        self._policy = policy
        self._book = book
        self._states: dict[bytes, Customer] = {}
        self._shares: dict[bytes, CustomerShare] = {}
        self._counted: dict[bytes, Customer] = {}  # as whom those count whose numbers are still to be moved
        self._now_us = self._kept_from_us = 0
        self.changes = 0
        """Grows with every change of a state."""
        self._ledger = Ledger((*policy.windows, *policy.survey_windows, WHAT_LIES_AHEAD), policy.day)
        self._tenure = Tenure()

    def __contains__(self, key: bytes) -> bool:
        """Say whether a customer is known."""
        return key in self._states

    def __len__(self) -> int:
        """Return how many customers are known, of whatever event."""
        return len(self._states)

    def state(self, key: bytes) -> Customer:
        """Return what is known of a customer."""
        return self._states.get(key, NOBODY)

    def learn(self, key: bytes, news: Customer) -> bool:
        """Merge what is known of a customer; returns whether it was new. The key is that of the changelog."""
        old = self.state(key)
        new = merge_customers(old, news)
        if new is old:
            return False
        if news.last_us < self._kept_from_us:  # it may have been forgotten
            kept = pruned(new, self._kept_from_us)
            if kept is not new and kept == old:
                return False
            new = kept
        self._put(key, old, new)
        return True

    def _put(self, key: bytes, old: Customer, new: Customer) -> None:
        self.changes += 1
        self._states[key] = new
        self._counted.setdefault(key, old)
        if len(self._counted) >= _SETTLE_AT:
            self._settle()

    def _settle(self) -> None:
        """Move the numbers by all that changed since the last time."""
        shares = self._shares
        counted, self._counted = self._counted, {}
        for key, old in counted.items():
            before = shares.pop(key, None) or self._share(key, old)
            after = self._share(key, self._states[key])
            if before.contributions != after.contributions:
                self._ledger.apply(before.contributions, after.contributions)
            self._tenure.replace(before.standing, after.standing)
            if len(shares) >= _SHARES_KEPT:
                shares.clear()
            shares[key] = after

    def _share(self, key: bytes, state: Customer) -> CustomerShare:
        return customer_share(key[len(CUSTOMER) :].decode(), state, self._policy, self._book)

    def look(self, keys: Iterable[bytes]) -> list[tuple[bytes, Customer, CustomerShare]]:
        """Return those of these customers that are known, with what each adds; nothing is counted or kept by it."""
        self._settle()
        overflows = dict(self._book.overflows)
        found = [
            (key, state, self._shares.get(key) or self._share(key, state))
            for key in keys
            if (state := self._states.get(key)) is not None
        ]
        self._book.overflows.update(overflows)
        return found

    def recounted(self, policy: Policy, now_us: int) -> Generator[None, None, Clientele]:
        """Count everybody anew under another policy, aside and in steps; returns the customers under it."""
        fresh = Clientele(policy, self._book)
        fresh.advance(now_us)
        for done, (key, state) in enumerate(list(self._states.items()), start=1):
            fresh._put(key, NOBODY, state)
            if done % _STEP == 0:
                yield
        fresh.changes = self.changes
        return fresh

    def keys(self) -> list[bytes]:
        """Return the changelog keys of all customers."""
        return list(self._states)

    def prune(self, key: bytes) -> bool:
        """Forget what no window shows any more of a customer; returns whether nothing is left of them."""
        state = self._states.get(key)
        if state is None:
            return False
        kept = pruned(state, self._kept_from_us) if self._kept_from_us > 0 else state
        if kept is not state:
            self._put(key, state, kept)
        return kept == NOBODY

    def forget(self, keys: Collection[bytes]) -> None:
        """Forget customers whose tombstones are on the changelog."""
        for key in keys:
            if (state := self._states.get(key)) is not None:
                self._put(key, state, NOBODY)
        self._settle()
        for key in keys:
            self._states.pop(key, None)
            self._shares.pop(key, None)

    def dump(self, key: bytes) -> bytes:
        """Return the changelog value of a customer; raises KeyError for one that is not known."""
        return customer_to_json(self._states[key])

    def load(self, key: bytes, value: bytes) -> int:
        """Merge the changelog value of a customer; returns the time of the latest event in it, in microseconds."""
        customer = customer_from_json(value)
        self.learn(key, customer)
        return customer.last_us

    def advance(self, now_us: int) -> None:
        """Move the windows to now."""
        self._settle()
        self._now_us, self._kept_from_us = now_us, kept_from_us(now_us, self._policy)
        self._ledger.advance(now_us)

    def sums(self) -> dict[str, Sums]:
        """Return the sums of each window."""
        self._settle()
        return self._ledger.sums()

    def tenure(self) -> TenureTotals:
        """Return for how long they have been customers, as of the last `advance`."""
        self._settle()
        return self._tenure.read(self._now_us, self._policy.definitions.long_tenure_years)
