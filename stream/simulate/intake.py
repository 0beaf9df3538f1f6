"""Where contacts become tickets: who it is, what it is about, and what does not need the desk at all."""

from __future__ import annotations

from collections import deque

from stream.simulate.chance import Chance, Mix
from stream.simulate.clientele import Clientele
from stream.simulate.floor import QUEUES, Floor
from stream.simulate.mail import Mail
from stream.simulate.talk import Talk
from stream.simulate.ticket import Ticket

_PRIORITIES = {
    "consumer": Mix({"low": 0.18, "normal": 0.66, "high": 0.13, "urgent": 0.03}),
    "business": Mix({"low": 0.12, "normal": 0.60, "high": 0.22, "urgent": 0.06}),
    "enterprise": Mix({"low": 0.05, "normal": 0.45, "high": 0.35, "urgent": 0.15}),
}
_WRITTEN_BY_ANYONE = frozenset({"email", "form", "social", "forum"})
_SPAM = 0.035
_NO_SPAM = 0.06  # of what is marked so
_DELETED = 0.004
_DUPLICATE = 0.03
_UNSORTED = 0.05
_BY_AGENT = 0.035


class Intake:
    """Opens the tickets, numbers them and sends them on their way."""

    def __init__(
        self, floor: Floor, chance: Chance, prefix: str, *, clientele: Clientele, talk: Talk, mail: Mail
    ) -> None:
        self._floor = floor
        self._chance = chance
        self._prefix = prefix
        self._clientele = clientele
        self._talk = talk
        self._mail = mail
        self._latest: deque[Ticket] = deque(maxlen=60)
        self.opened = 0

    def contact(self, now_us: int, channel: str) -> None:
        """Somebody contacts the desk through that channel."""
        chance = self._chance
        written = channel in _WRITTEN_BY_ANYONE
        first = self._sent_before() if written else None
        ticket = self.ticket(now_us, channel, first)
        agent = self._floor.teams[ticket.team].anyone()
        if agent is not None and channel in ("phone", "email") and chance.hit(_BY_AGENT):
            ticket.by_agent = True
            ticket.agent = agent
        self._floor.journal.opened(now_us, ticket)
        if ticket.by_agent:
            self._floor.agenda.at(now_us + chance.waiting(90), self._agent_begins, ticket)
        elif written and chance.hit(_SPAM):
            self._floor.agenda.at(now_us + chance.waiting(600), self._spam, ticket)
        elif written and chance.hit(_DELETED):
            self._floor.agenda.at(now_us + chance.waiting(1800), self._delete, ticket)
        elif ticket.live:
            self._talk.begin(now_us, ticket)
        else:
            self._mail.begin(now_us, ticket)
            self._latest.append(ticket)

    def ticket(self, now_us: int, channel: str, first: Ticket | None = None) -> Ticket:
        """A new ticket, not yet written down; about the same as `first` if that is given."""
        chance = self._chance
        self.opened += 1
        customer = first.customer if first else self._clientele.contacting()
        ticket = Ticket(self.opened, f"{self._prefix}-{self.opened}", now_us, channel, customer)
        ticket.team = first.team if first else QUEUES.pick(chance)
        ticket.urgency = _PRIORITIES[customer.segment].pick(chance)
        if first is not None:
            ticket.duplicate_of = first.id
        # In writing nobody has asked yet what it is about: some tickets come without a queue or a priority.
        unsorted = not ticket.live and chance.hit(_UNSORTED)
        ticket.queue = None if unsorted else ticket.team
        ticket.priority = None if unsorted and chance.hit(0.5) else ticket.urgency
        return ticket

    def _sent_before(self) -> Ticket | None:
        """The ticket of an impatient customer who writes a second time about it, elsewhere."""
        if self._latest and self._chance.hit(_DUPLICATE):
            first = self._latest[int(self._chance.random() * len(self._latest))]
            if first.duplicate_of is None and not first.resolved:
                return first
        return None

    def _agent_begins(self, now_us: int, ticket: Ticket) -> None:
        """A call back or a message that the desk starts by itself."""
        ticket.live = False
        ticket.touches += 1
        self._floor.journal.responded(now_us, ticket, "agent")
        self._mail.after_reply(now_us, ticket)

    def _spam(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.status(now_us, ticket, "spam")
        if self._chance.hit(_NO_SPAM):
            self._floor.agenda.at(now_us + self._chance.waiting(3600), self._no_spam, ticket)

    def _no_spam(self, now_us: int, ticket: Ticket) -> None:
        """Somebody looks into the spam folder and finds a customer there."""
        self._floor.journal.status(now_us, ticket, "reopened")
        self._mail.take_up(now_us, ticket)

    def _delete(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.status(now_us, ticket, "deleted")
