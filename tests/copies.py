"""What a ticket's events come to in the simplest way: as a set of copies, told apart at the end."""

from __future__ import annotations

from typing import Any

import orjson

from schemas.events import Event, SurveyAnswered, SurveySent, TicketOpened, TicketResponded, TicketStatus
from stream.core.copies import ANSWERED, OPENED, RESPONDED, SENT, STATUS, Copy
from stream.core.ticket import Ticket
from stream.core.ticket_copies import settled
from tests.events import decoded


def copy_of(event: Event) -> Copy:
    """Return an event as a copy of itself."""
    at, event_id = event.at_us, event.event_id
    match event:
        case TicketOpened():
            return Copy(OPENED, at, event_id, (event.opened_by or "customer", *_written(event, event.queue)))
        case TicketResponded(author=author):
            kind = author if event.public is not False else f"{author}-note"
            return Copy(RESPONDED, at, event_id, (kind, event.agent_id if author == "agent" else None))
        case TicketStatus():
            values = _written(event, event.to_queue or event.queue)
            return Copy(STATUS, at, event_id, (event.status, *values, event.agent_id))
        case SurveySent():
            return Copy(SENT, at, event_id, (event.survey_id, event.touchpoint, event.channel, event.segment))
        case SurveyAnswered():
            where = (event.survey_id, event.touchpoint, event.channel, event.segment)
            commented = bool((event.comment or "").strip())
            said = (event.instrument or "nps", event.score, event.scale_max, commented, event.customer_id)
            return Copy(ANSWERED, at, event_id, (*where, *said))
    raise ValueError(event.type)


def _written(event: TicketOpened | TicketStatus, queue: str | None) -> tuple[str | None, ...]:
    return event.channel, event.priority, queue, event.brand, event.segment, event.language, event.customer_id


def ticket_of(events: list[dict[str, Any]]) -> Ticket:
    """Return what all of them come to."""
    return settled(copy_of(event) for event in decoded(*events))


def written_earlier(ticket: Ticket) -> bytes:
    """Write a ticket as earlier versions did."""
    return orjson.dumps(ticket if ticket.copies else ticket[:-1], default=tuple)
