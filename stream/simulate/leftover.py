"""Tickets that were there before the simulation starts: every real desk has some it did not get to."""

from __future__ import annotations

from stream.simulate.chance import DAY_US, HOUR_US, Chance, Mix
from stream.simulate.floor import Floor
from stream.simulate.intake import Intake
from stream.simulate.mail import Mail
from stream.simulate.ticket import Ticket

_CHANNELS = Mix({"email": 0.6, "form": 0.25, "in_app": 0.1, "forum": 0.05})
_STATES = Mix({"unanswered": 0.3, "answered": 0.4, "pending": 0.3})
OLDEST_US = 10 * DAY_US


class Leftovers:
    """Opens tickets in the ten days before the start, most in the last three; the teams get to them later."""

    def __init__(self, floor: Floor, chance: Chance, intake: Intake, mail: Mail) -> None:
        self._floor = floor
        self._chance = chance
        self._intake = intake
        self._mail = mail

    def plan(self, start_us: int, count: int) -> None:
        for _ in range(count):
            age_us = min(HOUR_US + self._chance.waiting(2.2 * 86_400), OLDEST_US)
            self._floor.agenda.at(start_us - age_us, self._open, start_us)

    def _open(self, now_us: int, start_us: int) -> None:
        chance, agenda = self._chance, self._floor.agenda
        ticket = self._intake.ticket(now_us, _CHANNELS.pick(chance))
        self._floor.journal.opened(now_us, ticket)
        state = _STATES.pick(chance)
        if state != "unanswered":
            ticket.agent = f"{ticket.team}-early-01"
            answers_us = now_us + int(chance.random() * min(start_us - now_us, DAY_US))
            agenda.at(answers_us, self._answer if state == "answered" else self._ask, ticket)
        agenda.at(start_us + chance.waiting(3 * 86_400), self._mail.take_up, ticket)

    def _answer(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.responded(now_us, ticket, "agent")

    def _ask(self, now_us: int, ticket: Ticket) -> None:
        self._floor.journal.responded(now_us, ticket, "agent")
        self._floor.journal.status(now_us, ticket, "pending", agent_id=ticket.agent)
