"""What a customer is told of a ticket or an answer: a customer's state that knows this alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stream.core.copies import Copy, Identity
from stream.core.customer import NOBODY, Customer, LastAnswer
from stream.core.customer_merge import customer_of, score_of
from stream.core.facts import LIFECYCLE
from stream.core.ticket import StatusChange, Ticket
from stream.core.ticket_copies import ANSWERED, OPENED, STATUS, WROTE, copies_of, settled
from stream.core.tuples import make

_ASKED = "nps"


def contact(ticket_id: str, ticket: Ticket) -> Customer:
    """Return the state that knows of this ticket alone."""
    return make(Customer, ((), (), (), ((ticket_id, contact_of(ticket)),), None, ()))


def contact_of(ticket: Ticket) -> Ticket:
    """Return what counts of a ticket for its customer: when it was opened, its course, and whose it is."""
    if ticket.copies:
        told = {copy.identity for copy in ticket.copies}
        return settled(_of_contact(copies_of(ticket), told), customers=ticket.customers)._replace(customers=())
    course = tuple(
        [
            make(StatusChange, (at, event_id, kind, ""))  # no matter who did it
            for at, event_id, kind, _ in ticket.statuses
            if kind in LIFECYCLE
        ]
    )
    return make(Ticket, (ticket.opening, (), course, ticket.writes, (), (), (), ()))


def _of_contact(copies: Iterable[Copy], told: set[Identity]) -> Iterator[Copy]:
    """Yield the copies that count for a customer; a change of status that is told may have been one of the course."""
    for copy in copies:
        what, at, event_id, said = copy
        if what == STATUS and (copy.identity in told or said[0] in LIFECYCLE):
            yield Copy(STATUS, at, event_id, (*said[:-1], None))  # no matter who did it
        elif what == STATUS:
            yield Copy(WROTE, at, event_id, (None, *said[1:-1]))
        elif what in (OPENED, WROTE):
            yield copy


def answered(origin: str, copies: Iterable[Copy], customer_id: str) -> Customer:
    """Return the state that knows this one answer alone, told by all copies of its event that there are.

    It is the customer's if the copy that counts names them, and answers the NPS question.
    """
    told = [copy for copy in copies if copy.what == ANSWERED]
    if len(told) == 1:
        _, at, event_id, _ = told[0]
        if _is_theirs(told[0], customer_id):
            return Customer(answer=LastAnswer(at, event_id, origin, score_of(told[0])))
        return NOBODY
    return customer_of(
        Copy(f"{ANSWERED} {origin}", copy.at_us, copy.event_id, (*copy.said, _is_theirs(copy, customer_id)))
        for copy in told
    )


def _is_theirs(answer: Copy, customer_id: str) -> bool:
    return answer.said[4] == _ASKED and answer.said[8] == customer_id
