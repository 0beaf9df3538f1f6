"""What an event comes to in the state of its ticket: a copy as text, and a record if one is counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemas.events import Event, SurveyAnswered, SurveySent, TicketOpened, TicketResponded, TicketStatus
from stream.core.survey import lift_survey
from stream.core.ticket import Ticket, opened_by
from stream.core.ticket_copies import copies_of
from stream.model.names import Names
from stream.model.records import ANOTHERS, UNSAID, opening_kind, record
from stream.model.wire import LETTERS, text, text_of

_Lifted = tuple[str, bytes, bytes]


def lift(event: Event, names: Names) -> _Lifted:
    """Return the letter, the text and the record of an event; the record of a survey's is empty.

    Raises KeyError for a customer's event.
    """
    return _LIFTS[event.__class__](event, names)


def _responded(e: TicketResponded, names: Names) -> _Lifted:
    kind = e.author if e.public is not False else f"{e.author}-note"
    agent = e.agent_id if e.author == "agent" else None
    return "r", text("r", e.at_us, e.event_id, (kind, agent)), record(names, e.at_us, kind, agent)


def _opened(e: TicketOpened, names: Names) -> _Lifted:
    by, values = opened_by(e.opened_by), (e.channel, e.priority, e.queue, e.brand, e.segment, e.language)
    copy = text("o", e.at_us, e.event_id, (by, *values, e.customer_id))
    whose = UNSAID if e.customer_id is None else ANOTHERS
    return "o", copy, record(names, e.at_us, opening_kind(by), None, values, whose)


def _changed(e: TicketStatus, names: Names) -> _Lifted:
    queue = e.queue if e.to_queue is None else e.to_queue
    values = (e.channel, e.priority, queue, e.brand, e.segment, e.language)
    copy = text("s", e.at_us, e.event_id, (e.status, e.agent_id, *values, e.customer_id))
    whose = UNSAID if e.customer_id is None else ANOTHERS
    return "s", copy, record(names, e.at_us, e.status, e.agent_id, values, whose)


def _surveyed(e: SurveySent | SurveyAnswered, _: Names) -> _Lifted:
    (copy,) = copies_of(Ticket(surveys=(lift_survey(e),)))
    return LETTERS[copy.what], text_of(copy), b""


_LIFTS: dict[type, Callable[[Any, Names], _Lifted]] = {
    TicketOpened: _opened,
    TicketResponded: _responded,
    TicketStatus: _changed,
    SurveySent: _surveyed,
    SurveyAnswered: _surveyed,
}
