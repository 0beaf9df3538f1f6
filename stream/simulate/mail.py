"""A ticket in writing (e-mail, form, social, forum, in-app): it waits, is worked on, goes back and forth."""

from __future__ import annotations

from stream.simulate.chance import DAY_US, SECOND_US, Mix
from stream.simulate.channel import CHANNELS
from stream.simulate.closing import Closing
from stream.simulate.floor import SECOND_LINE, Floor
from stream.simulate.ticket import Ticket

_ACKNOWLEDGED = {"email": 0.6, "form": 0.9}  # the helpdesk's "we have got your message"
# what goes on in writing after a call or a chat
_CALL_BACK_NOTICED_SECONDS = 600
_NUDGE = 0.09
# Written tickets that nobody sees for a day or two: marked as read, in the wrong folder.
_OVERLOOKED = 0.012
_NOTE = 0.14
_MISROUTED = 0.065
_ESCALATED = 0.035
_AFTER_REPLY = Mix({"resolved": 0.62, "pending": 0.20, "answered": 0.165, "stuck": 0.015})
_NEW_PRIORITY = Mix({"low": 0.2, "high": 0.6, "urgent": 0.2})


class Mail:
    """Handlers of written tickets. `again` is where re-opened tickets of every channel come back to."""

    def __init__(self, floor: Floor, closing: Closing) -> None:
        self._floor = floor
        self._closing = closing

    def begin(self, now_us: int, ticket: Ticket) -> None:
        floor, chance = self._floor, self._floor.chance
        if chance.hit(_ACKNOWLEDGED.get(ticket.channel, 0.0)):
            floor.agenda.at(now_us + SECOND_US + chance.waiting(2), self._acknowledge, ticket)
        if chance.hit(_NUDGE):
            floor.agenda.at(now_us + chance.waiting(5 * 3600), self._nudge, ticket)
        if chance.hit(_OVERLOOKED):
            floor.agenda.at(now_us + DAY_US // 2 + chance.waiting(86_400), self._queue_up, ticket)
        else:
            self._get_noticed(now_us, ticket)

    def again(self, now_us: int, ticket: Ticket) -> None:
        """An agent takes the ticket and works on it."""
        floor, chance = self._floor, self._floor.chance
        ticket.touches += 1
        if ticket.duplicate_of is not None and ticket.touches == 1:
            floor.agenda.at(now_us + chance.working(40), self._merge, ticket)
            return
        work_us = chance.working(CHANNELS[ticket.channel].handling_seconds, 0.55)
        if chance.hit(_NOTE):
            floor.agenda.at(now_us + work_us // 2, self._note, ticket)
        floor.agenda.at(now_us + work_us, self._done, ticket)

    def _done(self, now_us: int, ticket: Ticket) -> None:
        floor, chance = self._floor, self._floor.chance
        if ticket.touches == 1:
            self._triage(now_us, ticket)
        if ticket.transfers < 2:
            if ticket.team != SECOND_LINE and chance.hit(_MISROUTED):
                floor.hand_over(now_us, ticket, "transferred", floor.other_queue(ticket), self.again)
                return
            if ticket.team != SECOND_LINE and chance.hit(_ESCALATED):
                if chance.hit(0.5):
                    floor.journal.responded(now_us, ticket, "agent")
                floor.hand_over(now_us, ticket, "escalated", SECOND_LINE, self.again)
                return
        floor.journal.responded(now_us, ticket, "agent")
        self.after_reply(now_us, ticket)
        floor.hang_up(now_us, ticket)

    def after_reply(self, now_us: int, ticket: Ticket) -> None:
        """The agent has answered: what becomes of the ticket?"""
        floor, chance = self._floor, self._floor.chance
        # Nobody writes for ever: from the fifth touch on a reply settles it.
        outcome = _AFTER_REPLY.pick(chance) if ticket.touches < 5 else "resolved"
        if outcome == "resolved":
            self._closing.resolve(now_us, ticket, self.again)
        elif outcome == "pending":
            self.wait_for_customer(now_us, ticket)
        elif outcome == "answered":
            if chance.hit(0.5):
                floor.agenda.at(now_us + chance.working(4 * 3600, 1.2), self._customer_replies, ticket)
            else:
                floor.agenda.at(now_us + DAY_US, self._settle, ticket)
        else:  # waits for a supplier, a part, a decision
            floor.agenda.at(now_us + chance.waiting(4 * 86_400), self.take_up, ticket)

    def wait_for_customer(self, now_us: int, ticket: Ticket) -> None:
        """The agent needs to know something; most customers come back with it."""
        floor, chance = self._floor, self._floor.chance
        floor.journal.status(now_us, ticket, "pending", agent_id=ticket.agent)
        if chance.hit(0.82):
            floor.agenda.at(now_us + chance.working(3 * 3600, 1.3), self._customer_replies, ticket)
        else:
            floor.agenda.at(now_us + 3 * DAY_US, self._settle, ticket)

    def _customer_replies(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.responded(now_us, ticket, "customer")
        self.take_up(now_us, ticket)

    def take_up(self, now_us: int, ticket: Ticket) -> None:
        """Somebody should look at it again."""
        ticket.live = False
        self._get_noticed(now_us, ticket)

    def _get_noticed(self, now_us: int, ticket: Ticket) -> None:
        # Nobody stares at the inbox: what is written waits for a look even when agents are free.
        seconds = CHANNELS[ticket.channel].noticed_seconds or _CALL_BACK_NOTICED_SECONDS
        self._floor.agenda.at(now_us + self._floor.chance.working(seconds, 0.9), self._queue_up, ticket)

    def _queue_up(self, now_us: int, ticket: Ticket) -> None:
        self._floor.queue_up(now_us, ticket, self.again)

    def _settle(self, now_us: int, ticket: Ticket) -> None:
        """Nothing came back, so a rule of the desk takes it as solved."""
        self._closing.resolve(now_us, ticket, self.again, by_agent=False)

    def _acknowledge(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.responded(now_us, ticket, "system")

    def _nudge(self, now_us: int, ticket: Ticket) -> None:
        if ticket.answered_us is None and ticket.touches == 0:
            self._floor.journal.responded(now_us, ticket, "customer")

    def _note(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.responded(now_us, ticket, "agent", public=False)

    def _merge(self, now_us: int, ticket: Ticket) -> None:
        assert ticket.duplicate_of is not None
        self._floor.journal.status(now_us, ticket, "merged", merged_into=ticket.duplicate_of, agent_id=ticket.agent)
        self._floor.hang_up(now_us, ticket)

    def _triage(self, now_us: int, ticket: Ticket) -> None:
        """The first to read it fills in what is missing and corrects what is wrong."""
        changes: dict[str, str] = {}
        if ticket.queue is None:
            changes["queue"] = ticket.queue = ticket.team
        if ticket.priority is None or self._floor.chance.hit(0.03):
            ticket.priority = ticket.urgency = _NEW_PRIORITY.pick(self._floor.chance)
            changes["priority"] = ticket.priority
        if changes:
            self._floor.journal.status(now_us, ticket, "updated", agent_id=ticket.agent, **changes)
