"""A customer as bytes: the courses of the tickets that are or once were theirs, and what else happened to them.

A ticket is known here by its course alone (`stream.model.state`), as a set of copies that only grows: neither order nor
duplicates matter.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from stream.core.copies import Copy, order_of
from stream.core.customer import NOBODY, Customer
from stream.core.customer_merge import customer_from_fields, merge_customers, own_fields, pruned
from stream.core.earlier_customer import customer_from_json
from stream.core.facts import is_open
from stream.core.ticket import Ticket
from stream.core.ticket_copies import bounded, copies_of, settled
from stream.model.names import Names
from stream.model.records import WIDTH, records
from stream.model.soundness import check_copies, check_customer, check_rows
from stream.model.wire import copy_of, rows_of, text_of
from stream.model.wire_records import is_plain, records_of

KEPT_CONTACTS = 256  # within the time that counts; who has more is no person


class Contact(NamedTuple):
    """A ticket of a customer: its id, the text of every copy of its course, and the records of those that count."""

    ticket_id: str
    course: bytes
    records: bytes

    @property
    def last_us(self) -> int:
        """When something last happened to it."""
        return int.from_bytes(self.records[-WIDTH : 8 - WIDTH], "little", signed=True)

    def ticket(self) -> Ticket:
        """Return what it comes to, spelt out."""
        return settled(map(copy_of, rows_of(self.course)))


class CustomerState:
    """One customer. own: what happened to them beside their tickets. contacts: these, by id.

    place: where the customer stands in columns (`stream.counting.tenure`), -1 for nowhere.
    """

    __slots__ = ("contacts", "own", "place")

    def __init__(self) -> None:
        """Start with nothing known."""
        self.own = NOBODY
        self.contacts: tuple[Contact, ...] = ()
        self.place = -1

    def learn(self, news: Customer) -> bool:
        """Add what happened beside tickets; returns whether it was new."""
        merged = merge_customers(self.own, news)
        if merged is self.own:
            return False
        self.own = merged
        return True

    def meet(self, ticket_id: str, course: bytes, customer_id: str, names: Names) -> bool:
        """Add what is known of the course of a ticket; returns whether it was new.

        Raises ValueError for a course that no version wrote.
        """
        held = self.contacts
        known = next((contact for contact in held if contact.ticket_id == ticket_id), None)
        if known is not None and (known.course == course or not course):
            return False
        if known is None or course.startswith(known.course):
            met = _contact(ticket_id, course, customer_id, names)
        else:
            copies = {copy_of(row) for row in rows_of(known.course + course)}
            met = _of_copies(ticket_id, copies, customer_id, names)
            if {copy_of(row) for row in rows_of(known.course)} == {copy_of(row) for row in rows_of(met.course)}:
                return False
        self.contacts = kept_contacts((*(contact for contact in held if contact is not known), met))
        return self.contacts != held

    def join(self, other: CustomerState, customer_id: str, names: Names) -> bool:
        """Add what another state of the same customer knows; returns whether any of it was new."""
        new = self.learn(other.own)
        known = {contact.ticket_id for contact in self.contacts}
        if known.isdisjoint(contact.ticket_id for contact in other.contacts):
            held = self.contacts
            self.contacts = kept_contacts((*held, *other.contacts)) if other.contacts else held
            return new or self.contacts != held
        for contact in other.contacts:
            new |= self.meet(contact.ticket_id, contact.course, customer_id, names)
        return new

    @property
    def last_us(self) -> int:
        """When something last happened to them."""
        return max([self.own.last_us, *(contact.last_us for contact in self.contacts)])

    def prune(self, before_us: int) -> bool:
        """Forget what lies before every window (`stream.core.customer_merge.pruned`); returns whether anything does."""
        own = pruned(self.own, before_us)
        kept = tuple([each for each in self.contacts if each.last_us >= before_us or is_open(each.ticket())])
        if own is self.own and len(kept) == len(self.contacts):
            return False
        self.own, self.contacts = own, kept
        return True

    @property
    def is_nobody(self) -> bool:
        """Say whether nothing is known of them."""
        return not self.contacts and self.own == NOBODY

    # -- the changelog

    def dump(self) -> bytes:
        """Write it as the changelog holds it, and as other partitions are told of it."""
        contacts = b",".join([b"%b:[%b]" % (orjson.dumps(each.ticket_id), each.course[1:]) for each in self.contacts])
        own = b"" if self.own == NOBODY else b',"own":%b' % own_fields(self.own)
        return b'{"contacts":{%b}%b}' % (contacts, own)

    def load(self, value: bytes, customer_id: str, names: Names) -> bool:
        """Add what a value of the changelog says, of this version or an earlier one; returns whether it was new.

        Raises ValueError, TypeError, KeyError or AttributeError for what no version wrote.
        """
        if value.startswith(b"["):  # an earlier version
            own, tickets = customer_from_json(value)
            copies = {ticket_id: copies_of(ticket) for ticket_id, ticket in tickets.items()}
            for known in copies.values():
                check_copies(known)
            courses = {ticket_id: _course(known) for ticket_id, known in copies.items()}
        else:
            document: dict[str, Any] = orjson.loads(value)
            own = customer_from_fields(document["own"]) if "own" in document else NOBODY
            for rows in document["contacts"].values():
                check_rows(rows)
            courses = {ticket_id: _text(rows) for ticket_id, rows in document["contacts"].items()}
        check_customer(own)
        new = self.learn(own)
        for ticket_id, course in courses.items():
            new |= self.meet(ticket_id, course, customer_id, names)
        return new


def told(ticket_id: str, course: bytes) -> bytes:
    """Write the state that knows of one ticket alone."""
    return b'{"contacts":{%b:[%b]}}' % (orjson.dumps(ticket_id), course[1:])


def told_own(news: Customer) -> bytes:
    """Write the state that knows of what happened beside tickets alone."""
    return b'{"contacts":{},"own":%b}' % own_fields(news)


def kept_contacts(contacts: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """Return the contacts that are kept: those whose ids come last, the shorter before the longer.

    That never changes, so cutting early or late comes to the same.
    """
    ordered = sorted(contacts, key=lambda contact: (len(contact.ticket_id), contact.ticket_id))
    return tuple(ordered[-KEPT_CONTACTS:])


def _contact(ticket_id: str, course: bytes, customer_id: str, names: Names) -> Contact:
    rows = rows_of(course)
    if not is_plain(rows) or any(row[0] not in "os" for row in rows):
        return _of_copies(ticket_id, {copy_of(row) for row in rows}, customer_id, names)
    return Contact(ticket_id, bytes(course), records_of(rows, names, customer_id))


def _of_copies(ticket_id: str, copies: set[Copy], customer_id: str, names: Names) -> Contact:
    known = bounded(copies)
    return Contact(ticket_id, _course(known), records(settled(known), names, customer_id))


def _course(copies: set[Copy]) -> bytes:
    return b"".join([b"," + text_of(copy) for copy in sorted(copies, key=order_of)])


def _text(rows: list[Any]) -> bytes:
    return b"".join([b"," + orjson.dumps(row) for row in rows])
