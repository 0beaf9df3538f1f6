"""How a number was made: what of each ticket, survey or customer is in it, and why the others are not.

Nothing is computed a second time here: what counts is the contributions of `share`, and the number is made of these
by the section of the snapshot that shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from stream.core.cells import Cell, Cells, Contribution
from stream.core.contributions import Share
from stream.core.customer import Customer
from stream.core.customer_share import CustomerShare
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.snapshot import Totals
from stream.core.sums import Sums
from stream.core.ticket import Ticket
from stream.core.windows import AHEAD, ALL, WHAT_LIES_AHEAD
from stream.numbers.explained import FieldOf
from stream.partition.seal import Seal
from stream.report.listing import Listing, in_units
from stream.report.past import Past
from stream.report.present import Lives, Present, Stands
from stream.report.question import Question, field_of, row_of
from stream.report.reasons import REASONS, why_customer_is_out, why_survey_is_out, why_ticket_is_out

_EVER = (-(1 << 62), 1 << 62)


class _Fields(dict[Cell, str | None]):
    """What each cell is to the number; it is looked at once."""

    def __init__(self, field_of: FieldOf) -> None:
        super().__init__()
        self._field_of = field_of

    def __missing__(self, cell: Cell) -> str | None:
        field = self[cell] = self._field_of(cell)
        return field


class Explanation:
    """Takes in all that partitions hold, and answers one question about it."""

    def __init__(self, question: Question, totals: Totals, policy: Policy) -> None:
        """totals: of these partitions, whose windows and instant are meant."""
        self._question = question
        self._number = number = question.number
        self._totals = totals
        self._policy = policy
        self._fields = _Fields(field_of(number, question.choices, policy))
        self._start_us, self._end_us = totals.windows.get(question.window, _EVER)
        self._ahead_us = WHAT_LIES_AHEAD.bounds(totals.as_of_us, policy.day)[0]
        self._skipped_before_us = self._start_us - number.explained.lag_us(policy)
        self._cells: Cells = {}
        self._ahead: Cells = {}
        self._stands = Stands(number.name, totals.as_of_us, question.wanted)
        self._lives = Lives(number.name, totals.as_of_us, policy) if number.present == "customers" else None
        self._past = Past(totals.history, question.choices["which"]) if number.present == "past" else None
        self._forgotten: Counter[str] = Counter()
        self._listing = Listing(question.limit, number.explained.longest)

    # -- what is held

    def passes_over(self, ticket_id: str | None, ticket: Ticket) -> bool:
        """Say whether nothing of a ticket can count, as its last event is too old; its share need not be known."""
        if self._number.present == "open" or ticket.last_us >= self._skipped_before_us:
            return False
        if self._number.book == "surveys":
            for survey in ticket.surveys:
                self._listing.leave_out("before_window", survey.survey_id, survey.last_us)
        elif ticket_id is not None:
            self._listing.leave_out("before_window", ticket_id, ticket.last_us)
        return True

    def take_ticket(self, ticket_id: str | None, ticket: Ticket, share: Share) -> None:
        """Take in a ticket and what it adds, or its surveys if these are asked about; no id: they have no ticket."""
        if self._number.book == "surveys":
            self._take_surveys(ticket_id, ticket, share)
        elif ticket_id is not None:
            adds = share.agents if self._number.book == "agents" else share.tickets
            reason = self._take(ticket_id, chain.from_iterable(adds), self._present(ticket_id, share), {})
            if reason is not None:
                self._listing.leave_out(reason or self._why(share), ticket_id, ticket.last_us)

    def _present(self, ticket_id: str, share: Share) -> Present | None:
        if self._number.present not in ("open", "past"):
            return None
        stands = self._stands.take(ticket_id, share.open)
        return stands if self._past is None else self._past.take(share)

    def _why(self, share: Share) -> str:
        if share.basis is not None and not self._question.wanted(share.basis.labels):
            return "other_labels"
        return why_ticket_is_out(self._number, self._question.choices, share, self._policy)

    def _take_surveys(self, ticket_id: str | None, ticket: Ticket, share: Share) -> None:
        adds = share.surveys or ([],) * len(ticket.surveys)
        more = {} if ticket_id is None else {"ticket_id": ticket_id}
        for survey, added in zip(ticket.surveys, adds, strict=True):
            reason = self._take(survey.survey_id, added, None, more)
            if reason is not None:
                number, choices = self._number, self._question.choices
                why = reason or why_survey_is_out(number, choices, survey, share)
                self._listing.leave_out(why, survey.survey_id, survey.last_us)

    def take_customer(self, customer_id: str, customer: Customer, share: CustomerShare) -> None:
        """Take in a customer, and what they add."""
        present = self._lives.take(customer, share.standing) if self._lives is not None else None
        reason = self._take(customer_id, share.contributions, present, {})
        if reason is not None:
            self._listing.leave_out(reason or why_customer_is_out(self._number), customer_id, customer.last_us)

    def take_seal(self, seal: Seal) -> None:
        """Take in what forgotten tickets added; that is known over all time only."""
        if self._question.window != ALL:
            return
        for cell, amount in (seal.tickets if self._number.book == "tickets" else seal.surveys).items():
            field = self._fields[cell]
            if field is not None and self._question.wanted(cell[1]):
                self._cells[cell] = self._cells.get(cell, 0) + amount
                self._forgotten[field] += amount

    def _take(
        self, name: str, added: Iterable[Contribution], present: Present | None, more: Mapping[str, str]
    ) -> str | None:
        """Count what counts; returns None if something did, else why not, "" where the contributions do not tell."""
        wanted, fields = self._question.wanted, self._fields
        amounts: Counter[str] = Counter()
        labelled: Labels | None = None
        last_us, places = 0, set[str]()
        for at_us, cell, amount in added:
            field = fields[cell]
            if field is None:
                continue
            if self._number.labelled and not wanted(cell[1]):
                places.add("other_labels")
                continue
            if self._start_us <= at_us < self._end_us:
                self._cells[cell] = self._cells.get(cell, 0) + amount
                if field:
                    amounts[field] += amount
                    last_us, labelled = max(last_us, at_us), cell[1]
                continue
            if at_us >= self._ahead_us:
                self._ahead[cell] = self._ahead.get(cell, 0) + amount
            lags = self._number.explained.lag_us(self._policy) > 0
            places.add("before_window" if at_us < self._start_us else "immature" if lags else "after_window")
        if present is not None:
            amounts.update(present.amounts)
            last_us, labelled = max(last_us, present.at_us), present.labels
        if labelled is None:
            return min(places, key=list(REASONS).index, default="")
        named = dict(zip(self._policy.labels, labelled, strict=True)) if self._number.labelled else {}
        self._listing.count(name, last_us, named, amounts, more)
        return None

    # -- the answer

    def answer(self) -> dict[str, Any]:
        """Return the number with what is in it and what is not, ready for JSON."""
        return {
            "number": self._row(),
            "counted": self._listing.counted(),
            "forgotten": in_units(self._forgotten),
            "left_out": list(self._listing.left_out()),
            **({} if self._past is None else {"hours": self._past.hours()}),
        }

    def _row(self) -> dict[str, Any] | None:
        """Let the section of the snapshot make its row of what was counted; None if it shows none of nothing."""
        window = self._question.window
        policy, totals = self._policy, self._totals
        sums, ahead = Sums(self._cells), Sums(self._ahead)
        made = replace(
            totals,
            tickets={window: sums},
            surveys={window: sums, AHEAD: ahead},
            customers={window: sums, AHEAD: ahead},
            agents={window: sums} if totals.agents else {},
            queues=self._stands.read(policy),
            tenure=totals.tenure if self._lives is None else self._lives.read(),
            history=totals.history if self._past is None else self._past.read(),
        )
        return row_of(self._number, View(made, policy, (window,)), self._question.choices, {})
