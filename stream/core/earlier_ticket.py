"""Tickets as earlier versions wrote them to the changelog: part by part, in one JSON array.

An earlier version may have written all copies of an event among the messages or changes, each as if it counted:
`stream.core.ticket_copies.copies_of` tells them apart again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from stream.core.copies import Copy
from stream.core.survey import survey_from_json
from stream.core.ticket import Message, Opening, StatusChange, Ticket, Write

Happening = TypeVar("Happening", bound=Message | StatusChange)


def ticket_from_fields(fields: list[Any]) -> Ticket:
    """Read a state back from the JSON array that the changelog holds."""
    opening, messages, statuses, writes, surveys, *later = fields
    alerts, customers, *copies = later or ((), ())  # absent where an earlier version wrote it
    return Ticket(
        None if opening is None else Opening(*opening),
        _each(Message, messages),
        _each(StatusChange, statuses),
        tuple([Write(*write) for write in writes]),
        tuple([survey_from_json(fields) for fields in surveys]) if surveys else (),
        tuple(alerts),
        tuple(customers),
        tuple([Copy(what, at, event_id, tuple(said)) for what, at, event_id, said in copies[0]]) if copies else (),
    )


def _each(kind: Callable[..., Happening], rows: Iterable[list[Any]]) -> tuple[Happening, ...]:
    return tuple([kind(*row) for row in rows])
