"""Forgetting tickets and customers that are over, in an hourly sweep over everything that a partition holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from stream.core.windows import HOUR_US
from stream.model.state import State
from stream.partition.books import Books
from stream.partition.clientele import Clientele
from stream.partition.keys import CUSTOMER, TICKET
from stream.partition.seal import Added, Eviction, Seal, is_over, next_seal
from stream.partition.tickets import Tickets

SWEEP_US = HOUR_US
EVICTED_AT_ONCE = 5_000


class Forgetting:
    """The seal of a partition, and how far the sweep has come over its tickets and customers."""

    def __init__(self, number: int, books: Books, tickets: Tickets, clientele: Clientele) -> None:
        """Begin with nothing forgotten."""
        self.seal = Seal()
        self._number, self._books = number, books
        self._tickets, self._clientele = tickets, clientele
        self._sweep: Iterator[bytes] | None = None
        self._swept_us = -SWEEP_US
        self._over: list[bytes] = []

    def propose(self, limit: int, now_us: int) -> Eviction | None:
        """Look at up to `limit` tickets and customers, and propose to forget those that are over; None for now.

        All are looked at once an hour. A proposal comes at the end, or when there are many: each one writes the
        whole seal.
        """
        books, tickets = self._books, self._tickets
        if self._sweep is None:
            if now_us < self._swept_us + SWEEP_US:
                return None
            self._sweep = iter([*tickets.states, *self._clientele.states])
        books.settle()  # what stands open is known of what was counted

        def over(key: bytes) -> bool:
            if key.startswith(CUSTOMER):
                return self._clientele.prune(key)
            state = tickets.states.get(key)
            return state is not None and is_over(state, books.counted.is_open(state), now_us, books.policy)

        looked = list(islice(self._sweep, limit))
        self._over += [key for key in looked if over(key)]
        if len(looked) < limit:
            self._sweep, self._swept_us = None, now_us
        elif len(self._over) < EVICTED_AT_ONCE:
            return None
        leaving, self._over = [key for key in self._over if over(key)], []  # some may have changed since
        if not leaving:
            return None
        accounted = [(key, tickets.states[key]) for key in leaving if not key.startswith(CUSTOMER)]
        seal = next_seal(self.seal, accounted, self._added(accounted), books.policy)
        return Eviction(seal, seal.to_bytes(books.policy), tuple(key for key in leaving if key.startswith(CUSTOMER)))

    def _added(self, leaving: Sequence[tuple[bytes, State]]) -> Added:
        return self._books.counted.added(
            [state for _, state in leaving], [key.startswith(TICKET) for key, _ in leaving]
        )

    def forget(self, eviction: Eviction) -> None:
        """Forget the tickets and customers of an eviction that is on the changelog."""
        self.settle(eviction.seal)
        self.forget_customers(eviction.customers)

    def forget_customers(self, keys: Sequence[bytes]) -> None:
        """Forget customers, some of whom may not be known."""
        self._books.forget_customers(self._clientele.pop(self._number, keys))

    def settle(self, seal: Seal) -> None:
        """Let a newer seal account for the tickets that it names, and forget those that are still held."""
        if seal.generation <= self.seal.generation:
            return
        self.forget_tickets(seal.evicted)
        self._books.shift(self._number, self.seal, seal)
        self.seal = seal._replace(evicted=())

    def forget_tickets(self, keys: Sequence[bytes]) -> None:
        """Forget tickets, some of which may not be held."""
        self._books.forget_tickets(self._tickets.pop(self._number, keys))
