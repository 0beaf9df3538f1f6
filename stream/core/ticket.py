"""A ticket's state: what its events come to. An event is lifted to the state that knows this one event alone.

States are merged by `stream.core.ticket_merge`.
"""

from __future__ import annotations

from sys import intern
from typing import NamedTuple

from schemas.events import Event, SurveyAnswered, SurveySent, TicketOpened, TicketStatus
from stream.core.copies import Copy
from stream.core.survey import Survey, lift_survey
from stream.core.tuples import make

ATTRIBUTES = ("channel", "priority", "queue", "brand", "segment", "language", "customer_id")


class Opening(NamedTuple):
    """A ticket.opened: when (microseconds), its event id, and by whom (customer or agent)."""

    at_us: int
    event_id: str
    opened_by: str


class Message(NamedTuple):
    """A ticket.responded. `kind` is the author, with `-note` behind it if the customer cannot see it.

    agent: the id of the agent who wrote, "" if it was none or is not said.
    """

    at_us: int
    event_id: str
    kind: str
    agent: str = ""


class StatusChange(NamedTuple):
    """A ticket.status. agent: the id of the agent who changed it, "" if it is not said."""

    at_us: int
    event_id: str
    kind: str
    agent: str = ""


class Write(NamedTuple):
    """Attribute values written at an instant, by an opening or a change of status."""

    at_us: int
    event_id: str
    values: dict[str, str]


class Ticket(NamedTuple):
    """All that is known of a ticket. Tuples are sorted by time and event id.

    A survey without a ticket is kept as a Ticket that has surveys only. alerts names those that were sent, sorted.
    customers: all that it ever had, if there was more than one; who had it once has to know that it is gone.

    An event is in it once, as the copy of it that counts. copies: all that is known of the events of which the rest
    does not say everything, sorted: of an event of which there are copies that differ each of them, and openings,
    sendings and answers that do not count as long as others do (`stream.core.ticket_copies`).
    """

    opening: Opening | None = None
    messages: tuple[Message, ...] = ()
    statuses: tuple[StatusChange, ...] = ()
    writes: tuple[Write, ...] = ()
    surveys: tuple[Survey, ...] = ()
    alerts: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()

    @property
    def attributes(self) -> dict[str, str]:
        """Return the attribute values in force."""
        if len(self.writes) == 1:
            return self.writes[0].values
        return {name: value for write in self.writes for name, value in write.values.items()}

    @property
    def last_us(self) -> int:
        """Return the time of the latest event that is known."""
        latest = 0 if self.opening is None else self.opening.at_us
        for happenings in (self.messages, self.statuses, self.writes):
            if happenings and happenings[-1].at_us > latest:
                latest = happenings[-1].at_us
        for survey in self.surveys:
            latest = max(latest, survey.last_us)
        return latest


EMPTY = Ticket()


def lift(event: Event) -> Ticket:
    """Return the state that knows this one event of a ticket or survey. Raises ValueError for one of a customer."""
    at, event_id = event.at_us, event.event_id
    if event.type == "ticket.responded":
        kind: str = event.author if event.public is not False else f"{event.author}-note"
        agent = event.agent_id if event.author == "agent" else None
        message = make(Message, (at, event_id, intern(kind), intern(agent or "")))
        return make(Ticket, (None, (message,), (), (), (), (), (), ()))
    if event.type == "ticket.opened":
        opening = make(Opening, (at, event_id, event.opened_by or "customer"))
        return make(Ticket, (opening, (), (), _writes(event, event.queue), (), (), (), ()))
    if event.type == "ticket.status":
        change = make(StatusChange, (at, event_id, event.status, intern(event.agent_id or "")))
        return make(Ticket, (None, (), (change,), _writes(event, event.to_queue or event.queue), (), (), (), ()))
    if isinstance(event, SurveySent | SurveyAnswered):
        return Ticket(surveys=(lift_survey(event),))
    raise ValueError(f"type: got {event.type!r}; accepts the events of tickets and surveys")


def _writes(event: TicketOpened | TicketStatus, queue: str | None) -> tuple[Write, ...]:
    written = (event.channel, event.priority, queue, event.brand, event.segment, event.language, event.customer_id)
    values = {name: value for name, value in zip(ATTRIBUTES, written, strict=True) if value is not None}
    return (make(Write, (event.at_us, event.event_id, shared(values))),) if values else ()


def shared(values: dict[str, str]) -> dict[str, str]:
    """Return attribute values of which a million tickets hold one copy; hardly two have the same customer."""
    return {name: value if name == "customer_id" else intern(value) for name, value in values.items()}
