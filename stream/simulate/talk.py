"""A ticket with somebody on the line. Who waits too long leaves; on chat a bot speaks first."""

from __future__ import annotations

from stream.simulate.chance import MINUTE_US, SECOND_US, Mix
from stream.simulate.channel import CHANNELS
from stream.simulate.closing import Closing
from stream.simulate.floor import SECOND_LINE, Floor
from stream.simulate.mail import Mail
from stream.simulate.ticket import Ticket

_BOT_SPEAKS = 0.85
_BOT_SETTLES = 0.24
_CHAT_TURNS = Mix({0: 0.2, 1: 0.4, 2: 0.3, 3: 0.1})
_AFTER_TALK = Mix({"resolved": 0.83, "transferred": 0.06, "escalated": 0.03, "pending": 0.08})
_NOTE_AFTER_CALL = 0.4
# Wrong number, wrong button: gone before anyone could have answered.
_GONE_AT_ONCE = 0.012


class Talk:
    """Handlers of live contacts."""

    def __init__(self, floor: Floor, closing: Closing, mail: Mail) -> None:
        self._floor = floor
        self._closing = closing
        self._mail = mail

    def begin(self, now_us: int, ticket: Ticket) -> None:
        chance = self._floor.chance
        if chance.hit(_GONE_AT_ONCE):
            gone_us = now_us + SECOND_US + int(chance.random() * 5 * SECOND_US)
            self._floor.agenda.at(gone_us, self._abandon, ticket)
        elif ticket.channel == "chat" and chance.hit(_BOT_SPEAKS):
            self._floor.agenda.at(now_us + SECOND_US // 2 + chance.waiting(1), self._bot_speaks, ticket)
        else:
            self._wait_in_line(now_us, ticket)

    def _wait_in_line(self, now_us: int, ticket: Ticket) -> None:
        self._floor.queue_up(now_us, ticket, self._taken)
        self._be_patient(now_us, ticket)

    def _be_patient(self, now_us: int, ticket: Ticket) -> None:
        patience_seconds = CHANNELS[ticket.channel].patience_seconds
        if ticket.waiting and patience_seconds is not None:
            ticket.gives_up_us = now_us + self._floor.chance.waiting(patience_seconds)
            self._floor.agenda.at(ticket.gives_up_us, self._give_up, ticket)

    def _give_up(self, now_us: int, ticket: Ticket) -> None:
        # Patience ends with being answered; who waits again later has a new one.
        if not ticket.waiting or ticket.gives_up_us != now_us:
            return
        self._floor.teams[ticket.team].leave(ticket)
        self._abandon(now_us, ticket)

    def _abandon(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.status(now_us, ticket, "abandoned")
        if ticket.channel == "phone":
            missed = {"ticket_id": ticket.id, "signal": "call_missed"}
            self._floor.journal.customer(now_us, "signal", ticket.customer.id, missed)

    def _bot_speaks(self, now_us: int, ticket: Ticket) -> None:
        chance = self._floor.chance
        self._floor.journal.responded(now_us, ticket, "bot")
        self._floor.agenda.at(now_us + 15 * SECOND_US + chance.waiting(30), self._bot_is_answered, ticket)

    def _bot_is_answered(self, now_us: int, ticket: Ticket) -> None:
        floor, chance = self._floor, self._floor.chance
        floor.journal.responded(now_us, ticket, "customer")
        if chance.hit(_BOT_SETTLES):
            floor.agenda.at(now_us + chance.waiting(60), self._bot_settles, ticket)
            return
        floor.journal.status(now_us, ticket, "transferred", to_queue=ticket.team)
        ticket.queue = ticket.team
        self._wait_in_line(now_us, ticket)

    def _bot_settles(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.responded(now_us, ticket, "bot")
        self._closing.resolve(now_us, ticket, self._mail.again, by_agent=False)

    def _taken(self, now_us: int, ticket: Ticket) -> None:
        """An agent is there: says hello, talks, ends."""
        floor, chance = self._floor, self._floor.chance
        ticket.touches += 1
        ticket.gives_up_us = 0
        hello_us = now_us + SECOND_US // 2 + chance.waiting(2 if ticket.channel == "phone" else 8)
        talk_us = MINUTE_US // 2 + chance.working(CHANNELS[ticket.channel].handling_seconds, 0.5)
        floor.agenda.at(hello_us, self._hello, ticket)
        if ticket.channel == "chat":
            turns = _CHAT_TURNS.pick(chance)
            for turn in range(turns):
                says_us = hello_us + talk_us * (2 * turn + 1) // (2 * turns + 1)
                floor.agenda.at(says_us, self._customer_says, ticket)
                floor.agenda.at(hello_us + talk_us * (2 * turn + 2) // (2 * turns + 1), self._agent_says, ticket)
        floor.agenda.at(hello_us + talk_us + SECOND_US, self._done, ticket)

    def _hello(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.responded(now_us, ticket, "agent")

    _agent_says = _hello

    def _customer_says(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.responded(now_us, ticket, "customer")

    def _done(self, now_us: int, ticket: Ticket) -> None:
        floor, chance = self._floor, self._floor.chance
        if ticket.channel == "phone" and chance.hit(_NOTE_AFTER_CALL):
            floor.journal.responded(now_us, ticket, "agent", public=False)
        outcome = _AFTER_TALK.pick(chance)
        if outcome == "transferred" and ticket.transfers < 2 and ticket.team != SECOND_LINE:
            floor.hand_over(now_us, ticket, "transferred", floor.other_queue(ticket), self._taken)
            self._be_patient(now_us, ticket)
        elif outcome == "escalated" and ticket.transfers < 2 and ticket.team != SECOND_LINE:
            ticket.live = False  # the second line calls or writes back
            floor.hand_over(now_us, ticket, "escalated", SECOND_LINE, self._mail.again)
        elif outcome == "pending":
            self._mail.wait_for_customer(now_us, ticket)
            floor.hang_up(now_us, ticket)
        else:
            self._closing.resolve(now_us, ticket, self._mail.again)
            floor.hang_up(now_us, ticket)
