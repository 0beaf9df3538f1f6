"""What a record says that is not written quite as declared, put as it is declared.

Desks write `"Email"`, `""` for what they do not know, and 4711 for an id. None of that is worth a ticket:

- `null` and an empty text are as if the field were absent. In a change with status `updated`, whose purpose is to
  change attributes, `null` takes an attribute away;
- letter case, and blanks around, do not matter in fields that have a fixed set of values;
- an integer in a field of text is its digits, however many. A float is not: 5.0 and 1e3 were no ids to begin with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

ATTRIBUTES = ("channel", "priority", "queue", "brand", "segment", "language", "customer_id")
"""What `null` takes away."""
_TEXTS = frozenset(
    (
        *ATTRIBUTES,
        *("event_id", "ticket_id", "survey_id", "agent_id", "merged_into", "to_queue", "touchpoint"),
    )
)
# `opened_by` is understood where it is counted, as channels and priorities are.
_WORDS = frozenset(("type", "author", "status", "instrument", "signal"))
UPDATED = "updated"


class Digits(str):
    """An integer as it is written."""

    __slots__ = ()


def as_declared(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a record as they are declared, as far as that is clear; without those that say nothing."""
    fields: dict[str, Any] = {}
    for name, value in said.items():
        if value is None or (value == "" and name != "type"):
            continue
        if type(value) is int and name in _TEXTS:
            fields[name] = _digits(value)
        elif type(value) is Digits:
            fields[name] = str(value)
        elif type(value) is str and name in _WORDS:
            fields[name] = folded(value)
        else:
            fields[name] = value
    return fields


def folded(word: str) -> str:
    """Return a word of a fixed set of values without what does not matter in it."""
    return word.strip().casefold()


def taken_away(said: Mapping[str, Any]) -> list[str]:
    """Return the attributes that a record takes away."""
    if said.get("type") != "ticket.status" and folded(str(said.get("type"))) != "ticket.status":
        return []
    status = said.get("status")
    if type(status) is not str or folded(status) != UPDATED:
        return []
    return [name for name in ATTRIBUTES if name in said and said[name] is None]


def lost_digits(said: Mapping[str, Any]) -> list[str]:
    """Return the fields of text that hold a float: an integer over 64 bits, of which orjson keeps 17 digits, or one."""
    return [name for name in _TEXTS if type(said.get(name)) is float]


def with_digits(value: bytes | str) -> Any:
    """Read JSON that is known to be some once more, integers as their `Digits`."""
    return json.loads(value, parse_int=Digits)


def _digits(value: int) -> str:
    return f"{value:d}"
