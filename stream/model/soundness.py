"""Whether what is read back is what a worker wrote. It is counted long after it was read, with all else that changed,
and one row that cannot be counted would end the worker then: so it is refused before anything changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, get_args

from schemas.events import Signal
from schemas.fields import END_OF_TIME, instant_us
from stream.core.copies import (
    ACQUIRED,
    ANSWERED,
    LOST,
    OPENED,
    PURCHASED,
    REFUNDED,
    RESPONDED,
    SENT,
    SIGNALLED,
    STATUS,
    Copy,
)
from stream.core.customer import Customer
from stream.core.customer_merge import copies_of_customer
from stream.core.ticket_copies import FIRST_ANSWERED
from stream.model.records import MESSAGES, STATUSES
from stream.model.survey_records import INSTRUMENTS
from stream.model.wire import LETTERS, SAID

_END_US = instant_us(END_OF_TIME)
_MOST_SCORE = 1_000
_MOST_AMOUNT = 1 << 60

_WHAT = {letter: what for what, letter in LETTERS.items()}
_TEXT = frozenset({str, type(None)})
_FIRST: dict[str, Collection[str]] = {RESPONDED: frozenset(MESSAGES), STATUS: frozenset(STATUSES)}
_NAMED = frozenset({OPENED, SENT, ANSWERED, FIRST_ANSWERED})
_SIGNALS = frozenset(get_args(Signal))


def check_rows(rows: Iterable[Any]) -> None:
    """Raise ValueError for rows that are no copies of a ticket's events (`stream.model.wire`)."""
    for row in rows:
        if type(row) is not list or len(row) < 3 or not _is_copy(_WHAT.get(row[0]), row[1], row[2], row[3:]):
            raise ValueError(f"got {row!r:.100}; accepts one of {', '.join(_WHAT)}, a time, an event id and its fields")


def check_copies(copies: Iterable[Copy]) -> None:
    """Raise ValueError for what is no copy of a ticket's event."""
    for what, at, event_id, said in copies:
        if what not in SAID or not _is_copy(what, at, event_id, said):
            raise ValueError(f"got {(what, at, event_id, said)!r:.100}; accepts copies of a ticket's events")


def check_texts(values: Any) -> None:
    """Raise ValueError for what is no list of texts."""
    if not isinstance(values, (list, tuple)) or not all(type(value) is str for value in values):
        raise ValueError(f"got {values!r:.100}; accepts a list of texts")


def check_customer(customer: Customer) -> None:
    """Raise ValueError for what never happens to a customer."""
    for copy in copies_of_customer(customer):
        what, at, event_id, said = copy
        if not (is_event(at, event_id) and _is_of_customer(what, said)):
            raise ValueError(f"got {tuple(copy)!r:.100}; accepts what happens to customers")


def is_event(at: object, event_id: object) -> bool:
    """Say whether these are a time in microseconds and an id."""
    return type(at) is int and 0 <= at < _END_US and type(event_id) is str


def _is_copy(what: str | None, at: object, event_id: object, said: Any) -> bool:
    if what is None or not is_event(at, event_id) or not 0 < len(said) <= SAID[what]:
        return False
    if what in _NAMED and type(said[0]) is not str:
        return False
    if what == ANSWERED:
        return _is_answer(said)
    return _TEXT.issuperset(map(type, said)) and (what not in _FIRST or said[0] in _FIRST[what])


def _is_answer(said: Any) -> bool:
    if len(said) < 8 or not _TEXT.issuperset(map(type, (*said[:4], *said[8:9]))):
        return False
    instrument, score, scale_max, commented = said[4:8]
    return instrument in INSTRUMENTS and _is_score(score) and _is_score(scale_max) and type(commented) is bool


def _is_of_customer(what: str, said: Any) -> bool:
    if what in (ACQUIRED, LOST):
        return not said
    if what in (PURCHASED, REFUNDED):
        named = what == REFUNDED or len(said) < 2 or type(said[1]) is str
        priced = said and (said[0] is None or (type(said[0]) is int and 0 <= said[0] <= _MOST_AMOUNT))
        return bool(priced) and named and len(said) <= (2 if what == PURCHASED else 1)
    if what == SIGNALLED:
        return len(said) == 1 and said[0] in _SIGNALS
    return what.startswith(f"{ANSWERED} ") and len(said) > 6 and _is_score(said[5])


def _is_score(score: object) -> bool:
    return score is None or (type(score) is int and 0 <= score <= _MOST_SCORE)
