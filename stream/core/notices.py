"""What a customer is told of a ticket: tickets live where their own key leads, customers where theirs does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas.codec import at_us
from schemas.events import Event
from stream.core.clientele import News
from stream.core.customer import answered, contact
from stream.core.seal import TICKET
from stream.core.survey import lift_survey
from stream.core.ticket import Ticket
from stream.core.tuples import make
from stream.kpi.promoters import NPS


def news_of(key: bytes, ticket: Ticket, news: Iterable[Event]) -> Iterator[News]:
    """Yield what follows from these events of a ticket (or survey), whose state is by now this.

    Every customer that it ever had is told: who had it once has to know that it is gone. An answer is told to
    whom it names itself.
    """
    changed = False
    for event in news:
        if event["type"] == "survey.answered":
            yield from _answered(event)
        else:
            changed = True
    if not changed or not key.startswith(TICKET):
        return
    present = ticket.attributes.get("customer_id")
    customers = dict.fromkeys((*ticket.customers, present) if present is not None else ticket.customers)
    if customers:
        ticket_id = key[len(TICKET) :].decode()
        state = contact(ticket_id, ticket)
        for customer_id in customers:
            yield make(News, (customer_id, "contact", ticket_id, state))


def _answered(event: Event) -> Iterator[News]:
    survey = lift_survey(event, at_us(event))
    for answer in survey.answers:
        if answer.customer_id is not None and answer.instrument == NPS:
            yield News(answer.customer_id, "answer", survey.survey_id, answered(survey.survey_id, answer))
