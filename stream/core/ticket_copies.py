"""A ticket's state as the set of copies that it knows, and the state that such a set comes to.

Most tickets need neither: where every event is known as one copy, a state only grows by what is new
(`stream.model.state`). Here is what holds for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator
from sys import intern
from typing import Any

from schemas.fields import TAKEN_AWAY
from stream.core.copies import (
    ANSWERED,
    KEPT,
    OPENED,
    RESPONDED,
    SENT,
    STATUS,
    Copy,
    Identity,
    Said,
    counting,
    identity_of,
    kept,
    order_of,
)
from stream.core.survey import Answer, Sending, Survey
from stream.core.ticket import ATTRIBUTES, Message, Opening, StatusChange, Ticket, Write, shared

KEPT_SURVEYS = 64  # of one ticket; more than anybody is asked about it

WROTE = "wrote"
"""Attributes of which an earlier version, or another partition, did not say what wrote them."""
FIRST_ANSWERED = "first answered"  # when, of an answer that an earlier version did not keep
_WRITING = (OPENED, STATUS, WROTE)
_VALUES = slice(1, 1 + len(ATTRIBUTES))
_CUSTOMER = _VALUES.start + ATTRIBUTES.index("customer_id")


def copies_of(ticket: Ticket) -> set[Copy]:
    """Return all copies that a ticket knows."""
    found = set(ticket.copies)
    told = {copy.identity for copy in found}
    values = {(at, event_id): written for at, event_id, written in ticket.writes}
    if ticket.opening is not None and identity_of(OPENED, ticket.opening.event_id) not in told:
        at, event_id, by = ticket.opening
        found.add(Copy(OPENED, at, event_id, (by, *_said(values.pop((at, event_id), {})))))
    for at, event_id, kind, agent in ticket.messages:
        if identity_of(RESPONDED, event_id) not in told:
            found.add(Copy(RESPONDED, at, event_id, (kind, agent or None)))
    for at, event_id, kind, agent in ticket.statuses:
        if identity_of(STATUS, event_id) not in told:
            said = (kind, *_said(values.pop((at, event_id), {})), agent or None)
            found.add(Copy(STATUS, at, event_id, said))
    for (at, event_id), written in values.items():
        if not any(identity_of(what, event_id) in told for what in _WRITING):
            found.add(Copy(WROTE, at, event_id, (None, *_said(written))))
    for survey in ticket.surveys:
        found |= set(_copies_of_survey(survey, told))
    return found | set(_first_answers(ticket, found))


def _said(values: dict[str, str]) -> tuple[str | None, ...]:
    return tuple([values.get(name) for name in ATTRIBUTES])


def _copies_of_survey(survey: Survey, told: set[Identity]) -> Iterator[Copy]:
    if survey.sending is not None and identity_of(SENT, survey.sending.event_id) not in told:
        at, event_id, *where = survey.sending
        yield Copy(SENT, at, event_id, (survey.survey_id, *where))
    for answer in survey.answers:
        if identity_of(ANSWERED, answer.event_id) not in told:
            yield answer_copy(survey.survey_id, answer)


def answer_copy(survey_id: str, answer: Answer) -> Copy:
    """Return an answer as a copy of the event that it came with."""
    at, event_id, instrument, score, scale_max, commented, touchpoint, channel, segment, customer_id = answer
    where = (survey_id, touchpoint, channel, segment)
    return Copy(ANSWERED, at, event_id, (*where, instrument, score, scale_max, commented, customer_id))


def _first_answers(ticket: Ticket, found: set[Copy]) -> Iterator[Copy]:
    answered: dict[Said, int] = {}
    for copy in [copy for copy in counting(found).values() if copy.what == ANSWERED]:
        answered[copy.said[0]] = min(copy.at_us, answered.get(copy.said[0], copy.at_us))
    for survey in ticket.surveys:
        if survey.answered_us is not None and survey.answered_us < answered.get(survey.survey_id, 1 << 62):
            yield Copy(FIRST_ANSWERED, survey.answered_us, survey.survey_id, (survey.survey_id,))


def settled(copies: Iterable[Copy], alerts: tuple[str, ...] = (), customers: Iterable[str] = ()) -> Ticket:
    """Return the state that knows these copies; customers: whose it is known to have been besides."""
    known = set(copies)
    whose = named(known).union(customers)
    known = bounded(known)
    counted = counting(known)
    by_what: dict[str, list[Copy]] = {}
    for copy in sorted(counted.values(), key=lambda copy: (copy.at_us, copy.event_id)):
        by_what.setdefault(copy.what, []).append(copy)
    openings, statuses = by_what.get(OPENED, []), by_what.get(STATUS, [])
    opening = Opening(openings[0].at_us, openings[0].event_id, _text(openings[0].said[0])) if openings else None
    surveys = _surveys(by_what)
    ticket = Ticket(
        opening=opening,
        messages=tuple([Message(*copy[1:3], *map(_text, copy.said)) for copy in by_what.get(RESPONDED, ())]),
        statuses=tuple([StatusChange(*copy[1:3], _text(copy.said[0]), _text(copy.said[-1])) for copy in statuses]),
        writes=_writes(counted.values()),
        surveys=surveys,
        alerts=alerts,
        customers=tuple(sorted(whose)[:KEPT]) if len(whose) > 1 else (),
    )
    return ticket._replace(copies=tuple(sorted(_untold(known, ticket), key=order_of)))


def named(copies: Iterable[Copy]) -> set[str]:
    """Return whose the ticket is by any of these copies."""
    said = [copy.said[_CUSTOMER] for copy in copies if copy.what in _WRITING]
    return {_text(customer_id) for customer_id in said if customer_id is not None} - {TAKEN_AWAY}


def _text(value: Said) -> str:
    return "" if value is None else intern(str(value))


def bounded(known: set[Copy]) -> set[Copy]:
    """Return the copies of a set that may ever count, whatever comes; cutting early or late comes to the same."""
    surveys: set[Said] = set()
    names: set[Said] = set()
    written = {copy.event_id for copy in known if copy.what in (OPENED, STATUS)}
    for copy in known:
        if copy.what in (SENT, ANSWERED, FIRST_ANSWERED):
            surveys.add(copy.said[0])
            if copy.what == ANSWERED and copy.said[-1] is not None:
                names.add(copy.said[-1])
    if len(surveys) > KEPT_SURVEYS:
        surveys = set(sorted(map(str, surveys))[:KEPT_SURVEYS])
    if len(names) > KEPT:
        names = set(sorted(map(str, names))[:KEPT])

    def groups(copy: Copy) -> Iterator[Hashable]:
        what, said = copy.what, copy.said
        if what in (SENT, ANSWERED, FIRST_ANSWERED):
            if said[0] in surveys:
                yield what, said[0], said[4] if what == ANSWERED else None
                if what == ANSWERED and said[-1] in names:  # they have to be told of it, whatever becomes of it
                    yield "named", said[-1]
        elif what == RESPONDED:
            yield what, said[0]
        elif what != WROTE or copy.event_id not in written:  # else it is known by now what wrote it
            if what != WROTE:
                yield what, said[0] if what == STATUS else None
            yield from ((WROTE, i) for i, value in enumerate(said[_VALUES]) if value is not None)

    return kept(known, groups)


def _writes(counted: Collection[Copy]) -> tuple[Write, ...]:
    """Return what was written; of two events with one time and id, an opening and a status, the greater value."""
    written: dict[tuple[int, str], dict[str, str]] = {}
    for copy in counted:
        if copy.what in _WRITING:
            for name, value in zip(ATTRIBUTES, copy.said[_VALUES], strict=True):
                if value is not None:
                    values = written.setdefault((copy.at_us, copy.event_id), {})
                    values[name] = max(values.get(name, ""), str(value))
    return tuple(Write(at, event_id, shared(written[at, event_id])) for at, event_id in sorted(written))


def _surveys(by_what: dict[str, list[Copy]]) -> tuple[Survey, ...]:
    """Return the surveys: each was sent first, and answered last, for each of its instruments."""
    sendings: dict[str, Sending] = {}
    answers: dict[str, dict[str, Answer]] = {}
    first: dict[str, int] = {}
    for copy in by_what.get(SENT, ()):
        survey_id, *where = copy.said
        sendings.setdefault(_text(survey_id), Sending(copy.at_us, copy.event_id, *where))  # type: ignore[arg-type]  # as _copies_of_survey put them
    for copy in by_what.get(ANSWERED, ()):
        answer = answer_of(copy)
        answers.setdefault(_text(copy.said[0]), {})[answer.instrument] = answer
        first.setdefault(_text(copy.said[0]), copy.at_us)
    for copy in by_what.get(FIRST_ANSWERED, ()):
        first[copy.event_id] = min(copy.at_us, first.get(copy.event_id, copy.at_us))
    return tuple(
        Survey(
            survey_id,
            sendings.get(survey_id),
            tuple(answer for _, answer in sorted(answers.get(survey_id, {}).items())),
            first.get(survey_id),
        )
        for survey_id in sorted({*sendings, *first})
    )


def answer_of(copy: Copy) -> Answer:
    """Return the answer that a copy of its event says."""
    _, touchpoint, channel, segment, instrument, score, scale_max, commented, customer_id = copy.said
    said: Any = (instrument, score, scale_max, commented, touchpoint, channel, segment, customer_id)
    return Answer(copy.at_us, copy.event_id, *said)


def _untold(known: set[Copy], ticket: Ticket) -> Iterator[Copy]:
    """Yield the copies that the rest of the state does not say."""
    times = Counter(copy.identity for copy in known)
    writing = Counter(copy.event_id for copy in known if copy.what in _WRITING)
    answers = {answer.event_id for survey in ticket.surveys for answer in survey.answers}
    sendings = {survey.sending.event_id for survey in ticket.surveys if survey.sending is not None}
    first = {survey.survey_id: survey.answered_us for survey in ticket.surveys}
    for copy in known:
        if copy.what == OPENED:
            said = ticket.opening is not None and copy.event_id == ticket.opening.event_id
        elif copy.what == ANSWERED:
            said = copy.event_id in answers
        elif copy.what == SENT:
            said = copy.event_id in sendings
        elif copy.what == FIRST_ANSWERED:
            if first[copy.event_id] != copy.at_us or _is_answer(copy, known):
                continue  # an answer that is known came before it
            said = True
        else:
            said = True
        alone = times[copy.identity] == 1 and (copy.what not in _WRITING or writing[copy.event_id] == 1)
        if not (said and alone):
            yield copy


def _is_answer(first: Copy, known: set[Copy]) -> bool:
    counted = [copy for copy in counting(known).values() if copy.what == ANSWERED]
    return any(copy.said[0] == first.event_id and copy.at_us <= first.at_us for copy in counted)
