"""Whether a ticket is open, done or retracted.

docs/metrics/README.md, "Rules for all": merged, spam and deleted tickets are retracted.
"""

from __future__ import annotations

from typing import Final, Literal

from stream.core.ticket import StatusChange, Ticket

LIFECYCLE = frozenset({"pending", "resolved", "reopened", "closed", "abandoned", "merged", "spam", "deleted"})
RETRACTED = frozenset({"merged", "spam", "deleted"})
REOPENED = "reopened"
OPEN = frozenset({None, "pending", REOPENED})
_SETTLING = RETRACTED | {REOPENED}  # what was before these does not matter


WaitName = Literal["first", "reply"]
FIRST: Final = "first"
REPLY: Final = "reply"
WAITS: tuple[WaitName, ...] = (FIRST, REPLY)
"""What a customer can wait for: a first response, or a reply after one."""

UNANSWERED, REPLY_WAITING, PENDING, ANSWERED = "unanswered", "reply_waiting", "pending", "answered"
BACKLOG_STATES = (UNANSWERED, REPLY_WAITING, PENDING, ANSWERED)
"""The first that fits an open ticket counts; the first ones are those of WAITS, in their order."""


def lifecycle(ticket: Ticket) -> StatusChange | None:
    """Return the status change that is in force: the latest of those that change the lifecycle.

    A retracted ticket comes back by being re-opened only. Helpdesks close what they merge, to tidy up.
    """
    latest = None
    for change in reversed(ticket.statuses):
        kind = change.kind
        if kind in _SETTLING:
            return latest if latest is not None and kind == REOPENED else change
        if latest is None and kind in LIFECYCLE:
            latest = change
    return latest


def is_open(ticket: Ticket) -> bool:
    """Say whether a ticket is opened and neither done nor retracted."""
    change = lifecycle(ticket)
    return ticket.opening is not None and (change.kind if change else None) in OPEN
