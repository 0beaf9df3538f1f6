"""The tickets of one partition and all that is counted of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable
from itertools import zip_longest

from stream.core.alarms import Alarms
from stream.core.contributions import CATEGORIES, NOTHING, Adds, Share, share
from stream.core.due import NEVER_US
from stream.core.history import History, HistoryTotals
from stream.core.labels import LabelBook, Labels
from stream.core.ledger import Contribution, Ledger
from stream.core.policy import Policy
from stream.core.seal import TICKET, Seal
from stream.core.standing import Queue, Standing
from stream.core.sums import Sums
from stream.core.ticket import EMPTY, Ticket
from stream.core.waiting import WaitingTicket
from stream.core.windows import ALL, WHAT_LIES_AHEAD

# What so many tickets added last is kept, as most events are of tickets that just had one; the rest is computed anew.
_SHARES_KEPT = 20_000
# Tickets that are counted anew in one step: some hundredths of a second.
_STEP = 200


class Tickets:
    """Ticket states by changelog key, with the panes, the open tickets and the alarms that follow from them."""

    def __init__(self, policy: Policy, book: LabelBook) -> None:
        """Start with none."""
        self.states: dict[bytes, Ticket] = {}
        self.corrections = {"provisional": 0, "final": 0}
        self.changes = 0
        """Grows with every change of a state."""
        self._policy = policy
        self._book = book
        self._first_opened_us: int | None = None
        self.alarms = Alarms()
        self._shares: dict[bytes, Share] = {}
        self._standing = Standing()
        self._tickets = Ledger(policy.windows, policy.day)
        self._surveys = Ledger((*policy.windows, *policy.survey_windows, WHAT_LIES_AHEAD), policy.day)
        self._agents = Ledger(policy.agent_windows, policy.day)
        self._history = History(policy.definitions.baseline_weeks, policy.day)
        self._categories: Counter[str] = Counter()

    def put(self, key: bytes, old: Ticket, new: Ticket, final_until_us: int | None) -> None:
        """Replace a state, EMPTY for none, and move the numbers by what that changes.

        final_until_us: the instant before which panes are final; None if what changes is no correction.
        """
        self.changes += 1
        shares = self._shares
        before = shares.pop(key, None)
        if before is None:
            before = share(old, self._policy, self._book) if old is not EMPTY else NOTHING
        after = NOTHING
        if new is not EMPTY:
            after = share(new, self._policy, self._book, before)
            if len(shares) >= _SHARES_KEPT:
                shares.clear()
            shares[key] = after
        self._count(key, before, after, final_until_us)
        if new is EMPTY:
            del self.states[key]
            return
        self.states[key] = new
        if new.opening is not None and (self._first_opened_us is None or new.opening.at_us < self._first_opened_us):
            self._first_opened_us = new.opening.at_us

    def _count(self, key: bytes, before: Share, after: Share, final_until_us: int | None) -> None:
        changed_us = min(
            _replace(before.tickets, after.tickets, self._tickets),
            _replace(before.surveys, after.surveys, self._surveys),
        )
        _replace(before.history, after.history, self._history)
        _replace(before.agents, after.agents, self._agents)
        if final_until_us is not None and changed_us < NEVER_US:
            self.corrections["final" if changed_us < final_until_us else "provisional"] += 1
        self._standing.replace(key, before.open, after.open)
        self.alarms.replace(key, before, after)
        if before.category != after.category and key.startswith(TICKET):
            self._categories[before.category] -= 1
            self._categories[after.category] += 1

    def share(self, key: bytes) -> Share:
        """Return what a held ticket adds."""
        return self._shares.get(key) or share(self.states[key], self._policy, self._book)

    def look(self, keys: Iterable[bytes]) -> list[tuple[bytes, Ticket, Share]]:
        """Return those of these tickets that are held, with what each adds; nothing is counted or kept by it."""
        overflows = dict(self._book.overflows)
        found = [(key, state, self.share(key)) for key in keys if (state := self.states.get(key)) is not None]
        self._book.overflows.update(overflows)
        return found

    def longest_waiting(self, wanted: Callable[[Labels], bool], limit: int) -> list[WaitingTicket]:
        """Return up to `limit` tickets that wait, of the labels that are wanted, the oldest first."""
        return [
            WaitingTicket(opened_us, key[len(TICKET) :].decode(), labels, due)
            for (opened_us, key, due), labels in self._standing.longest_waiting(wanted, limit)
        ]

    def recounted(self, policy: Policy, seal: Seal, now_us: int) -> Generator[None, None, Tickets]:
        """Count every ticket anew under another policy, aside and in steps; returns the tickets under it.

        What the seal holds stays as it was counted. Labels, windows and buckets have to be the same. The states are
        shared, so no state may change before the tickets returned have taken the place of these.
        """
        fresh = Tickets(policy, self._book)
        fresh.advance(now_us)
        for done, (key, state) in enumerate(list(self.states.items()), start=1):
            fresh._count(key, NOTHING, share(state, policy, self._book), None)
            if done % _STEP == 0:
                yield
        fresh.shift(Seal(), seal)
        fresh.states, fresh.corrections, fresh.changes = self.states, self.corrections, self.changes
        fresh._first_opened_us = self._first_opened_us
        return fresh

    def shift(self, old: Seal, new: Seal) -> None:
        """Let another seal account for the tickets that are forgotten."""
        self.changes += 1
        self._tickets.shift(old.tickets, new.tickets)
        self._surveys.shift(old.surveys, new.surveys)

    # -- numbers out

    def advance(self, now_us: int) -> None:
        """Move the windows to now."""
        self._tickets.advance(now_us)
        self._surveys.advance(now_us)
        self._agents.advance(now_us)
        self._history.advance(now_us)

    def windows(self) -> dict[str, tuple[int, int]]:
        """Return where the windows lie, `ahead` among them."""
        return self._surveys.windows()

    def sums(self) -> dict[str, Sums]:
        """Return the sums of each window, and over all time, of what tickets add."""
        return self._tickets.sums()

    def survey_sums(self) -> dict[str, Sums]:
        """Return the sums of each window, and over all time, of what surveys add."""
        return self._surveys.sums()

    def agent_sums(self) -> dict[str, Sums]:
        """Return what each agent did in each window; nothing at all if no event of a ticket ever named an agent."""
        sums = self._agents.sums()
        return {name: window for name, window in sums.items() if name != ALL} if sums[ALL].cells else {}

    def queues(self, now_us: int) -> dict[Labels, Queue]:
        """Return what stands open at now."""
        return self._standing.read(now_us, self._policy.buckets, self._policy.longer_than)

    def history(self, forgotten_us: int) -> HistoryTotals:
        """Return this hour and those it is compared with; forgotten_us: the last event of a forgotten ticket."""
        first = self._first_opened_us
        if forgotten_us >= 0:
            first = forgotten_us if first is None else min(first, forgotten_us)
        return self._history.read(first)

    def counts(self, seal: Seal) -> dict[str, int]:
        """Return how many tickets are held, and how many there ever were of each category."""
        held = {"held": sum(self._categories[name] for name in CATEGORIES)}
        return held | {name: self._categories[name] + seal.categories.get(name, 0) for name in CATEGORIES}


def _replace(before: Adds, after: Adds, ledger: Ledger | History) -> int:
    """Replace what a ticket added, family by family; returns the earliest time of what is gone, else NEVER_US."""
    if before is after:
        return NEVER_US
    gone_us = NEVER_US
    gone: list[Contribution] = []
    come: list[Contribution] = []
    for old, new in zip_longest(before, after, fillvalue=_NONE):
        if old is new:
            continue
        if not old:
            come += new
        elif new[: len(old)] == old:
            come += new[len(old) :]
        else:
            gone_us = min(gone_us, min((added[0] for added in old if added not in new), default=NEVER_US))
            gone += old
            come += new
    if gone or come:
        ledger.apply(gone, come)
    return gone_us


_NONE: list[Contribution] = []
