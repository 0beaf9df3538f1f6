"""What a customer is told of a ticket: tickets live where their own key leads, customers where theirs does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from stream.core.copies import ANSWERED
from stream.core.customer import NOBODY, Customer
from stream.core.customer_told import answered
from stream.model.customer_state import told, told_own
from stream.model.state import State
from stream.model.wire import Row, rows_of
from stream.partition.clientele import Clientele
from stream.partition.keys import CUSTOMER, ticket_id


class Notice(NamedTuple):
    """What a customer is told of one of their tickets or answers, which live where their own keys lead.

    kind: `contact` (subject is a ticket id) or `answer` (a survey id). value: a customer's state that knows this
    alone, as the changelog holds it.
    """

    customer_id: str
    kind: str
    subject: str
    value: bytes


class OfTicket(NamedTuple):
    """The course of a ticket, for one of its customers; rows: those of the course."""

    customer_id: str
    ticket_id: str
    course: bytes
    rows: list[Row]

    def notice(self) -> Notice:
        """Write it down, for another partition."""
        return Notice(self.customer_id, "contact", self.ticket_id, told(self.ticket_id, self.course))

    def tell(self, clientele: Clientele) -> bool:
        """Let a customer of this partition know; returns whether it was new."""
        return clientele.meet(CUSTOMER + self.customer_id.encode(), self.ticket_id, self.course, self.rows)


class OfAnswer(NamedTuple):
    """An answer, for the customer that it names."""

    customer_id: str
    survey_id: str
    news: Customer

    def notice(self) -> Notice:
        """Write it down, for another partition."""
        return Notice(self.customer_id, "answer", self.survey_id, told_own(self.news))

    def tell(self, clientele: Clientele) -> bool:
        """Let a customer of this partition know; returns whether it was new."""
        return clientele.learn(CUSTOMER + self.customer_id.encode(), self.news)


def courses_of(key: bytes, state: State) -> list[OfTicket]:
    """Return what customers are told of a ticket's course, which is this by now.

    Every customer that it ever had is told: who had it once has to know that it is gone.
    """
    name = ticket_id(key)
    if name is None:
        return []
    rows = rows_of(state.course)
    return [OfTicket(customer_id, name, state.course, rows) for customer_id in sorted(state.whose(rows))]


def answers_of(key: bytes, state: State, event_ids: Iterable[str]) -> Iterator[OfAnswer]:
    """Yield what follows from these answers of a ticket (or survey), whose state is by now this.

    An answer is told to whom it names itself, and to whom any copy of it does.
    """
    for event_id in event_ids:
        copies = state.copies_of_answer(event_id)
        answers = [copy for copy in copies if copy.what == ANSWERED]
        for customer_id in dict.fromkeys(copy.said[-1] for copy in answers):
            if customer_id is not None:
                news = answered(key.decode(), copies, str(customer_id))
                if news != NOBODY:
                    yield OfAnswer(str(customer_id), str(answers[0].said[0]), news)
