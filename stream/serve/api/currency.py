"""How current the numbers are: the newest event that ever came, and what is still to be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stream.core.feed import Feed, feed
from stream.core.instant import instant
from stream.core.snapshot import Totals
from stream.core.unread import Unread
from stream.core.windows import SECOND_US
from stream.engine.desk.desk import DeskSnapshot
from stream.engine.desk.view import ComparedClock
from stream.settings import Settings


def currency(newest_event_us: int | None, unread: Unread | None) -> dict[str, Any]:
    """Return `newest_event_at`, null if no event ever came, and `catching_up`, null unless what is unread is old."""
    catching_up = None
    if unread is not None and unread.is_old:
        catching_up = {"records": unread.records, "seconds": round(unread.seconds, 1)}
    return {"newest_event_at": instant(newest_event_us), "catching_up": catching_up}


def desk_currency(desk: DeskSnapshot | None, settings: Settings, clock: ComparedClock) -> dict[str, Any]:
    """Return the same of a desk (all null while there is none), and whether events arrive.

    `send_to` names where the first event is to go; null once there was one. `clock_wrong` says of the clock of the
    worker that answers how many seconds it is ahead of the broker's (null if that is not known); null if it is right.
    """
    offset = clock.offset_seconds
    wrong = None if clock.right else {"offset_seconds": None if offset is None else round(offset, 1)}
    if desk is None:
        return currency(None, None) | {"feed": None, "send_to": None, "clock_wrong": wrong}
    totals = desk.totals
    fed = feed_of(desk, settings)
    send_to = {"broker": settings.broker, "topic": settings.topic_ticket_opened} if fed == "never" else None
    return currency(totals.newest_event_us, totals.unread) | {
        "feed": fed,
        "send_to": send_to,
        "clock_wrong": wrong,
    }


def feed_of(desk: DeskSnapshot, settings: Settings) -> Feed:
    """Judge by the hours of the policy file; without a file the desk counts as always open."""
    totals = desk.totals
    if totals.unread is not None and totals.unread.is_old:
        return "behind"
    schedules = None if settings.policy_file is None else desk.policy.definitions.schedules
    return feed(totals.newest_event_us, totals.as_of_us, settings.event_silence_seconds * SECOND_US, schedules)


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
