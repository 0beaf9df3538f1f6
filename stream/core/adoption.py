"""Counting a partition anew under another policy, beside the numbers that are shown meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from stream.core.clientele import Clientele
from stream.core.policy import Policy
from stream.core.seal import Seal
from stream.core.tickets import Tickets


class Adoption:
    """The tickets and customers of a partition under another policy, once all steps are done.

    It says nothing any more if a state changes before it is in force: then it has to be made anew.
    """

    def __init__(self, tickets: Tickets, clientele: Clientele, policy: Policy, seal: Seal, now_us: int) -> None:
        """Begin; nothing is counted yet."""
        self.policy = policy
        self._tickets, self._clientele = tickets, clientele
        self._began = self._changes
        self._seal = seal
        self._now_us = now_us
        self._done: tuple[Tickets, Clientele] | None = None

    def steps(self) -> Iterator[None]:
        """Count, a few hundred states in a step, so that the caller can do something else in between."""
        tickets = yield from self._tickets.recounted(self.policy, self._seal, self._now_us)
        clientele = yield from self._clientele.recounted(self.policy, self._now_us)
        self._done = tickets, clientele

    @property
    def stale(self) -> bool:
        """True if a state has changed since it began."""
        return self._began != self._changes

    @property
    def result(self) -> tuple[Tickets, Clientele] | None:
        """Return the tickets and customers; None if there are steps left, or it is stale."""
        return None if self.stale else self._done

    @property
    def _changes(self) -> tuple[int, int]:
        return self._tickets.changes, self._clientele.changes
