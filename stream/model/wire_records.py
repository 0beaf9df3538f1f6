"""Copies as text, read as rows, as the records of those that count."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from stream.core.copies import KEPT
from stream.core.ticket import ATTRIBUTES, in_force
from stream.model.names import Names, Values
from stream.model.records import ANOTHERS, NO_VALUES, THEIRS, UNSAID, opening_kind, packed_at, tail_of
from stream.model.soundness import check_rows, is_event
from stream.model.wire import WITH_CUSTOMER, Row

_PLAIN = frozenset("orsqa")
PLAIN_COURSE = frozenset("os")
_COUNTED = frozenset("ors")


def is_plain(rows: list[Row], letters: frozenset[str] = _PLAIN) -> bool:
    """Say whether each event is known as one copy, all of them count, and it is known what wrote each attribute.

    letters: of the types that there may be; of openings there is one at most.
    """
    if len(rows) == 1:
        return rows[0][0] in letters
    if not 0 < len(rows) <= KEPT:
        return False
    ids, is_opened = set[str](), False
    for row in rows:
        letter = row[0]
        if letter == "o":
            if is_opened:
                return False
            is_opened = True
        elif letter not in letters:
            return False
        ids.add(row[2])
    return len(ids) == len(rows)


def plain_records(
    rows: list[Row], names: Names, customer_id: str | None = None, letters: frozenset[str] = _PLAIN
) -> bytes | None:
    """Return the records of plain rows in the order of events, None of rows that are not plain.

    customer_id: the customer for whom the ticket is looked at, if it is. letters: as of `is_plain`. Raises ValueError,
    TypeError or IndexError for rows that are no copies of a ticket's events.
    """
    packed = [_record(row, names, customer_id) for row in (sorted(rows, key=place) if len(rows) > 1 else rows)]
    return b"".join(packed) if is_plain(rows, letters) else None


def attributes_of(rows: list[Row]) -> dict[str, str]:
    """Return the attribute values in force by plain rows, which stand in their order."""
    return in_force(
        dict(zip(ATTRIBUTES, said[1:] if letter == "o" else said[2:], strict=False))
        for letter, _, _, *said in rows
        if letter in "os"
    )


place = itemgetter(1, 2)
"""Where a row stands among others: by its time and event id."""


def _record(row: Any, names: Names, customer_id: str | None) -> bytes:
    """Return the record of a copy that counts; nothing for one of a survey. Raises ValueError for what is no copy.

    What says the same as a record before, but for its time, is of the same types too: only of others each is looked at.
    """
    if type(row) is list and row and row[0] in _COUNTED:
        letter, whose, said = row[0], UNSAID, row[3:]
        if len(row) == WITH_CUSTOMER.get(letter):
            customer = said.pop()
            whose = THEIRS if customer == customer_id else ANOTHERS
        else:
            customer = ""
        key = letter, whose, *said
        tail = names.tails.get(key)
        if tail is None or type(customer) is not str or not is_event(row[1], row[2]):
            check_rows((row,))
            tail = names.tails[key] = _tail(letter, said, names, whose)
        return packed_at(row[1]) + tail
    check_rows((row,))
    return b""


def _tail(letter: str, said: list[Any], names: Names, whose: int) -> bytes:
    """Return what a record says behind its time."""
    if letter == "r":
        return tail_of(names, *said)
    if letter == "o":
        return tail_of(names, opening_kind(said[0]), None, _attributes(said[1:]), whose)
    return tail_of(names, said[0], said[1] if len(said) > 1 else None, _attributes(said[2:]), whose)


def _attributes(values: list[str | None]) -> Values:
    """Return the values of the dimensions, of which the last may be missing."""
    return (*values, *NO_VALUES[len(values) :])
