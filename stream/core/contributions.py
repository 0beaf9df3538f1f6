"""What one ticket adds to the numbers, all families together: the fold that every aggregate is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from stream.core.course import Course, course
from stream.core.due import Due, due
from stream.core.facts import RETRACTED as RETRACTED_BY
from stream.core.facts import Facts, facts, lifecycle
from stream.core.labels import UNKNOWN, LabelBook, Labels
from stream.core.ledger import Contribution
from stream.core.policy import Policy
from stream.core.standing import OpenTicket, open_ticket
from stream.core.ticket import EMPTY, Ticket
from stream.kpi import baseline, drivers, flow, handling, reply, resolution, response, satisfaction, service_level

OPENED, WITHOUT_OPENING, RETRACTED = "opened", "without_opening", "retracted"
CATEGORIES = (OPENED, WITHOUT_OPENING, RETRACTED)

Adds = tuple[list[Contribution], ...]  # a list for each family, so that those that stay as they are can be told


class Share(NamedTuple):
    """What a ticket adds to the numbers.

    category: one of CATEGORIES. tickets, surveys, history: contributions to the panes of each. open: how it stands
    open, None if it does not. bad_comments: survey, instrument, event id and time of each.
    """

    category: str
    tickets: Adds
    surveys: Adds
    history: Adds
    open: OpenTicket | None
    bad_comments: tuple[tuple[str, str, str, int], ...] = ()


NOTHING = Share("", (), (), (), None)
_NO_TICKETS: Adds = ([], [], [], [], [], [])


def share(ticket: Ticket, policy: Policy, book: LabelBook, was: Ticket = EMPTY, before: Share = NOTHING) -> Share:
    """Return what a ticket adds, by its present attributes. A retracted ticket adds that it was retracted.

    was, before: an earlier state of the ticket and what it added; what cannot have changed is taken from there.
    """
    change = lifecycle(ticket) if ticket.statuses else None
    retracted = change is not None and change.kind in RETRACTED_BY
    opening = ticket.opening
    if opening is None:
        surveys = () if retracted else _lonely_surveys(ticket, policy, book)
        return Share(WITHOUT_OPENING, _NO_TICKETS, surveys, (), None, _bad_comments(ticket, policy, retracted))
    attributes = ticket.attributes
    labels = book.labels(attributes)
    if change is not None and retracted:
        taken_out = flow.retraction(max(change.at_us, opening.at_us), labels)
        return Share(RETRACTED, (taken_out, *_NO_TICKETS[1:]), (), (), None)
    known = facts(opening, ticket, change, policy)
    same_course = (
        before.category == OPENED
        and ticket.statuses is was.statuses
        and opening is was.opening
        and ticket.writes is was.writes
    )
    if same_course and ticket.messages is was.messages:
        tickets, history, open_ = before.tickets, before.history, before.open
        walked = course(ticket) if ticket.surveys else None
    else:
        walked = course(ticket)
        promised = due(attributes, opening.at_us, policy.definitions)
        tickets = _tickets(ticket, known, walked, promised, labels=labels, attributes=attributes, policy=policy)
        history = (baseline.contributions(known, flows=tickets[0], responses=tickets[1]),)
        open_ = open_ticket(known, labels, promised)
    surveys = ()
    if ticket.surveys and walked is not None:
        surveys = _surveys(ticket, known, walked, labels, policy=policy, book=book)
    return Share(OPENED, tickets, surveys, history, open_, _bad_comments(ticket, policy))


def _tickets(
    ticket: Ticket,
    known: Facts,
    walked: Course,
    promised: Due | None,
    *,
    labels: Labels,
    attributes: Mapping[str, str],
    policy: Policy,
) -> Adds:
    opening, terms, buckets = ticket.opening, policy.definitions, policy.buckets
    assert opening is not None  # else it would have no facts
    return (
        flow.contributions(opening.at_us, walked, labels),
        response.contributions(known, labels, buckets, terms.schedules.of(attributes)),
        handling.contributions(known, ticket, labels),
        service_level.contributions(known, promised, labels, terms.short_abandon_us),
        reply.contributions(opening, ticket, labels, buckets, solving_stops=terms.solving_stops),
        resolution.contributions(opening.at_us, ticket, walked, labels, buckets, pausing=terms.pausing),
    )


def _surveys(
    ticket: Ticket,
    known: Facts,
    walked: Course,
    labels: Labels,
    *,
    policy: Policy,
    book: LabelBook,
) -> Adds:
    terms, attributes = policy.definitions, ticket.attributes
    touchpoints, segments = book.beside("touchpoint"), book.beside("channel", "segment")
    total = total_labels(policy)
    factors = drivers.factors(attributes, known, ticket, walked, book.beside("channel", "queue"))
    adds: list[list[Contribution]] = []
    for survey in ticket.surveys:
        counts = satisfaction.coverage(
            survey, attributes, labels, total, mature_days=terms.mature_days, values=segments
        )
        for answer in survey.answers:
            counts += satisfaction.contributions(survey, answer, labels, terms, touchpoints)
            counts += drivers.contributions(answer, factors, total, terms)
        adds.append(counts)
    return tuple(adds)


def _lonely_surveys(ticket: Ticket, policy: Policy, book: LabelBook) -> Adds:
    """Return what surveys of no known ticket add, by what they say of themselves."""
    terms = policy.definitions
    touchpoints, segments = book.beside("touchpoint"), book.beside("channel", "segment")
    total = total_labels(policy)
    adds: list[list[Contribution]] = []
    for survey in ticket.surveys:
        sent = satisfaction.said(survey.sending)
        counts = satisfaction.coverage(
            survey, sent, book.labels(sent), total, mature_days=terms.mature_days, values=segments
        )
        for answer in survey.answers:
            labels = book.labels(satisfaction.said(answer, survey.sending))
            counts += satisfaction.contributions(survey, answer, labels, terms, touchpoints)
        adds.append(counts)
    return tuple(adds)


def total_labels(policy: Policy) -> Labels:
    """Return the labels of what is counted in all only."""
    return (UNKNOWN,) * len(policy.labels)


def _bad_comments(ticket: Ticket, policy: Policy, retracted: bool = False) -> tuple[tuple[str, str, str, int], ...]:
    if not ticket.surveys or retracted:
        return ()
    return tuple(
        (survey.survey_id, answer.instrument, answer.event_id, answer.at_us)
        for survey in ticket.surveys
        for answer in survey.answers
        if satisfaction.is_bad_comment(answer, policy.definitions)
    )
