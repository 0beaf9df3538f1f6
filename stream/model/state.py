"""A ticket as bytes: every copy of its events as text, and of those that count the records that numbers are made of.

A state is a set of copies, cut where it would grow without bound (`stream.core.ticket_copies`); to learn one is to add
it to the set. So neither order nor duplicates matter, and a state that is written to the changelog twice, or read
twice, is the same state. Nearly always the event is a new one: then its text and its record are put where they belong,
and nothing else is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct

import orjson

from schemas.events import Event
from stream.core.copies import ANSWERED, KEPT, Copy, counting, order_of
from stream.core.earlier_ticket import ticket_from_fields
from stream.core.survey import Survey
from stream.core.ticket import EMPTY, Ticket
from stream.core.ticket_copies import FIRST_ANSWERED, bounded, copies_of, named, settled
from stream.model.lift import lift
from stream.model.names import Names
from stream.model.records import WIDTH, records
from stream.model.soundness import check_copies, check_texts
from stream.model.wire import COURSE, LETTERS, REST, Row, copy_of, rows_of, text_of, whose
from stream.model.wire_records import PLAIN_COURSE, attributes_of, is_plain, place, plain_records

_AT = Struct("<q").unpack_from
# Shorter wires cannot hold so many copies that any would be cut.
_SHORTEST = len('["r",0,"",""],')
_SURE = KEPT * _SHORTEST

NEW, REUSED = 1, 2
"""What learning an event came to: it changed the state; its id is that of another event, which says something else."""


class State:
    """One ticket, or a survey without one.

    records: of the events that count, in the order of events. course: the text of every copy of its opening and of its
    changes, and of whatever has the id of one of these: what its customers are told. rest: that of other messages,
    sendings and answers. last_us: the time of
    the latest event. alerts: marks of what was sent, sorted. customers: whose it was by copies that were cut.

    Beside what is known of it: asked: the records of its surveys, None while they are to be made anew. place: where it
    stands in columns (`stream.counting.standing`), -1 for nowhere. touched_us: when it changed, by the worker's clock.
    """

    __slots__ = ("alerts", "asked", "course", "customers", "last_us", "place", "records", "rest", "touched_us")

    def __init__(self) -> None:
        """Start with nothing known."""
        self.place = -1
        self.touched_us = 0
        self.asked: bytes | None = b""
        self.records = b""
        self.course = b""
        self.rest = b""
        self.last_us = -1
        self.alerts: tuple[str, ...] = ()
        self.customers: tuple[str, ...] = ()

    # -- one event

    def learn(self, event: Event, names: Names) -> int:
        """Add an event of the ticket or survey; returns NEW if it was new, with REUSED if its id was used before.

        Raises KeyError for a customer's event.
        """
        at = event.at_us
        letter, copy, packed = lift(event, names)
        course, rest = self.course, self.rest
        is_course = letter in COURSE
        if course or rest:
            if b",%b" % copy in (course if is_course else rest):
                return 0
            event_id = orjson.dumps(event.event_id)
            is_known = event_id in course or event_id in rest or (letter == "o" and self.is_opened)
            if is_known or (len(course) + len(rest) > _SURE and self._count() >= KEPT):
                return self._learn_one(copy, names)
        if not packed:
            self.asked = None
        elif at > self.last_us or not self.records:
            self.records += packed
        elif not self._insert(at, packed):
            ordered = plain_records(rows_of(b"%b%b,%b" % (course, rest, copy)), names)
            if ordered is None:
                return self._learn_one(copy, names)
            self.records = ordered
        if is_course:
            self.course = b"%b,%b" % (course, copy)
        else:
            self.rest = b"%b,%b" % (rest, copy)
        self.last_us = max(self.last_us, at)
        return NEW

    def _learn_one(self, text: bytes, names: Names) -> int:
        copy = copy_of(orjson.loads(text))
        before = self.copies()
        reused = copy not in before and any(copy.identity == known.identity for known in before)
        return (NEW if self._learn([copy], names) else 0) | (REUSED if reused else 0)

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
            self.asked = None
            self._write(sorted(known, key=order_of))
            self.records = records(settled(known), names)
            self.last_us = max(copy.at_us for copy in counting(known).values())
        return True

    def _write(self, copies: list[Copy]) -> None:
        ids = {copy.event_id for copy in copies if LETTERS[copy.what] in COURSE}
        texts = [(copy.event_id in ids and copy.what != FIRST_ANSWERED, b"," + text_of(copy)) for copy in copies]
        self.course = b"".join([written for is_course, written in texts if is_course])
        self.rest = b"".join([written for is_course, written in texts if not is_course])

    # -- the whole

    def copies(self) -> set[Copy]:
        """Return the copies that it knows."""
        return {copy_of(row) for row in rows_of(self.course + self.rest)}

    def ticket(self) -> Ticket:
        """Return what it comes to, spelt out."""
        return settled(self.copies(), self.alerts, self.customers) if self.course or self.rest or self.alerts else EMPTY

    def opened(self) -> tuple[int, dict[str, str]] | None:
        """Return when it was opened, and its attributes as they are; None if no opening is known."""
        rows = rows_of(self.course)
        if is_plain(rows, PLAIN_COURSE):
            rows.sort(key=place)
            at = next((row[1] for row in rows if row[0] == "o"), None)
            return None if at is None else (at, attributes_of(rows))
        ticket = self.ticket()
        return None if ticket.opening is None else (ticket.opening.at_us, ticket.attributes)

    @property
    def is_opened(self) -> bool:
        """Say whether an opening of it is known."""
        return b',["o",' in self.course

    @property
    def is_surveyed(self) -> bool:
        """Say whether any copy that it knows is of a survey."""
        return _tells_of_survey(self.rest) or self._is_mixed

    def surveys(self) -> tuple[Survey, ...]:
        """Return its surveys, spelt out."""
        if not self.is_surveyed:
            return ()
        rows = rows_of(self.rest)
        if self._is_mixed or len({row[2] for row in rows}) < len(rows):  # what is no survey's may count in its place
            return self.ticket().surveys
        return settled(copy_of(row) for row in rows if row[0] != "r").surveys

    @property
    def _is_mixed(self) -> bool:
        """Say whether the course has copies of surveys' events, as one of its own has their id."""
        return _tells_of_survey(self.course)

    def tells_of(self, event_id: str) -> bool:
        """Say whether its customers are told of an event of this id: of what makes its course, or has an id of that."""
        return orjson.dumps(event_id) in self.course

    def copies_of_answer(self, event_id: str) -> list[Copy]:
        """Return the copies of an event that some copy says is an answer, of whatever survey; none if it is none."""
        quoted = orjson.dumps(event_id)
        if not self.is_surveyed or not (quoted in self.rest or quoted in self.course):
            return []
        rows = rows_of(self.course + self.rest)
        copies = [copy_of(row) for row in rows if row[2] == event_id and row[0] in _EVENTS_OF]
        return copies if any(copy.what == ANSWERED for copy in copies) else []

    def whose(self, rows: list[Row]) -> set[str]:
        """Return the customers that it has or ever had; who had it once has to know that it is gone.

        rows: those of its course.
        """
        return whose(rows).union(self.customers)

    def note_alert(self, mark: str) -> None:
        """Remember that an alert was sent."""
        self.alerts = tuple(sorted({*self.alerts, mark}))

    # -- the changelog

    def dump(self) -> bytes:
        """Write it as the changelog holds it."""
        rest = b""
        if self.alerts:
            rest += b'"alerts":%b,' % orjson.dumps(self.alerts)
        if self.customers:
            rest += b'"customers":%b,' % orjson.dumps(self.customers)
        return b'{%b"events":[%b]}' % (rest, (self.course + self.rest)[1:])

    def load(self, value: bytes, names: Names) -> bool:
        """Add what a value of the changelog says, of this version or an earlier one; returns whether it was new.

        Raises ValueError, TypeError, KeyError or IndexError for what no version wrote.
        """
        if value.startswith(b"["):  # an earlier version
            ticket = ticket_from_fields(orjson.loads(value))
            copies = copies_of(ticket)
            check_copies(copies)
            check_texts(ticket.alerts)
            check_texts(ticket.customers)
            return self._learn(copies, names, ticket.alerts, ticket.customers)
        document = orjson.loads(value)
        rows, alerts, customers = document["events"], document.get("alerts", ()), document.get("customers", ())
        if len(document) > 1:
            check_texts(alerts)
            check_texts(customers)
        packed = plain_records(rows, names)
        written = orjson.dumps(rows)
        as_dumped = packed is not None and value.endswith(b'"events":%b}' % written)
        wires = _in_two(rows, written) if as_dumped else None
        if packed is None or wires is None or self.course or self.rest or self.alerts:
            return self._learn({copy_of(row) for row in rows}, names, alerts, customers)
        self.course, self.rest = wires
        self.records = packed
        self.last_us = max([row[1] for row in rows])
        self.asked = None if self.rest and self.is_surveyed else b""
        self.alerts, self.customers = tuple(alerts), tuple(customers)
        return True

    def take_over(self, later: State) -> bool:
        """Become what a later state is, if that was surely made of this one; returns whether it was.

        Where that is not sure this one does not change: `load` merges any two.
        """
        if (
            not later.course.startswith(self.course)
            or not later.rest.startswith(self.rest)
            or (self.alerts and not set(self.alerts) <= set(later.alerts))
            or self.customers != later.customers
        ):
            return False
        self.course, self.rest, self.records = later.course, later.rest, later.records
        self.last_us, self.alerts, self.asked = later.last_us, later.alerts, later.asked
        return True


_EVENTS_OF = "osrqa"  # the letters of events; the others are known of them


def _tells_of_survey(wire: bytes) -> bool:
    return b',["q",' in wire or b',["a",' in wire or b',["f",' in wire


def _in_two(rows: list[Row], written: bytes) -> tuple[bytes, bytes] | None:
    """Return the text of the course and of the rest, given all of it; None if the course does not stand before."""
    letters = "".join([row[0] for row in rows])
    rest = letters.lstrip(COURSE)
    if not rest:
        return b"," + written[1:-1], b""
    if not rest.strip(REST):
        wire = b"," + written[1:-1]
        begin = wire.find(b',["%b",' % rest[0].encode())
        return wire[:begin], wire[begin:]
    return None
