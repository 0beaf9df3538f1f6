"""A ticket's state: the merge of its events.

`merge` is commutative, associative and idempotent (a join-semilattice), and an event is lifted to the state that
knows this one event alone. So neither the order of arrival nor a duplicate matters, and a state that was written to
the changelog twice, or read twice, is the same state.

Everything is a set of what happened, cut where it would grow without bound by rules that keep the merge exact:
of each kind of message or status the first and the last `KEPT` count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from sys import intern
from typing import Any, NamedTuple, TypeVar

import orjson

from schemas.events import Event
from stream.core.survey import Survey, lift_survey, merge_surveys, survey_from_json
from stream.core.tuples import make

KEPT = 64

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
    """Attribute values written at an instant; only those are kept that no later write replaced."""

    at_us: int
    event_id: str
    values: dict[str, str]


class Ticket(NamedTuple):
    """All that is known of a ticket. Tuples are sorted by time and event id.

    A survey without a ticket is kept as a Ticket that has surveys only. alerts names those that were sent, sorted.
    customers: all that it ever had, if there was more than one; who had it once has to know that it is gone.
    """

    opening: Opening | None = None
    messages: tuple[Message, ...] = ()
    statuses: tuple[StatusChange, ...] = ()
    writes: tuple[Write, ...] = ()
    surveys: tuple[Survey, ...] = ()
    alerts: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()

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


def lift(event: Event, at: int) -> Ticket:
    """Return the state that knows this one event of a ticket or survey; at is its time, `at_us(event)`."""
    event_id = event["event_id"]
    match event["type"]:
        case "ticket.responded":
            kind: str = event["author"] if event.get("public", True) else f"{event['author']}-note"
            agent = event.get("agent_id", "") if event["author"] == "agent" else ""
            message = make(Message, (at, event_id, intern(kind), intern(agent)))
            return make(Ticket, (None, (message,), (), (), (), (), ()))
        case "ticket.opened":
            opening = make(Opening, (at, event_id, event.get("opened_by", "customer")))
            return make(Ticket, (opening, (), (), _writes(at, event_id, event), (), (), ()))
        case "ticket.status":
            change = make(StatusChange, (at, event_id, event["status"], intern(event.get("agent_id", ""))))
            return make(Ticket, (None, (), (change,), _writes(at, event_id, event), (), (), ()))
        case _:
            return Ticket(surveys=(lift_survey(event, at),))


def _writes(at: int, event_id: str, event: Any) -> tuple[Write, ...]:
    values = {name: event[name] for name in ATTRIBUTES if name in event}
    if "to_queue" in event:
        values["queue"] = event["to_queue"]
    return (make(Write, (at, event_id, _shared(values))),) if values else ()


def _shared(values: dict[str, str]) -> dict[str, str]:
    """Return attribute values of which a million tickets hold one copy; hardly two have the same customer."""
    return {name: value if name == "customer_id" else intern(value) for name, value in values.items()}


def merge(a: Ticket, b: Ticket) -> Ticket:
    """Return the least state that knows what a knows and what b knows; `a` itself if b adds nothing."""
    if a is EMPTY:
        return b
    opening = a.opening
    if b.opening is not None and (opening is None or b.opening < opening):
        opening = b.opening
    messages = _union(a.messages, b.messages) if b.messages else a.messages
    statuses = _union(a.statuses, b.statuses) if b.statuses else a.statuses
    writes = _merge_writes(a.writes, b.writes) if b.writes else a.writes
    surveys = merge_surveys(a.surveys, b.surveys) if b.surveys else a.surveys
    alerts = a.alerts
    if b.alerts and not set(b.alerts) <= set(alerts):
        alerts = tuple(sorted({*alerts, *b.alerts}))
    customers = a.customers
    if b.customers or (b.writes and a.writes):
        customers = _customers(a, b)
    if (
        opening is a.opening
        and messages is a.messages
        and statuses is a.statuses
        and writes is a.writes
        and surveys is a.surveys
        and alerts is a.alerts
        and customers == a.customers
    ):
        return a
    return make(Ticket, (opening, messages, statuses, writes, surveys, alerts, customers))


def _customers(a: Ticket, b: Ticket) -> tuple[str, ...]:
    """Return whose the ticket ever was; nobody if it was one customer's all along, whom the attributes name."""
    named = {*a.customers, *b.customers}
    for write in (*a.writes, *b.writes):
        if (customer_id := write.values.get("customer_id")) is not None:
            named.add(customer_id)
    return tuple(sorted(named)[:KEPT]) if len(named) > 1 else ()


Happening = TypeVar("Happening", bound=Message | StatusChange)


def _union(a: tuple[Happening, ...], b: tuple[Happening, ...]) -> tuple[Happening, ...]:
    """Return the sorted union, bounded; `a` itself if b adds nothing."""
    if not a:
        return b
    if len(b) == 1:
        if b[0] in a:
            return a
        union = (*a, b[0])
        if b[0] < a[-1]:
            union = tuple(sorted(union))
    else:
        union = tuple(sorted(set(a) | set(b)))
    if len(union) > 2 * KEPT:
        union = _bounded(union)
    return a if union == a else union


def _bounded(union: tuple[Happening, ...]) -> tuple[Happening, ...]:
    """Keep the first and the last KEPT of each kind.

    What is among the KEPT least of a union is among the KEPT least of its part, so cutting early or late comes to
    the same, and merging stays associative.
    """
    kinds: dict[str, list[Happening]] = {}
    for happening in union:
        kinds.setdefault(happening.kind, []).append(happening)
    if all(len(of_kind) <= 2 * KEPT for of_kind in kinds.values()):
        return union
    return tuple(sorted({h for of_kind in kinds.values() for h in (*of_kind[:KEPT], *of_kind[-KEPT:])}))


def _merge_writes(a: tuple[Write, ...], b: tuple[Write, ...]) -> tuple[Write, ...]:
    """Let the last writer win, attribute by attribute; `a` itself if b wins nothing."""
    if not a:
        return b
    winners: dict[str, tuple[int, str, str]] = {}
    for write in (*a, *b):
        for name, value in write.values.items():
            claim = (write.at_us, write.event_id, value)
            if name not in winners or claim > winners[name]:
                winners[name] = claim
    merged: dict[tuple[int, str], dict[str, str]] = {}
    for name in sorted(winners):
        at, event_id, value = winners[name]
        merged.setdefault((at, event_id), {})[name] = value
    result = tuple(Write(at, event_id, merged[at, event_id]) for at, event_id in sorted(merged))
    return a if result == a else result


def ticket_to_json(ticket: Ticket) -> bytes:
    """Write a state as the changelog holds it."""
    return orjson.dumps(ticket, default=tuple)


def ticket_from_json(value: bytes) -> Ticket:
    """Read a state back from the changelog."""
    return ticket_from_fields(orjson.loads(value))


def ticket_from_fields(fields: list[Any]) -> Ticket:
    """Read a state back from the JSON array that the changelog holds."""
    opening, messages, statuses, writes, surveys, *later = fields
    alerts, customers = later or ((), ())  # absent where an earlier version wrote it
    return Ticket(
        opening=None if opening is None else Opening(*opening),
        messages=_each(Message, messages),
        statuses=_each(StatusChange, statuses),
        writes=tuple([Write(at, event_id, _shared(values)) for at, event_id, values in writes]),
        surveys=tuple(survey_from_json(fields) for fields in surveys),
        alerts=tuple(alerts),
        customers=tuple(customers),
    )


def _each(make: Callable[..., Happening], rows: Iterable[list[Any]]) -> tuple[Happening, ...]:
    """Read kinds and agents as strings that are held once."""
    return tuple([make(at, event_id, *map(intern, said)) for at, event_id, *said in rows])
