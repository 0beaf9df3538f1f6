"""Asking customers how it was: after a ticket, as a new customer, after a purchase, or about the whole."""

from __future__ import annotations

from math import log2

from stream.simulate.agenda import Agenda
from stream.simulate.chance import DAY_US, MINUTE_US, SECOND_US, Chance, Mix
from stream.simulate.channel import CHANNELS
from stream.simulate.clientele import Clientele
from stream.simulate.customer import Customer
from stream.simulate.journal import Event
from stream.simulate.poll import Poll, Question, Words
from stream.simulate.ticket import Ticket

_INSTRUMENTS = Mix({"nps": 0.57, "csat": 0.31, "ces": 0.12})
_RETURNS_ARE_DELIVERIES = 0.5
_RELATION_SHARE, _ONBOARDING_SHARE, _DELIVERY_SHARE = 0.02, 0.4, 0.05
# of those who are asked without a ticket
_ANSWER_SHARE = 0.3
# Anyone who buys for a company is asked by many and answers few: the segment nobody hears of.
_ANSWERS = {"enterprise": 0.4, "business": 0.9}
_WORDS = Words(
    praise=(
        "Quick and friendly, thank you!",
        "Solved at the first try.",
        "Great service.",
        "Very patient agent.",
    ),
    so_so=("It works now, but it took a while.", "Okay.", "Had to explain it twice."),
    complaint=(
        "I waited far too long.",
        "Nobody felt responsible for my case.",
        "Third contact about the same problem.",
        "The answer did not match my question.",
    ),
)


class Surveys:
    """Sends each survey some time after its occasion."""

    def __init__(self, agenda: Agenda, poll: Poll, chance: Chance, prefix: str) -> None:
        self._agenda = agenda
        self._poll = poll
        self._chance = chance
        self._prefix = prefix
        self._without_ticket = 0

    def resolved(self, now_us: int, ticket: Ticket) -> None:
        """Some channels ask more often than others."""
        if self._chance.hit(CHANNELS[ticket.channel].survey_share):
            self._agenda.at(now_us + 5 * MINUTE_US + self._chance.waiting(1200), self._send, ticket)

    def something_may_happen(self, now_us: int, clientele: Clientele) -> None:
        """Once a contact: now and then a customer is asked about the whole."""
        if self._chance.hit(_RELATION_SHARE):
            self._later(now_us, 3600, clientele.someone(), "nps", "relationship")

    def acquired(self, now_us: int, customer: Customer) -> None:
        """Some new customers are asked how they found their way in."""
        if self._chance.hit(_ONBOARDING_SHARE):
            self._later(now_us, DAY_US // SECOND_US, customer, "ces", "onboarding")

    def purchased(self, now_us: int, customer: Customer) -> None:
        """Some buyers are asked how it came."""
        if self._chance.hit(_DELIVERY_SHARE):
            self._later(now_us, DAY_US // SECOND_US, customer, "csat", "delivery")

    def _later(self, now_us: int, mean_seconds: float, customer: Customer, instrument: str, touchpoint: str) -> None:
        when_us = now_us + self._chance.waiting(mean_seconds)
        self._agenda.at(when_us, self._send_without_ticket, (customer, instrument, touchpoint))

    def _send(self, now_us: int, ticket: Ticket) -> None:
        ticket.surveys += 1
        customer = ticket.customer
        delivery = ticket.team == "returns" and self._chance.hit(_RETURNS_ARE_DELIVERIES)
        sent: Event = {
            "ticket_id": ticket.id,
            "instrument": _INSTRUMENTS.pick(self._chance),
            "touchpoint": "delivery" if delivery else "resolved",
            "customer_id": customer.id,
        }
        question = Question(
            survey_id=f"S-{self._prefix}-{ticket.number}" + (f"-{ticket.surveys}" if ticket.surveys > 1 else ""),
            sent=sent,
            kept=("ticket_id", "customer_id"),
            answer_share=CHANNELS[ticket.channel].answer_share * _ANSWERS.get(customer.segment, 1.0),
            median_seconds=2 * 3600,
            feeling=_feeling(ticket, self._chance),
            words=_WORDS,
        )
        self._poll.ask(now_us, question)

    def _send_without_ticket(self, now_us: int, occasion: tuple[Customer, str, str]) -> None:
        customer, instrument, touchpoint = occasion
        self._without_ticket += 1
        sent: Event = {"instrument": instrument, "touchpoint": touchpoint, "customer_id": customer.id}
        sent["channel"] = "email"
        sent["segment"] = customer.segment
        question = Question(
            survey_id=f"R-{self._prefix}-{self._without_ticket}",
            sent=sent,
            kept=("touchpoint", "customer_id", "channel", "segment"),
            answer_share=_ANSWER_SHARE * _ANSWERS.get(customer.segment, 1.0),
            median_seconds=5 * 3600,
            feeling=8.0 + customer.mood + self._chance.gauss(0.0, 1.0),
            words=_WORDS,
        )
        self._poll.ask(now_us, question)


def _feeling(ticket: Ticket, chance: Chance) -> float:
    """How the customer feels, about 0..10 and not rounded: long waits, re-opens and transfers cost points."""
    expected_us = CHANNELS[ticket.channel].expected_seconds * SECOND_US
    waited_us = (ticket.answered_us or ticket.opened_us) - ticket.opened_us
    late = log2(1.0 + waited_us / expected_us) - 0.6
    feeling = 8.6 + ticket.customer.mood + chance.gauss(0.0, 0.9)
    return feeling - 0.9 * late - 1.6 * ticket.reopened - 0.9 * ticket.transfers
