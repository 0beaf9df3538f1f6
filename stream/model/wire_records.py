"""Copies as text, read as rows, as the records of those that count."""

from __future__ import annotations

from typing import Any

from stream.core.copies import KEPT
from stream.core.ticket import ATTRIBUTES
from stream.model.names import Names, Values
from stream.model.records import ANOTHERS, NO_VALUES, THEIRS, UNSAID, opening_kind, packed_at, tail_of
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


def records_of(rows: list[Row], names: Names, customer_id: str | None = None) -> bytes:
    """Return the records of plain rows, and put the rows into their order.

    customer_id: the customer for whom the ticket is looked at, if it is.
    """
    rows.sort(key=place)
    return b"".join([_record(row, names, customer_id) for row in rows])


def attributes_of(rows: list[Row]) -> dict[str, str]:
    """Return the attribute values in force by plain rows, which stand in their order."""
    found: dict[str, str] = {}
    for letter, _, _, *said in rows:
        if letter in "os":
            written = zip(ATTRIBUTES, said[1:] if letter == "o" else said[2:], strict=False)
            found |= {name: value for name, value in written if value is not None}
    return found


def place(row: Row) -> tuple[int, str]:
    """Return where a row stands among others: by its time and event id."""
    return row[1], row[2]


def _record(row: Row, names: Names, customer_id: str | None) -> bytes:
    """Return the record of a copy that counts; nothing for one of a survey."""
    letter, whose, said = row[0], UNSAID, row[3:]
    if letter not in _COUNTED:
        return b""
    if len(row) == WITH_CUSTOMER.get(letter):
        whose = THEIRS if said.pop() == customer_id else ANOTHERS
    key = letter, whose, *said
    tail = names.tails.get(key)
    if tail is None:
        tail = names.tails[key] = _tail(letter, said, names, whose)
    return packed_at(row[1]) + tail


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
