"""Merging tickets: what a knows and what b knows.

`merge` is commutative, associative and idempotent (a join-semilattice). So neither the order of arrival nor a duplicate
matters, and a state that was written to the changelog twice, or read twice, is the same state.

A ticket is a set of copies of events, cut where it would grow without bound (`stream.core.copies`). Where each event is
known as one copy, which is nearly always, states are merged part by part; else as the sets that they are
(`stream.core.ticket_copies`), and both ways come to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from sys import intern
from typing import Any, TypeVar

import orjson

from stream.core.copies import KEPT, Copy
from stream.core.survey import Survey, survey_from_json
from stream.core.ticket import EMPTY, Message, Opening, StatusChange, Ticket, Write, shared
from stream.core.ticket_copies import KEPT_SURVEYS, RESPONDED, copies_of, settled
from stream.core.tuples import make


def merge(a: Ticket, b: Ticket) -> Ticket:
    """Return the least state that knows what a knows and what b knows; `a` itself if b adds nothing."""
    if a is EMPTY:
        return b
    merged = _merge_parts(a, b)
    return _merge_copies(a, b) if merged is None else merged


def _merge_copies(a: Ticket, b: Ticket) -> Ticket:
    """Merge any two states."""
    alerts = tuple(sorted({*a.alerts, *b.alerts}))
    merged = settled(copies_of(a) | copies_of(b), alerts, (*a.customers, *b.customers))
    if merged == a:
        return a
    # what did not change stays the very same, as by that it is known
    return make(Ticket, [old if old == new else new for old, new in zip(a, merged, strict=True)])


def _merge_parts(a: Ticket, b: Ticket) -> Ticket | None:
    """Merge states of which each event is known as one copy; None if that is not so of both together."""
    if b.copies or (a.copies and not _stands_apart(b, a.copies)):
        return None
    opening = a.opening
    messages = _union(a.messages, b.messages) if b.messages else a.messages
    statuses = _union(a.statuses, b.statuses) if b.statuses else a.statuses
    writes = _union_of_writes(a.writes, b.writes) if b.writes else a.writes
    surveys = _union_of_surveys(a.surveys, b.surveys) if b.surveys else a.surveys
    if messages is None or statuses is None or writes is None or surveys is None:
        return None
    if b.opening is not None or b.statuses or b.writes:
        if opening is None:
            opening = b.opening
        elif b.opening is not None and b.opening != opening:
            return None
        changed = opening is not a.opening or statuses is not a.statuses or writes is not a.writes
        if changed and not _is_plain(opening, statuses, writes):
            return None
    alerts = a.alerts
    if b.alerts and not set(b.alerts) <= set(alerts):
        alerts = tuple(sorted({*alerts, *b.alerts}))
    customers = a.customers
    if b.customers or (b.writes and a.writes):
        customers = _customers(a, b)
    if (
        opening is a.opening
        and messages is a.messages
        and statuses is a.statuses
        and writes is a.writes
        and surveys is a.surveys
        and alerts is a.alerts
        and customers == a.customers
    ):
        return a
    return make(Ticket, (opening, messages, statuses, writes, surveys, alerts, customers, a.copies))


def _stands_apart(b: Ticket, copies: tuple[Copy, ...]) -> bool:
    """Say whether b is one message of which there are no other copies, or knows of an alert alone."""
    if b[:1] + b[2:5] + b[6:] != EMPTY[:1] + EMPTY[2:5] + EMPTY[6:] or len(b.messages) > 1:
        return False
    return all(copy[0] != RESPONDED for copy in copies)


def _customers(a: Ticket, b: Ticket) -> tuple[str, ...]:
    """Return whose the ticket ever was; nobody if it was one customer's all along, whom the attributes name."""
    named = {*a.customers, *b.customers}
    for write in (*a.writes, *b.writes):
        if (customer_id := write.values.get("customer_id")) is not None:
            named.add(customer_id)
    return tuple(sorted(named)[:KEPT]) if len(named) > 1 else ()


Happening = TypeVar("Happening", bound=Message | StatusChange)


def _union(a: tuple[Happening, ...], b: tuple[Happening, ...]) -> tuple[Happening, ...] | None:
    """Return the sorted union, `a` itself if b adds nothing; None if there are two of one id, or too many."""
    if not a:
        return b if len(b) <= 2 * KEPT else None
    if len(b) == 1:
        added = b[0]
        if added in a:
            return a
        event_id = added[1]
        for happening in a:
            if happening[1] == event_id:
                return None
        union = (*a, added)
        if added < a[-1]:
            union = tuple(sorted(union))
    elif a == b:
        return a
    else:
        both = set(a)
        both.update(b)
        if len({happening[1] for happening in both}) < len(both):
            return None
        if len(both) == len(a):
            return a
        union = tuple(sorted(both))
    return union if len(union) <= 2 * KEPT else None


def _union_of_writes(a: tuple[Write, ...], b: tuple[Write, ...]) -> tuple[Write, ...] | None:
    if not a:
        return b
    writes = {write[1]: write for write in a}
    for write in b:
        known = writes.setdefault(write[1], write)
        if known is not write and known != write:
            return None
    if len(writes) == len(a):
        return a
    if len(writes) > 2 * KEPT:
        return None
    return tuple(sorted(writes.values(), key=_time_and_id))


def _time_and_id(write: Write) -> tuple[int, str]:
    return write[0], write[1]


def _is_plain(opening: Opening | None, statuses: tuple[StatusChange, ...], writes: tuple[Write, ...]) -> bool:
    """Say whether it is known of everything written what wrote it: nothing else has its id."""
    if opening is not None:
        event_id = opening[1]
        for change in statuses:
            if change[1] == event_id:
                return False
    times = {write[1]: write[0] for write in writes}
    if len(times) < len(writes):
        return False
    if opening is not None and times.get(opening[1], opening[0]) != opening[0]:
        return False
    if len(times) == 1 and opening is not None and opening[1] in times:
        return True
    return all(times.get(event_id, at) == at for at, event_id, _, _ in statuses)


def _union_of_surveys(a: tuple[Survey, ...], b: tuple[Survey, ...]) -> tuple[Survey, ...] | None:
    surveys = {survey.survey_id: survey for survey in a}
    for survey in b:
        known = surveys.get(survey.survey_id)
        merged = survey if known is None else _union_of_survey(known, survey)
        if merged is None:
            return None
        surveys[survey.survey_id] = merged
    if len(surveys) > KEPT_SURVEYS:
        return None
    union = tuple([surveys[survey_id] for survey_id in sorted(surveys)])
    if union == a:
        return a
    answers = [answer.event_id for survey in union for answer in survey.answers]
    sendings = [survey.sending.event_id for survey in union if survey.sending is not None]
    if len({*answers}) < len(answers) or len({*sendings}) < len(sendings):
        return None
    return union


def _union_of_survey(a: Survey, b: Survey) -> Survey | None:
    sending = b.sending if a.sending is None else a.sending
    if b.sending is not None and b.sending != sending:
        return None
    answers = {answer.instrument: answer for answer in a.answers}
    for answer in b.answers:
        if answers.setdefault(answer.instrument, answer) != answer:
            return None
    first = min((us for us in (a.answered_us, b.answered_us) if us is not None), default=None)
    return Survey(a.survey_id, sending, tuple(answers[instrument] for instrument in sorted(answers)), first)


def ticket_to_json(ticket: Ticket) -> bytes:
    """Write a state as the changelog holds it."""
    return orjson.dumps(written(ticket), default=tuple)


def written(ticket: Ticket) -> tuple[Any, ...]:
    """Return what is written of a ticket: all of it, but for copies if it has none. Earlier versions read that, too."""
    return ticket if ticket.copies else ticket[:-1]


def ticket_from_json(value: bytes) -> Ticket:
    """Read a state back from the changelog."""
    return ticket_from_fields(orjson.loads(value))


def ticket_from_fields(fields: list[Any]) -> Ticket:
    """Read a state back from the JSON array that the changelog holds."""
    opening, messages, statuses, writes, surveys, *later = fields
    alerts, customers, *copies = later or ((), ())  # absent where an earlier version wrote it
    parts = (
        None if opening is None else Opening(*opening),
        _each(Message, messages),
        _each(StatusChange, statuses),
        tuple([make(Write, (at, event_id, shared(values))) for at, event_id, values in writes]),
        tuple([survey_from_json(fields) for fields in surveys]) if surveys else (),
        tuple(alerts),
        tuple(customers),
        tuple([Copy(what, at, event_id, tuple(said)) for what, at, event_id, said in copies[0]]) if copies else (),
    )
    return as_one_each(make(Ticket, parts))


def as_one_each(ticket: Ticket) -> Ticket:
    """Return a state in which each event counts once: earlier versions held all copies of it, and counted each."""
    opening, messages, statuses, writes, surveys = ticket[:5]
    if ticket.copies or (
        (len(messages) < 2 or _are_different(messages))
        and (len(statuses) < 2 or _are_different(statuses))
        and (_is_as_opened(opening, statuses, writes) or _is_plain(opening, statuses, writes))
        and (not surveys or _are_surveys_plain(surveys))
    ):
        return ticket
    return settled(copies_of(ticket), ticket.alerts, ticket.customers)


def _is_as_opened(opening: Opening | None, statuses: tuple[StatusChange, ...], writes: tuple[Write, ...]) -> bool:
    return not statuses and len(writes) == 1 and opening is not None and writes[0][:2] == opening[:2]


def _are_different(happenings: tuple[Happening, ...]) -> bool:
    return len({happening[1] for happening in happenings}) == len(happenings)


def _are_surveys_plain(surveys: tuple[Survey, ...]) -> bool:
    return (len(surveys) == 1 and len(surveys[0].answers) < 2) or _union_of_surveys((), surveys) is not None


def _each(kind: Callable[..., Happening], rows: Iterable[list[Any]]) -> tuple[Happening, ...]:
    """Read kinds and agents as strings that are held once."""
    return tuple([kind(at, event_id, *map(intern, said)) for at, event_id, *said in rows])
