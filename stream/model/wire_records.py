"""Copies as text, read as rows, as the records of those that count."""

from __future__ import annotations

from stream.core.copies import KEPT
from stream.core.policy import DIMENSIONS
from stream.core.ticket import ATTRIBUTES
from stream.model.names import Names, Values
from stream.model.records import ANOTHERS, NO_VALUES, THEIRS, UNSAID, opening_kind, record
from stream.model.wire import Row

_PLAIN = frozenset("rsqa")  # but for an opening, of which there is one


def is_plain(rows: list[Row]) -> bool:
    """Say whether each event is known as one copy, all of them count, and it is known what wrote each attribute."""
    if not 0 < len(rows) <= KEPT:
        return False
    ids, is_opened = set[str](), False
    for row in rows:
        letter = row[0]
        if letter == "o":
            if is_opened:
                return False
            is_opened = True
        elif letter not in _PLAIN:
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
    letter, at, _, *said = row
    if letter == "r":
        return record(names, at, *said[:2])
    if letter == "o":
        return record(names, at, opening_kind(said[0]), None, *_attributes(said[1:], customer_id))
    if letter == "s":
        return record(names, at, said[0], said[1] if len(said) > 1 else None, *_attributes(said[2:], customer_id))
    return b""


def _attributes(values: list[str | None], customer_id: str | None) -> tuple[Values, int]:
    """Return the values of the dimensions, of which the last may be missing, and whose it says the ticket is."""
    dimensions = tuple(values[: len(DIMENSIONS)])
    whose = UNSAID
    if len(values) > len(DIMENSIONS):
        whose = THEIRS if values[-1] == customer_id else ANOTHERS
    return dimensions + NO_VALUES[len(dimensions) :], whose
