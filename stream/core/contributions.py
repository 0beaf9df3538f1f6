"""What one ticket adds to the numbers, all families together: the fold that every aggregate is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from stream.core.basis import Basis
from stream.core.cells import Contribution
from stream.core.course import course
from stream.core.definitions import Definitions
from stream.core.due import due
from stream.core.facts import RETRACTED as RETRACTED_BY
from stream.core.facts import facts, lifecycle
from stream.core.labels import LabelBook, Labels, total_labels
from stream.core.policy import Policy
from stream.core.standing import OpenTicket, open_ticket
from stream.core.survey import Answer, Survey
from stream.core.ticket import Ticket
from stream.core.tuples import make
from stream.numbers import (
    agents,
    bad_comments,
    baseline,
    ces,
    coverage,
    csat,
    drivers,
    first_response,
    flow,
    handling,
    next_reply,
    nps,
    resolution,
    satisfaction,
    service_level,
)

OPENED, WITHOUT_OPENING, RETRACTED = "opened", "without_opening", "retracted"
CATEGORIES = (OPENED, WITHOUT_OPENING, RETRACTED)

Adds = tuple[list[Contribution], ...]  # a list for each family, so that those that stay as they are can be told


class Share(NamedTuple):
    """What a ticket adds to the numbers.

    category: one of CATEGORIES. tickets, surveys, history, agents: contributions to the panes of each. open: how it
    stands open, None if it does not. bad_comments: survey, instrument, event id and time of each. basis: None for a
    ticket that does not count.
    """

    category: str
    tickets: Adds
    surveys: Adds
    history: Adds
    open: OpenTicket | None
    bad_comments: tuple[tuple[str, str, str, int], ...] = ()
    basis: Basis | None = None
    agents: Adds = ()


_NO_TICKETS: Adds = ([], [], [], [], [], [])
NOTHING = Share("", _NO_TICKETS, (), (), None)


def share(ticket: Ticket, policy: Policy, book: LabelBook, before: Share = NOTHING) -> Share:
    """Return what a ticket adds, by its present attributes. A retracted ticket adds that it was retracted.

    before: what an earlier state of the ticket added; what cannot have changed since is taken from there.
    """
    change = lifecycle(ticket) if ticket.statuses else None
    retracted = change is not None and change.kind in RETRACTED_BY
    opening = ticket.opening
    if opening is None:
        surveys = _lonely_surveys(ticket, policy, book) if ticket.surveys and not retracted else ()
        bad_comments = _bad_comments(ticket, policy, retracted)
        return make(Share, (WITHOUT_OPENING, _NO_TICKETS, surveys, (), None, bad_comments, None, ()))
    if change is not None and retracted:
        taken_out = flow.retraction(max(change.at_us, opening.at_us), book.labels(ticket.attributes))
        return Share(RETRACTED, (taken_out, *_NO_TICKETS[1:]), (), (), None)
    was = before.basis
    if was is None or opening is not was.ticket.opening or ticket.writes is not was.ticket.writes:
        was = None
        attributes: Mapping[str, str] = ticket.attributes
        labels, promised = book.labels(attributes), due(attributes, opening.at_us, policy.definitions)
    else:
        attributes, labels, promised = was.attributes, was.labels, was.due
    same_statuses = was is not None and ticket.statuses is was.ticket.statuses
    same_messages = was is not None and ticket.messages is was.ticket.messages
    if was is not None and same_statuses and same_messages:
        basis = make(Basis, (ticket, attributes, labels, was.facts, was.course, promised))
        tickets, history, open_, acts = before.tickets, before.history, before.open, before.agents
    else:
        known = facts(opening, ticket, change, policy)
        walked = was.course if was is not None and same_statuses else course(ticket)
        basis = make(Basis, (ticket, attributes, labels, known, walked, promised))
        tickets = _tickets(basis, policy, before if was is not None else NOTHING)
        history = (baseline.contributions(known, flows=tickets[0], responses=tickets[1]),)
        open_ = open_ticket(known, labels, promised)
        acts = (
            before.agents[0] if same_messages else agents.acts(ticket.messages, labels),
            before.agents[1] if same_statuses else agents.acts(ticket.statuses, labels),
        )
    surveys = _surveys(basis, policy, book) if ticket.surveys else ()
    return make(Share, (OPENED, tickets, surveys, history, open_, _bad_comments(ticket, policy), basis, acts))


def _tickets(basis: Basis, policy: Policy, before: Share) -> Adds:
    """Return what each family adds; what the same opening, attributes and facts added before is not made again."""
    ticket, attributes, labels, known, walked, promised = basis
    opening, terms, buckets = ticket.opening, policy.definitions, policy.buckets
    assert opening is not None  # else it would have no facts
    flows = responses = handled = levels = resolutions = None
    if before.basis is not None:
        _, _, _, knew, had_walked, _ = before.basis
        if walked is had_walked:
            flows = before.tickets[0]
            if knew.given_up_us == known.given_up_us:
                handled = before.tickets[2]
            if not walked.transitions:
                resolutions = before.tickets[5]
        if (knew.responded_us, knew.first_response_us) == (known.responded_us, known.first_response_us):
            responses = before.tickets[1]
            if knew.given_up_us == known.given_up_us:
                levels = before.tickets[3]
    return (
        flow.contributions(opening.at_us, walked, labels) if flows is None else flows,
        first_response.contributions(known, labels, buckets, terms.schedules.of(attributes))
        if responses is None
        else responses,
        handling.contributions(known, ticket, labels) if handled is None else handled,
        service_level.contributions(known, promised, labels, terms.short_abandon_us) if levels is None else levels,
        next_reply.contributions(opening, ticket, labels, buckets, solving_stops=terms.solving_stops),
        resolution.contributions(opening.at_us, ticket, walked, labels, buckets, pausing=terms.pausing)
        if resolutions is None
        else resolutions,
    )


def _surveys(basis: Basis, policy: Policy, book: LabelBook) -> Adds:
    ticket, attributes, labels, known, walked, _ = basis
    terms, total = policy.definitions, total_labels(policy.labels)
    touchpoints, segments = book.beside("touchpoint"), book.beside(*coverage.COVERED_BY)
    factors = drivers.factors(attributes, known, ticket, walked, book.beside("channel", "queue"))
    adds: list[list[Contribution]] = []
    for survey in ticket.surveys:
        counts = coverage.contributions(
            survey, attributes, labels, total, mature_days=terms.mature_days, values=segments
        )
        for answer in survey.answers:
            counts += _answer(survey, answer, labels, terms, touchpoints)
            counts += drivers.contributions(answer, factors, total, terms)
        adds.append(counts)
    return tuple(adds)


def _answer(
    survey: Survey, answer: Answer, labels: Labels, terms: Definitions, touchpoints: LabelBook
) -> list[Contribution]:
    """Return what the last answer to an instrument adds, at its time."""
    return [
        *nps.contributions(answer, survey.sending, labels),
        *csat.contributions(answer, labels, terms),
        *ces.contributions(answer, labels, terms),
        *satisfaction.contributions(survey, answer, labels, terms, touchpoints),
        *bad_comments.contributions(answer, labels, terms),
    ]


def _lonely_surveys(ticket: Ticket, policy: Policy, book: LabelBook) -> Adds:
    """Return what surveys of no known ticket add, by what they say of themselves."""
    terms = policy.definitions
    touchpoints, segments = book.beside("touchpoint"), book.beside(*coverage.COVERED_BY)
    total = total_labels(policy.labels)
    adds: list[list[Contribution]] = []
    for survey in ticket.surveys:
        sent = coverage.said(survey.sending)
        counts = coverage.contributions(
            survey, sent, book.labels(sent), total, mature_days=terms.mature_days, values=segments
        )
        for answer in survey.answers:
            labels = book.labels(coverage.said(answer, survey.sending))
            counts += _answer(survey, answer, labels, terms, touchpoints)
        adds.append(counts)
    return tuple(adds)


def _bad_comments(ticket: Ticket, policy: Policy, retracted: bool = False) -> tuple[tuple[str, str, str, int], ...]:
    if not ticket.surveys or retracted:
        return ()
    return tuple(
        (survey.survey_id, answer.instrument, answer.event_id, answer.at_us)
        for survey in ticket.surveys
        for answer in survey.answers
        if bad_comments.is_bad_comment(answer, policy.definitions)
    )
