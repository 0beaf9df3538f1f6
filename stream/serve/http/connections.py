"""Which HTTP connections are open, how many there may be, and which one has to go when there is one too many."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from enum import StrEnum
from ipaddress import ip_address
from typing import Protocol

# From a connection's first byte, or the first of its next request, to the end of the headers.
HEAD_SECONDS = 10.0
# An answer of which nothing more is taken, or not all, for so long is given up.
TAKE_SECONDS = 30.0
_SWEEP_SECONDS = 1.0
_SAY_SECONDS = 60.0

log = logging.getLogger("deskpulse.serve")


class Doing(StrEnum):
    """What goes on on a connection: nothing, a request that is not complete, an answer, or a stream."""

    IDLE = "idle"
    READING = "reading"
    ANSWERING = "answering"
    STREAMING = "streaming"


class Ended(StrEnum):
    """Why a connection was ended from here."""

    SLOW_REQUEST = "slow_request"
    SLOW_READER = "slow_reader"
    MALFORMED = "malformed"
    TOO_MANY = "too_many"
    TOO_MANY_OF_ADDRESS = "too_many_of_address"


class Peer(Protocol):
    """One connection."""

    address: str
    doing: Doing
    since: float
    unsent_since: float | None

    def unsent(self) -> int:
        """Return how many bytes were written that the peer's side has not taken."""

    def end(self, why: Ended) -> None:
        """End it at once."""


class Crowd:
    """The connections of one address that count, those longest in what they do first."""

    def __init__(self) -> None:
        """Begin with none."""
        self.open = 0
        """How many there are, with those that do not count."""
        self.waiting: dict[Peer, None] = {}
        self.answering: dict[Peer, None] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.waiting) + len(self.answering)

    def put(self, peer: Peer) -> None:
        """Note what a connection does now."""
        self.drop(peer)
        if peer.doing in (Doing.IDLE, Doing.READING):
            self.waiting[peer] = None
        elif peer.doing is Doing.ANSWERING:
            self.answering[peer] = None

    def drop(self, peer: Peer) -> None:
        """Forget a connection."""
        self.waiting.pop(peer, None)
        self.answering.pop(peer, None)

    def dispensable(self) -> Peer | None:
        """Return the one that waits longest for a request, else one whose answer is not taken."""
        return next(iter(self.waiting), None) or next((peer for peer in self.answering if peer.unsent()), None)


class Connections:
    """Keeps count of all connections, and ends those that take too long or are too many.

    A newcomer is let in as long as another one of its address, or of the address with the most, does nothing but hold
    a connection. So a health check gets its answer however many hold theirs. Streams have a limit of their own, and
    do not count.
    """

    def __init__(self, limit: int, limit_per_address: int) -> None:
        """limit: how many may be open at a time. limit_per_address: how many of these from one address."""
        self._limit = limit
        self._limit_per_address = limit_per_address
        self._open: dict[Peer, None] = {}
        self._crowds: dict[str, Crowd] = {}
        self._counted = 0
        self._said: Counter[Ended] = Counter()
        self._said_at = -_SAY_SECONDS
        self.ended: Counter[Ended] = Counter()
        """Connections ended from here, by why."""

    def by_doing(self) -> Counter[Doing]:
        """Return how many do what."""
        return Counter(peer.doing for peer in list(self._open))

    def opened(self, peer: Peer) -> None:
        """Let one in, if need be in place of another; else it is ended at once."""
        crowd, why = self._crowds.setdefault(peer.address, Crowd()), None
        if len(crowd) >= self._limit_per_address:
            why, dispensable = Ended.TOO_MANY_OF_ADDRESS, crowd.dispensable()
        elif self._counted >= self._limit:
            largest = max(self._crowds.values(), key=len)
            why, dispensable = Ended.TOO_MANY, largest.dispensable() or self._dispensable()
        self._open[peer] = None
        crowd.open += 1
        self._put(crowd, peer)
        if why is not None:
            leaving = dispensable or peer
            leaving.end(why)
            self.closed(leaving)  # at once: the next one to come must not find it again

    def turned(self, peer: Peer) -> None:
        """Note that a connection does something else now."""
        if peer in self._open:
            self._put(self._crowds[peer.address], peer)

    def closed(self, peer: Peer) -> None:
        """Forget one."""
        if peer not in self._open:
            return
        del self._open[peer]
        crowd = self._crowds[peer.address]
        self._counted -= len(crowd)
        crowd.drop(peer)
        self._counted += len(crowd)
        crowd.open -= 1
        if not crowd.open:
            del self._crowds[peer.address]

    async def sweep(self) -> None:
        """End what takes too long, on and on until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            self.look(loop.time())

    def look(self, now: float) -> None:
        """End what takes too long by now, in seconds of the event loop's clock."""
        for peer in list(self._open):
            peer.unsent_since = None if not peer.unsent() else peer.unsent_since or now
            if peer.unsent_since is not None and now - peer.unsent_since > TAKE_SECONDS:
                peer.end(Ended.SLOW_READER)
            elif peer.doing is Doing.READING and now - peer.since > HEAD_SECONDS:
                peer.end(Ended.SLOW_REQUEST)
        self._say(now)

    def _put(self, crowd: Crowd, peer: Peer) -> None:
        self._counted -= len(crowd)
        crowd.put(peer)
        self._counted += len(crowd)

    def _dispensable(self) -> Peer | None:
        return next((peer for crowd in self._crowds.values() if (peer := crowd.dispensable()) is not None), None)

    def _say(self, now: float) -> None:
        """Say, at most once a minute, that there were too many."""
        many = {why: self.ended[why] - self._said[why] for why in (Ended.TOO_MANY, Ended.TOO_MANY_OF_ADDRESS)}
        if not any(many.values()) or now - self._said_at < _SAY_SECONDS:
            return
        self._said_at, self._said = now, self.ended.copy()
        log.warning(
            "%s HTTP connections were closed to let others in, %s of them for the limit of their address: more than "
            "web_connection_limit (DESKPULSE_WEB_CONNECTION_LIMIT) %s or web_connections_per_address "
            "(DESKPULSE_WEB_CONNECTIONS_PER_ADDRESS) %s came",
            f"{sum(many.values()):,}",
            f"{many[Ended.TOO_MANY_OF_ADDRESS]:,}",
            f"{self._limit:,}",
            f"{self._limit_per_address:,}",
        )


def place(peername: object) -> str:
    """Return what counts as one address: of IPv6 the network of 64 bits, of which one host may have all."""
    host = str(peername[0]) if isinstance(peername, tuple) and peername else ""
    if ":" not in host:
        return host
    address = ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped) if mapped is not None else address.packed[:8].hex()
