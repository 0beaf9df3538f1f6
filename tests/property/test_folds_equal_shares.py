"""What the folds of many tickets at once add is what each ticket contributes, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.cells import Cell, Contribution
from stream.core.contributions import share
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.ticket import EMPTY, Ticket
from stream.counting.add import Adds, Rows, Twice
from stream.counting.cells import Cells
from stream.model.frame import Tickets
from stream.model.names import Names
from stream.model.records import records
from stream.model.survey_records import survey_records
from stream.model.surveys import Surveys
from stream.numbers.registry import FOLDS
from tests.columns import crowds, policies, states
from tests.events import desk_events
from tests.tries import tries

Added = dict[tuple[int, Cell], int]


def _expected(ticket: Ticket, policy: Policy, book: LabelBook) -> list[Added]:
    if ticket is EMPTY:
        return [{}, {}, {}, {}]
    known = share(ticket, policy, book)
    books = (known.tickets, known.history, known.agents, known.surveys)
    return [_summed(each for adds in book for each in adds) for book in books]


def _summed(contributions: Iterable[Contribution]) -> Added:
    total: Counter[tuple[int, Cell]] = Counter()
    for at, cell, amount in contributions:
        total[at, cell] += amount
    return {place: amount for place, amount in total.items() if amount}


def _minus(new: Added, old: Added) -> Added:
    return {place: amount for place in new.keys() | old.keys() if (amount := new.get(place, 0) - old.get(place, 0))}


class _Desk:
    """What the folds add of tickets as they are, and as they were."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.book = LabelBook(policy.labels, policy.label_limit)
        self.names = Names(policy, self.book)
        self.cells = Cells(policy.buckets, self.names.labels)

    def added(self, new: list[Ticket], old: list[Ticket]) -> list[list[Added]]:
        """Return what is added by ticket and ledger: by the new, less by the old, which are the first of them."""
        packed = [records(ticket, self.names) for ticket in (*new, *old)]
        frame = Tickets(packed, self.policy, self.names)
        twice = Twice(np.arange(len(old)), np.arange(len(old)) + len(new))
        tickets, past, acts = (
            Adds(frame, self.cells, twice),
            Adds(frame, self.cells, twice, unlabelled=self.names.unlabelled),
            Adds(frame, self.cells, twice),
        )
        for fold in FOLDS.tickets:
            fold(frame, tickets)
        for fold in FOLDS.past:
            fold(frame, past)
        for fold in FOLDS.acts:
            fold(frame, acts)
        surveys = Surveys([survey_records(ticket.surveys, self.names) for ticket in (*new, *old)], frame)
        asked, asked_in_all = Adds(surveys, self.cells), Adds(surveys, self.cells, unlabelled=self.names.total)
        for fold in FOLDS.surveys:
            fold(surveys, asked)
        for fold in FOLDS.surveys_in_all:
            fold(surveys, asked_in_all)
        of_surveys = [np.concatenate(both) for both in zip(asked.rows(), asked_in_all.rows(), strict=True)]
        of_surveys[0] = surveys.ticket[of_surveys[0]]
        of_books = (tickets.rows(), past.rows(), acts.rows(), Rows(*of_surveys))
        by_ledger = [self._by_ticket(rows, len(new)) for rows in of_books]
        return [list(ledgers) for ledgers in zip(*by_ledger, strict=True)]

    def _by_ticket(self, rows: Rows, n: int) -> list[Added]:
        found: list[Counter[tuple[int, Cell]]] = [Counter() for _ in range(n)]
        for owner, at, code, amount in zip(*(column.tolist() for column in rows), strict=True):
            for cell, named in self.cells.named([code], [amount]).items():
                found[owner % n][at, cell] += named if owner < n else -named
        return [{place: amount for place, amount in each.items() if amount} for each in found]


@given(crowds() | desk_events(), policies())
@settings(max_examples=tries(100))
def test_the_folds_of_tickets_add_what_each_contributes(events, policy):
    tickets = list(states(events).values())
    desk = _Desk(policy)
    for ticket, added in zip(tickets, desk.added(tickets, []), strict=True):
        assert added == _expected(ticket, policy, desk.book)


@given(crowds() | desk_events(), policies(), st.randoms(use_true_random=False))
@settings(max_examples=tries(100))
def test_what_changed_adds_the_difference(events, policy, chance):
    known, were = states(events), states([event for event in events if chance.random() < 0.7])
    new = [*(known[name] for name in were), *(ticket for name, ticket in known.items() if name not in were)]
    old = list(were.values())
    desk = _Desk(policy)
    found = desk.added(new, old)
    for ticket, was, added in zip(new, old + [EMPTY] * (len(new) - len(old)), found, strict=True):
        expected = zip(_expected(ticket, policy, desk.book), _expected(was, policy, desk.book), strict=True)
        assert added == [_minus(*each) for each in expected]
