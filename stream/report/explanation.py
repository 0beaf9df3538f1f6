"""How a number was made: what of each ticket, survey or customer is in it, and why the others are not.

Nothing is computed a second time here: what counts is what the folds add, ticket by ticket, and the number is made of
that by the section of the snapshot that shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from stream.core.cells import Cell, Cells, Contribution
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.snapshot import Totals
from stream.core.sums import Sums
from stream.core.windows import AHEAD, ALL, WHAT_LIES_AHEAD
from stream.counting.cohorts import contributions_of
from stream.counting.each import EachCustomer, EachTicket
from stream.model.customer_state import CustomerState
from stream.model.state import State
from stream.numbers.explained import FieldOf
from stream.report.listing import Listing, in_units
from stream.report.past import Past
from stream.report.present import Lives, Present, Stands
from stream.report.question import Question, field_of, row_of
from stream.report.reasons import REASONS, why_customer_is_out, why_survey_is_out, why_tickets_are_out

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
        self.number = number = question.number
        self._totals = totals
        self._policy = policy
        self._fields = _Fields(field_of(number, question.choices, policy))
        self._start_us, self._end_us = totals.windows.get(question.window, _EVER)
        self._ahead_us = WHAT_LIES_AHEAD.bounds(totals.as_of_us, policy.day)[0]
        self._skipped_before_us = self._start_us - number.explained.lag_us(policy)
        self._cells: Cells = {}
        self._ahead: Cells = {}
        self._stands = Stands(number.name, totals.as_of_us, question.wanted)
        year = question.choices.get("year")
        self._lives = (
            Lives(number.name, totals.as_of_us, policy, None if year is None else int(year))
            if number.present == "customers"
            else None
        )
        self._past = Past(totals.history, question.choices["which"]) if number.present == "past" else None
        self._forgotten: Counter[str] = Counter()
        self._listing = Listing(question.limit, number.explained.longest)

    # -- what is held

    def passes_over(self, ticket_id: str | None, state: State) -> bool:
        """Say whether nothing of a ticket can count, as its last event is too old: what it adds need not be known."""
        if self.number.present == "open" or state.last_us >= self._skipped_before_us:
            return False
        if self.number.book == "surveys":
            for survey in state.surveys():
                self._listing.leave_out("before_window", survey.survey_id, survey.last_us)
        elif ticket_id is not None:
            self._listing.leave_out("before_window", ticket_id, state.last_us)
        return True

    def take_tickets(self, held: Sequence[tuple[str | None, State]], each: EachTicket) -> None:
        """Take in tickets and what each adds, or their surveys if these are asked about; no id: they have no ticket."""
        if self.number.book == "surveys":
            for i, (ticket_id, state) in enumerate(held):
                self._take_surveys(ticket_id, state, each, i)
            return
        adds = each.agents if self.number.book == "agents" else each.tickets
        present, why = self._present(each), self._why(each)
        for i, (ticket_id, state) in enumerate(held):
            if ticket_id is not None:
                reason = self._take(ticket_id, adds[i], present[i], {})
                if reason is not None:
                    self._listing.leave_out(reason or why[i], ticket_id, state.last_us)

    def _present(self, each: EachTicket) -> Sequence[Present | None]:
        if self.number.present not in {"open", "past"}:
            return [None] * each.frame.n
        stands = self._stands.take(each)
        return stands if self._past is None else self._past.take(each)

    def _why(self, each: EachTicket) -> list[str]:
        why = why_tickets_are_out(self.number, self._question.choices, each.frame)
        columns = zip(why, each.frame.live.tolist(), each.labels, strict=True)
        return ["other_labels" if live and not self._question.wanted(labels) else one for one, live, labels in columns]

    def _take_surveys(self, ticket_id: str | None, state: State, each: EachTicket, i: int) -> None:
        surveys, adds = state.surveys(), iter(each.surveys[i])
        has_ticket, is_retracted = bool(each.frame.live[i]), bool(each.frame.is_retracted[i])
        more = {} if ticket_id is None else {"ticket_id": ticket_id}
        for survey in surveys:
            told = [] if is_retracted else islice(adds, len(survey.answers) + (survey.sending is not None))
            reason = self._take(survey.survey_id, chain.from_iterable(told), None, more)
            if reason is not None:
                number, choices = self.number, self._question.choices
                why = "retracted" if is_retracted else why_survey_is_out(number, choices, survey, has_ticket=has_ticket)
                self._listing.leave_out(reason or why, survey.survey_id, survey.last_us)

    def take_customers(self, known: Sequence[tuple[str, CustomerState]], each: EachCustomer) -> None:
        """Take in customers, and what each adds."""
        present = [None] * each.frame.n if self._lives is None else self._lives.take(each)
        within = self.number.within
        adds = each.adds
        if within is not None:
            adds = contributions_of(each.frame, within, (self._start_us, self._end_us))
        for (customer_id, state), added, is_present in zip(known, adds, present, strict=True):
            reason = self._take(customer_id, added, is_present, {})
            if reason is not None:
                self._listing.leave_out(reason or why_customer_is_out(self.number), customer_id, state.last_us)

    def take_forgotten(self, tickets: Cells, surveys: Cells) -> None:
        """Take in what forgotten tickets and their surveys added; that is known over all time only."""
        if self._question.window != ALL:
            return
        for cell, amount in (tickets if self.number.book == "tickets" else surveys).items():
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
            if self.number.labelled and not wanted(cell[1]):
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
            lags = self.number.explained.lag_us(self._policy) > 0
            places.add("before_window" if at_us < self._start_us else "immature" if lags else "after_window")
        if present is not None:
            amounts.update(present.amounts)
            last_us, labelled = max(last_us, present.at_us), present.labels
        if labelled is None:
            return min(places, key=list(REASONS).index, default="")
        named = dict(zip(self._policy.labels, labelled, strict=True)) if self.number.labelled else {}
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
        window = self._question.window or ALL
        policy, totals = self._policy, self._totals
        sums, ahead = Sums(self._cells), Sums(self._ahead)
        made = replace(
            totals,
            tickets={window: sums},
            surveys={window: sums, AHEAD: ahead},
            customers={window: sums, AHEAD: ahead},
            agents={window: sums} if totals.agents else {},
            queues=self._stands.read(),
            tenure=totals.tenure if self._lives is None else self._lives.read(),
            history=totals.history if self._past is None else self._past.read(),
        )
        return row_of(self.number, View(made, policy, (window,)), self._question.choices, {})
