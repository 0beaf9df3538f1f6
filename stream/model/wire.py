"""Copies of a ticket's events as text: what the changelog holds, and what a state in memory consists of.

A copy (`stream.core.copies`) is a JSON array: a letter for its type, its time in microseconds, its event id, and what
it says, without what it does not say at the end. Texts stand one after the other, each with a comma before it, in
whatever order they came. No text is found within another one: its quotes would be escaped there.
"""

from __future__ import annotations

from typing import Any

import orjson

from schemas.fields import TAKEN_AWAY
from stream.core.copies import ANSWERED, OPENED, RESPONDED, SENT, STATUS, Copy
from stream.core.ticket import ATTRIBUTES
from stream.core.ticket_copies import FIRST_ANSWERED, WROTE

LETTERS = {OPENED: "o", RESPONDED: "r", STATUS: "s", WROTE: "w", SENT: "q", ANSWERED: "a", FIRST_ANSWERED: "f"}
COURSE, REST = "osw", "rqaf"
"""The letters of what makes the course of a ticket, and of all else."""
_TYPES = {letter: what for what, letter in LETTERS.items()}
SAID = {
    OPENED: 1 + len(ATTRIBUTES),
    RESPONDED: 2,
    STATUS: 2 + len(ATTRIBUTES),
    WROTE: 1 + len(ATTRIBUTES),
    SENT: 4,
    ANSWERED: 9,
    FIRST_ANSWERED: 1,
}
"""How many fields the copies of a type say; a change of status says its agent second here, and last there."""

Row = list[Any]
"""A copy as read: letter, time, event id, and what it says."""


def text_of(copy: Copy) -> bytes:
    """Write one copy."""
    what, at, event_id, said = copy
    return text(LETTERS[what], at, event_id, (said[0], said[-1], *said[1:-1]) if what == STATUS else said)


def text(letter: str, at: int, event_id: str, said: tuple[Any, ...]) -> bytes:
    """Write one copy from its fields in the order in which they are written."""
    n = len(said)
    while n and said[n - 1] is None:
        n -= 1
    return orjson.dumps((letter, at, event_id, *said[:n]))


def rows_of(wire: bytes) -> list[Row]:
    """Read copies as rows. Raises ValueError for what is no JSON."""
    rows: list[Row] = orjson.loads(b"[%b]" % wire[1:])
    return rows


def text_of_rows(rows: list[Row]) -> bytes:
    """Write rows as the text of which `rows_of` reads them."""
    return b"," + orjson.dumps(rows)[1:-1] if rows else b""


def copy_of(row: Row) -> Copy:
    """Return a row as a copy. Raises ValueError for what is none."""
    letter, at, event_id, *said = row
    what = _TYPES.get(letter)
    if what is None or not isinstance(at, int) or not isinstance(event_id, str) or len(said) > SAID[what]:
        raise ValueError(f"got {row!r}; accepts a letter of {', '.join(_TYPES)}, a time, an event id and its fields")
    said += [None] * (SAID[what] - len(said))
    if what == STATUS:
        kind, agent, *values = said
        return Copy(what, at, event_id, (kind, *values, agent))
    return Copy(what, at, event_id, tuple(said))


# How long a row is that says whose the ticket is: that comes last, and what is not said at the end is not written.
WITH_CUSTOMER = {LETTERS[what]: 3 + said for what, said in SAID.items() if what in (OPENED, STATUS, WROTE)}


def whose(rows: list[Row]) -> set[str]:
    """Return whose a ticket is by any of these rows."""
    return {row[-1] for row in rows if len(row) == WITH_CUSTOMER.get(row[0])} - {TAKEN_AWAY}
