"""Copies of an event: what was sent under one id, whatever else differs. One of them counts, the same one in any order.

The copy with the earliest time counts; of several with that time the one whose type comes first in `TYPES`; of those of
one type the one that says more: its fields are compared in their order, a field that is absent is less than any other,
and the greatest counts.

Sets of copies are cut by rules that keep their union exact: of each group the first `KEPT` events by the copy of each
that counts, and the last `KEPT` by the last copy of each. What is among the first (or last) of a union is among the
first (or last) of its part, so cutting early or late comes to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Literal, NamedTuple

KEPT = 64

Said = str | int | bool | None
Identity = tuple[str, str]

OPENED, RESPONDED, STATUS, SENT, ANSWERED = "opened", "responded", "status", "sent", "answered"
ACQUIRED: Literal["acquired"] = "acquired"
LOST: Literal["lost"] = "lost"
PURCHASED, SIGNALLED, REFUNDED = "purchased", "signal", "refunded"
TYPES = (ANSWERED, OPENED, RESPONDED, STATUS, SENT, ACQUIRED, LOST, PURCHASED, SIGNALLED, REFUNDED)
"""The types of which copies of one event may be. What is known of an event besides has a type of its own."""
_RANKS = {what: -place for place, what in enumerate(TYPES)}


class Copy(NamedTuple):
    """One copy of an event, whole. what: its type; said: its fields in the order in which they are compared."""

    what: str
    at_us: int
    event_id: str
    said: tuple[Said, ...]

    @property
    def identity(self) -> Identity:
        """Return what copies of one event have in common."""
        return identity_of(self.what, self.event_id)


def identity_of(what: str, event_id: str) -> Identity:
    """Return what copies of an event of this id have in common, whatever their types."""
    return ("" if what in _RANKS else what), event_id


def counting(copies: Iterable[Copy]) -> dict[Identity, Copy]:
    """Return the copy of each event that counts."""
    found: dict[Identity, Copy] = {}
    for copy in copies:
        known = found.get(copy.identity)
        found[copy.identity] = copy if known is None else _first(known, copy)
    return found


def contradict(known: Iterable[Copy], told: Iterable[Copy]) -> bool:
    """Say whether an event that is known is told with other content, as if its id were used again."""
    held = set(known)
    identities = {copy.identity for copy in held}
    return any(copy not in held and copy.identity in identities for copy in told)


def kept(copies: Iterable[Copy], groups_of: Callable[[Copy], Iterable[Hashable]]) -> set[Copy]:
    """Return the copies that may ever count: of each event in a group the first and the last, of so many events."""
    groups: dict[Hashable, dict[Identity, tuple[Copy, Copy]]] = {}
    for copy in copies:
        for group in groups_of(copy):
            events = groups.setdefault(group, {})
            first, last = events.get(copy.identity, (copy, copy))
            events[copy.identity] = _first(first, copy), max(last, copy, key=_time_and_fields)
    result: set[Copy] = set()
    for events in groups.values():
        firsts, lasts = [first for first, _ in events.values()], [last for _, last in events.values()]
        if len(events) > KEPT:
            firsts, lasts = sorted(firsts, key=_place)[:KEPT], sorted(lasts, key=_place)[-KEPT:]
        result.update(firsts, lasts)
    return result


def _first(a: Copy, b: Copy) -> Copy:
    if a.at_us != b.at_us:
        return a if a.at_us < b.at_us else b
    return max(a, b, key=_rank_and_fields)


def order_of(copy: Copy) -> tuple[str, int, str, list[tuple[bool, str | int]]]:
    """Order any copies, so that the same set is written in the same way."""
    return *copy[:3], _fields(copy)


def _place(copy: Copy) -> tuple[int, str, str]:
    return copy.at_us, copy.event_id, copy.what


def _time_and_fields(copy: Copy) -> tuple[int, int, list[tuple[bool, str | int]]]:
    return copy.at_us, *_rank_and_fields(copy)


def _rank_and_fields(copy: Copy) -> tuple[int, list[tuple[bool, str | int]]]:
    return _RANKS.get(copy.what, 0), _fields(copy)


def _fields(copy: Copy) -> list[tuple[bool, str | int]]:
    return [(value is not None, 0 if value is None else value) for value in copy.said]
