"""What a customer is told of a ticket: tickets live where their own key leads, customers where theirs does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from schemas.events import Event, SurveyAnswered
from stream.core.clientele import News
from stream.core.customer import NOBODY
from stream.core.customer_told import answered, contact
from stream.core.seal import TICKET
from stream.core.ticket import Ticket
from stream.core.ticket_copies import answers_of
from stream.core.tuples import make


def news_of(key: bytes, ticket: Ticket, news: Iterable[Event]) -> Iterator[News]:
    """Yield what follows from these events of a ticket (or survey), whose state is by now this.

    Every customer that it ever had is told: who had it once has to know that it is gone. An answer is told to
    whom it names itself, and to whom any copy of it does.
    """
    changed = False
    for event in news:
        if event.type == "survey.answered":
            yield from _answered(key.decode(), ticket, event)
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


def _answered(key: str, ticket: Ticket, event: SurveyAnswered) -> Iterator[News]:
    copies = answers_of(ticket, event.event_id)
    for customer_id in dict.fromkeys(copy.said[-1] for copy in copies):
        if customer_id is not None:
            news = answered(key, copies, str(customer_id))
            if news != NOBODY:
                yield News(str(customer_id), "answer", event.survey_id, news)
