"""How a number was made: what of each ticket, survey or customer is in it, and why the others are not.

Nothing is computed a second time here: what counts is the contributions of `share`, and the number is made of these
by the section of the snapshot that shows it.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any

from stream.core.contributions import Share
from stream.core.customer import Customer
from stream.core.customer_share import CustomerShare
from stream.core.explain_metrics import SECONDS, Choices, Metric
from stream.core.explain_reasons import REASONS, why_survey_is_out, why_ticket_is_out
from stream.core.instant import instant
from stream.core.labels import Labels
from stream.core.ledger import COUNT, SUM, Cells, Contribution
from stream.core.policy import Policy
from stream.core.report import SECTIONS
from stream.core.report_view import View
from stream.core.seal import Seal
from stream.core.snapshot import Totals
from stream.core.standing import OpenTicket, Standing, sla_state
from stream.core.sums import Sums
from stream.core.ticket import Ticket
from stream.core.windows import AHEAD, ALL, SECOND_US, WHAT_LIES_AHEAD

_EVER = (-(1 << 62), 1 << 62)


@dataclass(frozen=True, slots=True)
class Question:
    """Which number is to be explained: a metric, a value for each of its choices, a window ("" for what is as of now),
    and whether label values are asked for. limit: how many are listed, of those counted and for each reason."""

    metric: Metric
    choices: Choices
    window: str
    wanted: Callable[[Labels], bool]
    limit: int


class _Greatest:
    """Keeps the items of the highest rank."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heap: list[tuple[tuple[int, ...], int, dict[str, Any]]] = []
        self.seen = 0

    def add(self, rank: tuple[int, ...], item: Callable[[], dict[str, Any]]) -> None:
        self.seen += 1
        if len(self._heap) < self._limit:
            heapq.heappush(self._heap, (rank, self.seen, item()))
        elif self._heap and rank > self._heap[0][0]:
            heapq.heapreplace(self._heap, (rank, self.seen, item()))

    def items(self) -> list[dict[str, Any]]:
        return [item for _, _, item in sorted(self._heap, key=lambda kept: kept[0], reverse=True)]


class Explanation:
    """Takes in all that partitions hold, and answers one question about it."""

    def __init__(self, question: Question, totals: Totals, policy: Policy) -> None:
        """totals: of these partitions, whose windows and instant are meant."""
        self._question = question
        self._metric = question.metric
        self._totals = totals
        self._policy = policy
        self._field_of = question.metric.field_of(question.choices)
        self._fields: dict[str, tuple[str | None, str | None]] = {}
        self._start_us, self._end_us = totals.windows.get(question.window, _EVER)
        self._ahead_us = WHAT_LIES_AHEAD.bounds(totals.as_of_us, policy.day)[0]
        self._skipped_before_us = self._start_us - question.metric.lag_us(policy)
        self._cells: Cells = {}
        self._ahead: Cells = {}
        self._standing = Standing()
        self._sums: Counter[str] = Counter()
        self._forgotten: Counter[str] = Counter()
        self._counted = _Greatest(question.limit)
        self._left_out: dict[str, _Greatest] = {}

    # -- what is held

    def passes_over(self, ticket_id: str | None, ticket: Ticket) -> bool:
        """Say whether nothing of a ticket can count, as its last event is too old; its share need not be known."""
        if self._metric.stands or ticket.last_us >= self._skipped_before_us:
            return False
        if self._metric.book == "surveys":
            for survey in ticket.surveys:
                self._leave_out("before_window", survey.survey_id, survey.last_us)
        elif ticket_id is not None:
            self._leave_out("before_window", ticket_id, ticket.last_us)
        return True

    def take_ticket(self, ticket_id: str | None, ticket: Ticket, share: Share) -> None:
        """Take in a ticket and what it adds, or its surveys if these are asked about; no id: they have no ticket."""
        section, policy = self._metric.section, self._policy
        if self._metric.book == "surveys":
            adds = share.surveys or ([],) * len(ticket.surveys)
            more = {} if ticket_id is None else {"ticket_id": ticket_id}
            for survey, added in zip(ticket.surveys, adds, strict=True):
                reason = self._take(survey.survey_id, added, None, more)
                if reason is not None:
                    why = reason or why_survey_is_out(section, survey, share, policy)
                    self._leave_out(why, survey.survey_id, survey.last_us)
            return
        if ticket_id is None:
            return
        labels = share.basis.labels if share.basis is not None else None
        stands = share.open if self._metric.stands else None
        if stands is not None and not stands.awaiting and section != "backlog":
            stands = None
        adds = share.agents if self._metric.book == "agents" else share.tickets
        reason = self._take(ticket_id, chain.from_iterable(adds), stands, {})
        if reason is not None:
            other = labels is not None and not self._question.wanted(labels)
            why = reason or ("other_labels" if other else why_ticket_is_out(section, share, policy))
            self._leave_out(why, ticket_id, ticket.last_us)

    def take_customer(self, customer_id: str, customer: Customer, share: CustomerShare) -> None:
        """Take in a customer, and what they add."""
        reason = self._take(customer_id, share.contributions, None, {})
        if reason is not None:
            self._leave_out(reason or "nothing", customer_id, customer.last_us)

    def take_seal(self, seal: Seal) -> None:
        """Take in what forgotten tickets added; that is known over all time only."""
        if self._question.window != ALL:
            return
        for cell, amount in (seal.tickets if self._metric.book == "tickets" else seal.surveys).items():
            measure, labels, bucket = cell
            field = self._learn(measure)[bucket == SUM]
            if field is not None and self._question.wanted(labels):
                self._forgotten[field] += amount
                self._cells[cell] = self._cells.get(cell, 0) + amount

    def _take(
        self, name: str, added: Iterable[Contribution], stands: OpenTicket | None, more: Mapping[str, str]
    ) -> str | None:
        """Count what counts; returns None if something did, else why not, "" where the contributions do not tell."""
        wanted = self._question.wanted
        amounts: Counter[str] = Counter()
        labelled: Labels | None = None
        last_us, places = 0, set[str]()
        fields = self._fields
        for at_us, (measure, labels, bucket), amount in added:
            field = (fields.get(measure) or self._learn(measure))[bucket == SUM]
            if field is None:
                continue
            if self._metric.labelled and not wanted(labels):
                places.add("other_labels")
                continue
            cell = (measure, labels, bucket)
            if self._start_us <= at_us < self._end_us:
                self._cells[cell] = self._cells.get(cell, 0) + amount
                amounts[field] += amount
                last_us, labelled = max(last_us, at_us), labels
                continue
            if at_us >= self._ahead_us:
                self._ahead[cell] = self._ahead.get(cell, 0) + amount
            lags = self._metric.lag_us(self._policy) > 0
            places.add("before_window" if at_us < self._start_us else "immature" if lags else "after_window")
        if stands is not None:
            if wanted(stands.labels):
                amounts.update(self._stand(name, stands))
                last_us, labelled = max(last_us, stands.opened_us), stands.labels
            else:
                places.add("other_labels")
        if labelled is None:
            return min(places, key=list(REASONS).index, default="")
        self._sums.update(amounts)
        item = partial(self._item, name, last_us, labelled, amounts, more)
        self._counted.add((amounts.get(SECONDS, 0), last_us), item)
        return None

    def _learn(self, measure: str) -> tuple[str | None, str | None]:
        """Return the field that a measure adds to, and that of its sum; what it is made of is looked at once."""
        fields = self._fields[measure] = self._field_of(measure, COUNT), self._field_of(measure, SUM)
        return fields

    def _stand(self, name: str, stands: OpenTicket) -> dict[str, int]:
        now_us = self._totals.as_of_us
        self._standing.replace(name.encode(), None, stands)
        age_us = max(0, now_us - stands.opened_us)
        field = {"backlog": stands.state, "sla": sla_state(stands.due, now_us), "open_wait": "n"}
        return {field.get(self._metric.section, "waiting"): 1, SECONDS: age_us}

    def _item(
        self, name: str, at_us: int, labels: Labels, amounts: Mapping[str, int], more: Mapping[str, str]
    ) -> dict[str, Any]:
        named = dict(zip(self._policy.labels, labels, strict=True)) if self._metric.labelled else {}
        return {"id": name, "at": instant(at_us), "labels": named, "amounts": _amounts(amounts), **more}

    def _leave_out(self, reason: str, name: str, last_us: int) -> None:
        kept = self._left_out.get(reason)
        if kept is None:
            kept = self._left_out[reason] = _Greatest(self._question.limit)
        kept.add((last_us,), lambda: {"id": name, "last_event": instant(last_us)})

    # -- the answer

    def answer(self) -> dict[str, Any]:
        """Return the number with what is in it and what is not, ready for JSON."""
        counted, left_out = self._counted, self._left_out
        return {
            "number": self._number(),
            "counted": {"n": counted.seen, "amounts": _amounts(self._sums), "items": counted.items()},
            "forgotten": _amounts(self._forgotten),
            "left_out": [
                {"reason": reason, "text": text, "n": left_out[reason].seen, "items": left_out[reason].items()}
                for reason, text in REASONS.items()
                if reason in left_out
            ],
        }

    def _number(self) -> dict[str, Any] | None:
        """Let the section of the snapshot make its row of what was counted; None if it shows none of nothing."""
        window = self._question.window
        policy = self._policy
        sums, ahead = Sums(self._cells), Sums(self._ahead)
        totals = replace(
            self._totals,
            tickets={window: sums},
            surveys={window: sums, AHEAD: ahead},
            customers={window: sums, AHEAD: ahead},
            agents={window: sums} if self._totals.agents else {},
            queues=self._standing.read(self._totals.as_of_us, policy.buckets, policy.longer_than),
        )
        return row_of(View(totals, policy, (window,)), self._metric.section, self._question.choices, {})


def row_of(view: View, section: str, choices: Choices, labels: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the row of a section under these labels and choices, of the view's one window; None if there is none."""
    for row in SECTIONS[section](view):
        chosen = all(str(row[name]) == value for name, value in choices.items())
        if chosen and row["labels"] == labels and row.get("touchpoint") is None:
            return row
    return None


def _amounts(amounts: Mapping[str, int]) -> dict[str, float]:
    """Write amounts down; durations in seconds."""
    return {name: amount / SECOND_US if name == SECONDS else amount for name, amount in amounts.items()}
