"""Asking customers how it was, and what they answer."""

from __future__ import annotations

from math import log2

from stream.simulate.chance import MINUTE_US, SECOND_US, Chance, Mix
from stream.simulate.channel import CHANNELS
from stream.simulate.customer import Customer, Customers
from stream.simulate.floor import Floor
from stream.simulate.journal import Event
from stream.simulate.ticket import Ticket

_INSTRUMENTS = Mix({"nps": 0.62, "csat": 0.28, "ces": 0.10})
_SCALE = {"csat": 5, "ces": 7}
_RELATION_SHARE = 0.02
_RELATION_ANSWER_SHARE = 0.3
_PRAISE = (
    "Quick and friendly, thank you!",
    "Solved at the first try.",
    "Great service.",
    "Very patient agent.",
)
_SO_SO = ("It works now, but it took a while.", "Okay.", "Had to explain it twice.")
_COMPLAINT = (
    "I waited far too long.",
    "Nobody felt responsible for my case.",
    "Third contact about the same problem.",
    "The answer did not match my question.",
)


class Surveys:
    """Sends a survey some time after a ticket is resolved; some answer, a few change their answer."""

    def __init__(self, floor: Floor, chance: Chance, prefix: str) -> None:
        self._floor = floor
        self._chance = chance
        self._prefix = prefix
        self._relations = 0

    def resolved(self, now_us: int, ticket: Ticket) -> None:
        if self._chance.hit(CHANNELS[ticket.channel].survey_share):
            self._floor.agenda.at(now_us + 5 * MINUTE_US + self._chance.waiting(1200), self._send, ticket)

    def something_may_happen(self, now_us: int, customers: Customers) -> None:
        """Once a contact: now and then a customer is asked about the whole, without any ticket."""
        if self._chance.hit(_RELATION_SHARE):
            self._floor.agenda.at(now_us + self._chance.waiting(3600), self._send_relation, customers.someone())

    def _send(self, now_us: int, ticket: Ticket) -> None:
        chance = self._chance
        ticket.surveys += 1
        survey_id = f"S-{self._prefix}-{ticket.number}" + (f"-{ticket.surveys}" if ticket.surveys > 1 else "")
        instrument = _INSTRUMENTS.pick(chance)
        sent: Event = {"ticket_id": ticket.id, "instrument": instrument, "touchpoint": "resolved"}
        sent["customer_id"] = ticket.customer.id
        self._floor.journal.survey(now_us, "sent", survey_id, sent)
        feeling = _feeling(ticket, chance)
        # Delight and anger answer, indifference does not.
        if chance.hit(CHANNELS[ticket.channel].answer_share * (0.75 + 0.12 * abs(feeling - 7.0))):
            answer = {"ticket_id": ticket.id, "instrument": instrument}
            self._answers(now_us + chance.working(2 * 3600, 1.3), survey_id, answer, feeling)

    def _send_relation(self, now_us: int, customer: Customer) -> None:
        self._relations += 1
        survey_id = f"R-{self._prefix}-{self._relations}"
        base: Event = {"instrument": "nps", "touchpoint": "relationship", "customer_id": customer.id}
        base["channel"] = "email"
        base["segment"] = customer.segment
        self._floor.journal.survey(now_us, "sent", survey_id, base)
        if self._chance.hit(_RELATION_ANSWER_SHARE):
            feeling = 8.0 + customer.mood + self._chance.gauss(0.0, 1.0)
            self._answers(now_us + self._chance.working(5 * 3600, 1.2), survey_id, dict(base), feeling)

    def _answers(self, when_us: int, survey_id: str, fields: Event, feeling: float) -> None:
        chance = self._chance
        instrument = fields["instrument"]
        if instrument != "nps":
            fields["scale_max"] = _SCALE[instrument]
        if not chance.hit(0.04):  # the others leave the score out
            fields["score"] = _score(instrument, feeling)
        if chance.hit(0.6 if feeling < 5 else 0.2):
            words = _PRAISE if feeling >= 8.5 else _SO_SO if feeling >= 6.5 else _COMPLAINT
            fields["comment"] = words[int(chance.random() * len(words))]
        self._floor.agenda.at(when_us, self._write_answer, (survey_id, fields))
        if chance.hit(0.05):  # a second thought; the last answer is the one that counts
            again = dict(fields, score=_score(instrument, feeling + chance.gauss(0.0, 2.0)))
            self._floor.agenda.at(when_us + chance.waiting(6 * 3600), self._write_answer, (survey_id, again))

    def _write_answer(self, now_us: int, answer: tuple[str, Event]) -> None:
        self._floor.journal.survey(now_us, "answered", *answer)


def _feeling(ticket: Ticket, chance: Chance) -> float:
    """How the customer feels, about 0..10 and not rounded: long waits, re-opens and transfers cost points."""
    expected_us = CHANNELS[ticket.channel].expected_seconds * SECOND_US
    waited_us = (ticket.answered_us or ticket.opened_us) - ticket.opened_us
    late = log2(1.0 + waited_us / expected_us) - 0.6
    feeling = 8.6 + ticket.customer.mood + chance.gauss(0.0, 0.9)
    return feeling - 0.9 * late - 1.6 * ticket.reopened - 0.9 * ticket.transfers


def _score(instrument: str, feeling: float) -> int:
    if instrument == "nps":
        return min(10, max(0, round(feeling)))
    top = _SCALE[instrument]
    return min(top, max(1, round(feeling / 10 * top + 0.3)))
