"""Forgetting tickets and customers that are over, in an hourly sweep over everything that a partition holds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from stream.core.clientele import CUSTOMER, Clientele
from stream.core.policy import Policy
from stream.core.seal import Eviction, Seal, is_over, next_seal
from stream.core.ticket import EMPTY
from stream.core.tickets import Tickets
from stream.core.windows import HOUR_US

SWEEP_US = HOUR_US
EVICTED_AT_ONCE = 5_000


class Forgetting:
    """The seal of a partition, when its tickets were last touched, and how far the sweep has come.

    The tickets and customers are arguments, as a partition may replace them by others that count differently.
    """

    def __init__(self) -> None:
        """Begin with nothing forgotten."""
        self.seal = Seal()
        self._touched_us: dict[bytes, int] = {}
        self._sweep: Iterator[bytes] | None = None
        self._swept_us = -SWEEP_US
        self._over: list[bytes] = []

    def touch(self, key: bytes, now_us: int) -> None:
        """Note when, by the worker's clock, a ticket changed."""
        self._touched_us[key] = now_us

    def touch_at_least(self, key: bytes, then_us: int) -> None:
        """Note that a ticket had changed by then."""
        self._touched_us[key] = max(then_us, self._touched_us.get(key, 0))

    def touched_us(self, key: bytes) -> int:
        """Return when a ticket changed last, by the worker's clock; 0 if that is not known."""
        return self._touched_us.get(key, 0)

    def propose(
        self, tickets: Tickets, clientele: Clientele, limit: int, *, now_us: int, policy: Policy
    ) -> Eviction | None:
        """Look at up to `limit` tickets and customers, and propose to forget those that are over; None for now.

        All are looked at once an hour. A proposal comes at the end, or when there are many: each one writes the
        whole seal.
        """
        if self._sweep is None:
            if now_us < self._swept_us + SWEEP_US:
                return None
            self._sweep = iter([*tickets.states, *clientele.keys()])

        def over(key: bytes) -> bool:
            if key.startswith(CUSTOMER):
                return clientele.prune(key)
            state = tickets.states.get(key)
            return state is not None and is_over(state, self._touched_us.get(key, now_us), now_us, policy)

        looked = list(islice(self._sweep, limit))
        self._over += [key for key in looked if over(key)]
        if len(looked) < limit:
            self._sweep, self._swept_us = None, now_us
        elif len(self._over) < EVICTED_AT_ONCE:
            return None
        leaving, self._over = [key for key in self._over if over(key)], []  # some may have changed since
        if not leaving:
            return None
        accounted = [(key, tickets.states[key], tickets.share(key)) for key in leaving if not key.startswith(CUSTOMER)]
        seal = next_seal(self.seal, accounted)
        return Eviction(seal, seal.to_bytes(policy), tuple(key for key in leaving if key.startswith(CUSTOMER)))

    def settle(self, seal: Seal, tickets: Tickets) -> None:
        """Let a newer seal account for the tickets that it names, and forget those that are still held."""
        if seal.generation <= self.seal.generation:
            return
        for key in seal.evicted:
            if (state := tickets.states.get(key)) is not None:
                tickets.put(key, state, EMPTY, None)
                self._touched_us.pop(key, None)
        tickets.shift(self.seal, seal)
        self.seal = seal._replace(evicted=())
