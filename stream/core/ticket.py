"""What the events of a ticket come to, spelt out. A worker holds it as bytes (`stream.model.state`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from sys import intern
from typing import NamedTuple

from schemas.fields import TAKEN_AWAY
from schemas.leniency import folded
from stream.core.copies import Copy
from stream.core.survey import Survey

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
        """Return the attribute values in force, as they were sent."""
        return in_force(write.values for write in self.writes)


EMPTY = Ticket()


def in_force(writes: Iterable[Mapping[str, str | None]]) -> dict[str, str]:
    """Return the attribute values that are in force after these writes, without what was taken away."""
    found = {name: value for written in writes for name, value in written.items() if value is not None}
    return {name: value for name, value in found.items() if value != TAKEN_AWAY}


def opened_by(said: str | None) -> str:
    """Return who opened a ticket: an agent, or else the customer."""
    return "agent" if said is not None and folded(said) == "agent" else "customer"


def shared(values: dict[str, str]) -> dict[str, str]:
    """Return attribute values of which a million tickets hold one copy; hardly two have the same customer."""
    return {name: value if name == "customer_id" else intern(value) for name, value in values.items()}
