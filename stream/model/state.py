"""A ticket as bytes: every copy of its events as text, and of those that count the records that numbers are made of.

A state is a set of copies, cut where it would grow without bound (`stream.core.ticket_copies`); to learn one is to add
it to the set. So neither order nor duplicates matter, and a state that is written to the changelog twice, or read
twice, is the same state. Nearly always the event is a new one: then its text and its record are put where they belong,
and nothing else is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from struct import Struct
from typing import Any

import orjson

from schemas.events import Event, SurveyAnswered, SurveySent, TicketOpened, TicketResponded, TicketStatus
from stream.core.copies import KEPT, Copy, counting, order_of
from stream.core.policy import DIMENSIONS
from stream.core.survey import lift_survey
from stream.core.ticket import EMPTY, Ticket
from stream.core.ticket_copies import bounded, copies_of, named, settled
from stream.core.ticket_merge import ticket_from_fields
from stream.model.names import Names, Values
from stream.model.records import ANOTHERS, NO_VALUES, UNSAID, WIDTH, opening_kind, record, records
from stream.model.wire import COURSE, LETTERS, REST, Row, copy_of, rows_of, text, text_of

_AT = Struct("<q").unpack_from
# Shorter wires cannot hold so many copies that any would be cut.
_SHORTEST = len('["r",0,"",""],')
_SURE = KEPT * _SHORTEST


class State:
    """One ticket, or a survey without one.

    records: of the events that count, in the order of events. course: the text of every copy of its opening and of its
    changes, which is what its customers are told. rest: that of messages, sendings and answers. last_us: the time of
    the latest event. alerts: marks of what was sent, sorted. customers: whose it was by copies that were cut.
    """

    __slots__ = ("alerts", "course", "customers", "last_us", "records", "rest")

    def __init__(self) -> None:
        """Start with nothing known."""
        self.records = b""
        self.course = b""
        self.rest = b""
        self.last_us = -1
        self.alerts: tuple[str, ...] = ()
        self.customers: tuple[str, ...] = ()

    # -- one event

    def learn(self, event: Event, names: Names) -> bool:
        """Add an event of the ticket or survey; returns whether it was new. Raises KeyError for a customer's event."""
        at = event.at_us
        letter, copy, packed = _READERS[event.__class__](event, names)
        course, rest = self.course, self.rest
        is_course = letter in COURSE
        if course or rest:
            if b",%b" % copy in (course if is_course else rest):
                return False
            event_id = orjson.dumps(event.event_id)
            is_known = event_id in course or event_id in rest or (letter == "o" and b',["o",' in course)
            if is_known or (len(course) + len(rest) > _SURE and self._count() >= KEPT):
                return self._learn([copy_of(orjson.loads(copy))], names)
        if packed:
            if at > self.last_us or not self.records:
                self.records += packed
            elif not self._insert(at, packed):
                return self._learn([copy_of(orjson.loads(copy))], names)
        if is_course:
            self.course = b"%b,%b" % (course, copy)
        else:
            self.rest = b"%b,%b" % (rest, copy)
        self.last_us = max(self.last_us, at)
        return True

    def _count(self) -> int:
        """Return at most how many copies there are."""
        return self.course.count(b",[") + self.rest.count(b",[")

    def _insert(self, at: int, record: bytes) -> bool:
        """Put a record where it belongs; returns False if there is one of the same time, as ids tell their order."""
        held = self.records
        place = len(held)
        while place:
            (other,) = _AT(held, place - WIDTH)
            if other == at:
                return False
            if other < at:
                break
            place -= WIDTH
        self.records = held[:place] + record + held[place:]
        return True

    def _learn(
        self, copies: Iterable[Copy], names: Names, alerts: Iterable[str] = (), customers: Iterable[str] = ()
    ) -> bool:
        """Add copies of whatever events; customers: whose it was besides. Returns whether anything was new."""
        before = self.copies()
        whole = before.union(copies)
        known = bounded(whole)
        alerts = tuple(sorted({*self.alerts, *alerts}))
        others = named(whole - known).union(self.customers, customers)
        customers = tuple(sorted(others - named(known))[:KEPT])
        if (known, alerts, customers) == (before, self.alerts, self.customers):
            return False
        self.alerts, self.customers = alerts, customers
        if known != before:
            self._write(sorted(known, key=order_of))
            self.records = records(settled(known), names)
            self.last_us = max(copy.at_us for copy in counting(known).values())
        return True

    def _write(self, copies: list[Copy]) -> None:
        texts = [(copy.what, b"," + text_of(copy)) for copy in copies]
        self.course = b"".join([written for what, written in texts if LETTERS[what] in COURSE])
        self.rest = b"".join([written for what, written in texts if LETTERS[what] not in COURSE])

    # -- the whole

    def copies(self) -> set[Copy]:
        """Return the copies that it knows."""
        return {copy_of(row) for row in rows_of(self.course + self.rest)}

    def ticket(self) -> Ticket:
        """Return what it comes to, spelt out."""
        return settled(self.copies(), self.alerts, self.customers) if self.course or self.rest or self.alerts else EMPTY

    @property
    def is_surveyed(self) -> bool:
        """Say whether it knows of a survey."""
        return any(letter in self.rest for letter in (b',["q",', b',["a",', b',["f",'))

    # -- the changelog

    def dump(self) -> bytes:
        """Write it as the changelog holds it."""
        rest = b""
        if self.alerts:
            rest += b'"alerts":%b,' % orjson.dumps(self.alerts)
        if self.customers:
            rest += b'"customers":%b,' % orjson.dumps(self.customers)
        return b"{%b%b%b]}" % (rest, _EVENTS, (self.course + self.rest)[1:])

    def load(self, value: bytes, names: Names) -> bool:
        """Add what a value of the changelog says, of this version or an earlier one; returns whether it was new.

        Raises ValueError, TypeError, KeyError or IndexError for what no version wrote.
        """
        if value.startswith(b"["):  # an earlier version
            ticket = ticket_from_fields(orjson.loads(value))
            return self._learn(copies_of(ticket), names, ticket.alerts, ticket.customers)
        document = orjson.loads(value)
        rows, alerts, customers = document["events"], document.get("alerts", ()), document.get("customers", ())
        if self.course or self.rest or self.alerts or not _is_plain(rows):
            return self._learn({copy_of(row) for row in rows}, names, alerts, customers)
        self.course, self.rest = _in_two(b"," + value[value.index(_EVENTS) + len(_EVENTS) : -2])
        rows.sort(key=_place)
        self.records = b"".join([_record(row, names) for row in rows])
        self.last_us = rows[-1][1]
        self.alerts, self.customers = tuple(alerts), tuple(customers)
        return True


_EVENTS = b'"events":['


def _place(row: Row) -> tuple[int, str]:
    return row[1], row[2]


def _is_plain(rows: list[Row]) -> bool:
    """Say whether each event is known as one copy, all of them count, and it is known what wrote each attribute."""
    letters = [row[0] for row in rows]
    return (
        0 < len(rows) <= KEPT
        and letters.count("o") <= 1
        and set(letters) <= _PLAIN
        and len({row[2] for row in rows}) == len(rows)
    )


_PLAIN = frozenset("orsqa")


def _in_two(wire: bytes) -> tuple[bytes, bytes]:
    """Return the part of a wire, written by `dump`, that is of the course, and the rest."""
    starts = [place for letter in REST if (place := wire.find(b',["%b",' % letter.encode())) >= 0]
    begin = min(starts, default=len(wire))
    return wire[:begin], wire[begin:]


def _record(row: Row, names: Names) -> bytes:
    """Return the record of a copy that counts; nothing for one of a survey."""
    letter, at, _, *said = row
    if letter == "r":
        return record(names, at, *said[:2])
    if letter == "o":
        return record(names, at, opening_kind(said[0]), None, *_attributes(said[1:]))
    if letter == "s":
        return record(names, at, said[0], said[1] if len(said) > 1 else None, *_attributes(said[2:]))
    return b""


def _attributes(values: list[str | None]) -> tuple[Values, int]:
    """Return the values of the dimensions, of which those at the end may be missing, and whether a customer is said."""
    dimensions = tuple(values[: len(DIMENSIONS)])
    whose = ANOTHERS if len(values) > len(DIMENSIONS) else UNSAID
    return dimensions + NO_VALUES[len(dimensions) :], whose


# What an event comes to: its letter, its text, and its record; no record of a survey's.
_Read = tuple[str, bytes, bytes]


def _responded(e: TicketResponded, names: Names) -> _Read:
    kind = e.author if e.public is not False else f"{e.author}-note"
    agent = e.agent_id if e.author == "agent" else None
    return "r", text("r", e.at_us, e.event_id, (kind, agent)), record(names, e.at_us, kind, agent)


def _opened(e: TicketOpened, names: Names) -> _Read:
    by, values = e.opened_by or "customer", (e.channel, e.priority, e.queue, e.brand, e.segment, e.language)
    copy = text("o", e.at_us, e.event_id, (by, *values, e.customer_id))
    whose = UNSAID if e.customer_id is None else ANOTHERS
    return "o", copy, record(names, e.at_us, opening_kind(by), None, values, whose)


def _changed(e: TicketStatus, names: Names) -> _Read:
    queue = e.queue if e.to_queue is None else e.to_queue
    values = (e.channel, e.priority, queue, e.brand, e.segment, e.language)
    copy = text("s", e.at_us, e.event_id, (e.status, e.agent_id, *values, e.customer_id))
    whose = UNSAID if e.customer_id is None else ANOTHERS
    return "s", copy, record(names, e.at_us, e.status, e.agent_id, values, whose)


def _surveyed(e: SurveySent | SurveyAnswered, _: Names) -> _Read:
    (copy,) = copies_of(Ticket(surveys=(lift_survey(e),)))
    return LETTERS[copy.what], text_of(copy), b""


_READERS: dict[type, Callable[[Any, Names], _Read]] = {
    TicketOpened: _opened,
    TicketResponded: _responded,
    TicketStatus: _changed,
    SurveySent: _surveyed,
    SurveyAnswered: _surveyed,
}
