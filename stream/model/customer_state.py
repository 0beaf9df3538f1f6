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
from stream.model.soundness import check_copies, check_customer
from stream.model.wire import Row, copy_of, rows_of, text_of, text_of_rows
from stream.model.wire_records import PLAIN_COURSE, plain_records

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

    def meet(
        self, ticket_id: str, course: bytes, customer_id: str, names: Names, rows: list[Row] | None = None
    ) -> bool:
        """Add what is known of the course of a ticket; returns whether it was new.

        rows: those of the course, if it was read already. Raises ValueError for a course that no version wrote.
        """
        known = self._contact_of(ticket_id)
        if known is not None and (known.course == course or not course):
            return False
        rows = rows_of(course) if rows is None else rows
        return self._meet(known, _contact(ticket_id, course, rows, customer_id, names), customer_id, names)

    def _meet(self, known: Contact | None, met: Contact, customer_id: str, names: Names) -> bool:
        if known is not None and not met.course.startswith(known.course):
            copies = {copy_of(row) for row in rows_of(known.course + met.course)}
            met = _of_copies(met.ticket_id, copies, customer_id, names)
            if {copy_of(row) for row in rows_of(known.course)} == {copy_of(row) for row in rows_of(met.course)}:
                return False
        held = self.contacts
        if known is not None:
            self.contacts = tuple([met if contact is known else contact for contact in held])
            return met != known
        self.contacts = kept_contacts((*held, met))
        return self.contacts != held

    def take(self, news: News, customer_id: str, names: Names) -> bool:
        """Add what was read of the same customer; returns whether any of it was new."""
        new = news.own is not NOBODY and self.learn(news.own)
        for met in news.contacts:
            known = self._contact_of(met.ticket_id)
            if known is None or (met.course and met.course != known.course):
                new |= self._meet(known, met, customer_id, names)
        return new

    def _contact_of(self, ticket_id: str) -> Contact | None:
        for contact in self.contacts:
            if contact.ticket_id == ticket_id:
                return contact
        return None

    def last_us_of(self, ticket_id: str) -> int:
        """When something last happened to one of their tickets, 0 if it is not known."""
        contact = self._contact_of(ticket_id)
        return 0 if contact is None else contact.last_us

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
        """Add what a value of the changelog says; returns whether it was new. Raises what `read` does."""
        return self.take(read(value, customer_id, names), customer_id, names)


class News(NamedTuple):
    """What is written of a customer: what happened beside tickets, and what is known of these."""

    own: Customer
    contacts: list[Contact]

    @property
    def last_us(self) -> int:
        """When any of it last happened."""
        return max([self.own.last_us, *[contact.last_us for contact in self.contacts]])


def read(value: bytes, customer_id: str, names: Names) -> News:
    """Read a value of the changelog, of this version or an earlier one; what is returned can be counted.

    Raises ValueError, TypeError, KeyError or AttributeError for what no version wrote.
    """
    contacts: list[Contact] = []
    if value.startswith(b"["):  # an earlier version
        own, tickets = customer_from_json(value)
        for ticket_id, ticket in tickets.items():
            copies = copies_of(ticket)
            check_copies(copies)
            contacts.append(_of_copies(ticket_id, copies, customer_id, names))
    else:
        document: dict[str, Any] = orjson.loads(value)
        own = customer_from_fields(document["own"]) if "own" in document else NOBODY
        for ticket_id, rows in document["contacts"].items():
            contacts.append(_contact(ticket_id, text_of_rows(rows), rows, customer_id, names))
    if own is not NOBODY:
        check_customer(own)
    return News(own, contacts)


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
    if len(contacts) == 1:
        return contacts
    ordered = sorted(contacts, key=lambda contact: (len(contact.ticket_id), contact.ticket_id))
    return tuple(ordered[-KEPT_CONTACTS:])


def _contact(ticket_id: str, course: bytes, rows: list[Row], customer_id: str, names: Names) -> Contact:
    records_ = plain_records(rows, names, customer_id, PLAIN_COURSE)
    if records_ is None:
        return _of_copies(ticket_id, {copy_of(row) for row in rows}, customer_id, names)
    return Contact(ticket_id, course, records_)


def _of_copies(ticket_id: str, copies: set[Copy], customer_id: str, names: Names) -> Contact:
    known = bounded(copies)
    return Contact(ticket_id, _course(known), records(settled(known), names, customer_id))


def _course(copies: set[Copy]) -> bytes:
    return b"".join([b"," + text_of(copy) for copy in sorted(copies, key=order_of)])
