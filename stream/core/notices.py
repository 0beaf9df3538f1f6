"""What a customer is told of a ticket: tickets live where their own key leads, customers where theirs does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from schemas.events import Event
from stream.core.clientele import Notice
from stream.core.customer import answered, contact, customer_to_json
from stream.core.seal import TICKET
from stream.core.ticket import Ticket
from stream.kpi.promoters import NPS


def notices_of(key: bytes, ticket: Ticket, news: Iterable[Event]) -> Iterator[Notice]:
    """Yield what follows from these events of a ticket (or survey), whose state is by now this.

    The customer it has is told, and any that the events name: one that it had before has to know that it is gone.
    """
    customers: dict[str, None] = {}
    surveys: dict[str, str] = {}
    for event in cast(Iterable[dict[str, Any]], news):
        named = event.get("customer_id")
        if event["type"] == "survey.answered":
            if named is not None:
                surveys[event["survey_id"]] = named
        elif named is not None:
            customers[named] = None
    if key.startswith(TICKET):
        ticket_id = key[len(TICKET) :].decode()
        present = ticket.attributes.get("customer_id")
        if present is not None and any(event["type"] != "survey.answered" for event in news):
            customers[present] = None
        for customer_id in customers:
            state = customer_to_json(contact(ticket_id, ticket))
            yield Notice(customer_id, "contact", ticket_id, state)
    for survey in ticket.surveys:
        for answer in survey.answers:
            customer = answer.customer_id
            if customer is not None and answer.instrument == NPS and surveys.get(survey.survey_id) == customer:
                state = customer_to_json(answered(survey.survey_id, answer))
                yield Notice(customer, "answer", survey.survey_id, state)
