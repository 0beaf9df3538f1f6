"""What one ticket adds to the numbers, all families together: the fold that every aggregate is made of."""

from __future__ import annotations

from typing import NamedTuple

from stream.core.facts import RETRACTED as RETRACTED_BY
from stream.core.facts import facts, lifecycle
from stream.core.labels import LabelBook, Labels
from stream.core.ledger import Contribution
from stream.core.policy import Policy
from stream.core.standing import OpenTicket, open_ticket
from stream.core.survey import Survey
from stream.core.ticket import Ticket
from stream.kpi import response, satisfaction

OPENED, WITHOUT_OPENING, RETRACTED = "opened", "without_opening", "retracted"
CATEGORIES = (OPENED, WITHOUT_OPENING, RETRACTED)


class Share(NamedTuple):
    """What a ticket adds to the numbers.

    category: one of CATEGORIES. tickets and surveys: contributions to the panes of either. open: how it stands
    open, None if it does not.
    """

    category: str
    tickets: list[Contribution]
    surveys: list[Contribution]
    open: OpenTicket | None


NOTHING = Share("", [], [], None)


def share(ticket: Ticket, policy: Policy, book: LabelBook) -> Share:
    """Return what a ticket adds, by its present attributes. A retracted ticket adds nothing."""
    change = lifecycle(ticket) if ticket.statuses else None
    retracted = change is not None and change.kind in RETRACTED_BY
    surveys: list[Contribution] = []
    if ticket.opening is None:
        for survey in () if retracted else ticket.surveys:
            surveys += satisfaction.contributions(survey, _survey_labels(survey, book))
        return Share(WITHOUT_OPENING, [], surveys, None)
    if retracted:
        return Share(RETRACTED, [], [], None)
    known = facts(ticket.opening, ticket, change, policy)
    labels = book.labels(ticket.attributes)
    for survey in ticket.surveys:
        surveys += satisfaction.contributions(survey, labels)
    responses = response.contributions(known, labels, policy.buckets)
    return Share(OPENED, responses, surveys, open_ticket(known, labels))


def _survey_labels(survey: Survey, book: LabelBook) -> Labels:
    """Return the labels of a survey of no known ticket: what the NPS answer said, else what the sending said."""
    attributes: dict[str, str] = {}
    for said in (survey.sending, survey.answer(satisfaction.NPS)):
        if said is not None:
            if said.channel is not None:
                attributes["channel"] = said.channel
            if said.segment is not None:
                attributes["segment"] = said.segment
    return book.labels(attributes)
