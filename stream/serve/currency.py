"""How current the numbers are: the newest event that ever came, and what is still to be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stream.core.instant import instant
from stream.core.snapshot import Totals
from stream.core.unread import Unread
from stream.core.windows import SECOND_US


def currency(newest_event_us: int | None, unread: Unread | None) -> dict[str, Any]:
    """Return `newest_event_at`, null if no event ever came, and `catching_up`, null unless what is unread is old."""
    catching_up = None
    if unread is not None and unread.is_old:
        catching_up = {"records": unread.records, "seconds": round(unread.seconds, 1)}
    return {"newest_event_at": instant(newest_event_us), "catching_up": catching_up}


def currency_of_own(parts: Iterable[Totals]) -> tuple[int | None, Unread | None]:
    """Return the same of snapshots that are not added up."""
    listed = list(parts)
    newest = max((part.newest_event_us for part in listed if part.newest_event_us is not None), default=None)
    return newest, Unread.merge(part.unread for part in listed)


def in_words(newest_event_us: int | None, unread: Unread | None, now_us: int) -> str:
    """Say it in one line."""
    if unread is not None and unread.is_old:
        return f"catching up: {unread.records:,} records, about {unread.seconds:,.0f} s"
    if newest_event_us is None:
        return "never an event"
    return f"newest event {max(0, now_us - newest_event_us) // SECOND_US:,} s ago"
