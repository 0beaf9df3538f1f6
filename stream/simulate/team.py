"""The people of one queue, and the line in front of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush

from stream.simulate.chance import HOUR_US
from stream.simulate.ticket import Ticket

# What a priority is worth in line: an urgent ticket passes everyone of the four hours before it. Ageing, not
# strict classes: a low ticket is answered some day even when the desk is short of people.
_HEAD_START_US = {"urgent": 4 * HOUR_US, "high": HOUR_US, "normal": 0, "low": -2 * HOUR_US}
# Someone who is on the line goes before everything that can be read later.
_LIVE_HEAD_START_US = 10_000 * HOUR_US

Handler = Callable[[int, Ticket], None]


class Team:
    """Agents of a queue. An agent takes one contact at a time; a contact waits for the next free agent."""

    __slots__ = ("_free", "_line", "_shift", "_written", "name", "waiting")

    def __init__(self, name: str) -> None:
        self.name = name
        self.waiting = 0
        self._shift = ""
        self._free: deque[str] = deque()
        self._line: list[tuple[int, int, Ticket, Handler]] = []
        self._written = 0

    def change_shift(self, now_us: int, shift: str, headcount: int) -> None:
        """Free agents of the old shift go home, busy ones when they are done; the new ones start at once."""
        self._shift = shift
        self._free = deque(f"{self.name}-{shift}-{number:02d}" for number in range(1, headcount + 1))
        while self._free and self._take_next(now_us):
            pass

    def join(self, now_us: int, ticket: Ticket, handler: Handler) -> None:
        """Give the ticket to a free agent now, else let it wait. `handler` runs when an agent takes it."""
        ticket.team = self.name
        if self._free:
            ticket.agent = self._free.popleft()
            handler(now_us, ticket)
            return
        ticket.waiting = True
        self.waiting += 1
        self._written += 1
        ahead_us = _LIVE_HEAD_START_US if ticket.live else _HEAD_START_US[ticket.urgency]
        heappush(self._line, (now_us - ahead_us, self._written, ticket, handler))

    def leave(self, ticket: Ticket) -> None:
        """The customer gives up; the place in line is skipped when its turn comes."""
        ticket.waiting = False
        self.waiting -= 1

    def release(self, now_us: int, agent: str) -> None:
        """The agent is done and takes the next customer, or goes home if the shift is over."""
        if agent.startswith(self._shift, len(self.name) + 1):
            self._free.append(agent)
            self._take_next(now_us)

    def anyone(self) -> str | None:
        """Someone who is free, without taking their time; None when nobody is."""
        return self._free[0] if self._free else None

    def _take_next(self, now_us: int) -> bool:
        while self._line:
            _, _, ticket, handler = heappop(self._line)
            if ticket.waiting:
                ticket.waiting = False
                self.waiting -= 1
                ticket.agent = self._free.popleft()
                handler(now_us, ticket)
                return True
        return False
