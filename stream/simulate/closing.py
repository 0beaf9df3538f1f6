"""How a ticket ends: resolved, surveyed, closed; or re-opened, since it was not settled after all."""

from __future__ import annotations

from stream.simulate.chance import DAY_US
from stream.simulate.clientele import Clientele
from stream.simulate.floor import Floor
from stream.simulate.survey import Surveys
from stream.simulate.team import Handler
from stream.simulate.ticket import Ticket

# A second re-opening is rarer than the first; nobody re-opens a ticket for ever.
_REOPENED = (0.075, 0.035, 0.0)
_THANKS = 0.08
# Customers whose matter was not settled and who do not re-open the old ticket; a hand-over makes it likelier.
_RETURNS, _RETURNS_PER_TRANSFER = 0.07, 0.05
_RETURNS_AFTER_SECONDS = 1.6 * 86_400


class Closing:
    """Everything after the work on a ticket is done."""

    def __init__(self, floor: Floor, surveys: Surveys, clientele: Clientele) -> None:
        self._floor = floor
        self._surveys = surveys
        self._clientele = clientele

    def resolve(self, now_us: int, ticket: Ticket, again: Handler, *, by_agent: bool = True) -> None:
        """Write the resolution and plan what follows.

        `again` works on the ticket if it is re-opened. `by_agent` is False if a bot or a rule of the desk
        resolved it.
        """
        floor, chance = self._floor, self._floor.chance
        if by_agent:
            floor.journal.status(now_us, ticket, "resolved", agent_id=ticket.agent)
        else:
            floor.journal.status(now_us, ticket, "resolved")
        ticket.resolved += 1
        self._surveys.resolved(now_us, ticket)
        if chance.hit(_REOPENED[min(ticket.reopened, 2)]):
            floor.agenda.at(now_us + chance.working(7 * 3600, 1.2), self._reopen, (ticket, again))
            return
        if chance.hit(_RETURNS + _RETURNS_PER_TRANSFER * ticket.transfers):
            floor.agenda.at(now_us + chance.waiting(_RETURNS_AFTER_SECONDS), self._clientele.returns, ticket.customer)
        if not ticket.live and chance.hit(_THANKS):
            floor.agenda.at(now_us + chance.waiting(2 * 3600), self._thanks, ticket)
        floor.agenda.at(now_us + DAY_US + chance.waiting(24 * 3600), self._close, ticket)

    def _reopen(self, now_us: int, work: tuple[Ticket, Handler]) -> None:
        ticket, again = work
        ticket.reopened += 1
        # What goes on after a call or a chat goes on in writing: nobody is on the line any more.
        ticket.live = False
        self._floor.journal.responded(now_us, ticket, "customer")
        self._floor.journal.status(now_us, ticket, "reopened")
        self._floor.queue_up(now_us, ticket, again)

    def _thanks(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.responded(now_us, ticket, "customer")

    def _close(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.status(now_us, ticket, "closed")
