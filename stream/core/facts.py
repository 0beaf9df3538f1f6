"""What a ticket's events come to: derived once, read by every KPI family.

docs/metrics/README.md, "Rules for all": merged, spam and deleted tickets are retracted.
"""

from __future__ import annotations

from typing import NamedTuple

from stream.core.policy import AgentOpened, Policy, Responder
from stream.core.ticket import Message, Opening, StatusChange, Ticket

LIFECYCLE = frozenset({"pending", "resolved", "reopened", "closed", "abandoned", "merged", "spam", "deleted"})
RETRACTED = frozenset({"merged", "spam", "deleted"})
REOPENED = "reopened"
OPEN = frozenset({None, "pending", REOPENED})
_SETTLING = RETRACTED | {REOPENED}  # what was before these does not matter
HANDOFF = frozenset({"transferred", "escalated"})

QUALIFYING = {
    Responder.HUMAN: frozenset({"agent"}),
    Responder.ANY: frozenset({"agent", "bot", "system"}),
    Responder.AFTER_HANDOFF: frozenset({"agent"}),
}
_BOT = frozenset({"bot"})  # an acknowledgement by the system hands nothing over
CUSTOMER = frozenset({"customer", "customer-note"})

UNANSWERED, ANSWERED, PENDING = "unanswered", "answered", "pending"
BACKLOG_STATES = (UNANSWERED, ANSWERED, PENDING)


class Facts(NamedTuple):
    """The facts of one ticket that has an opening and is not retracted; times in microseconds.

    responded_us and first_response_us (the duration) are None before the first response, and for a ticket that
    takes no part in FRT. backlog_state is None for a ticket that is not open. awaiting says that it is open, takes
    part in FRT and has no first response; given_up_us, when it was abandoned without one.
    """

    opened_us: int
    responded_us: int | None
    first_response_us: int | None
    backlog_state: str | None
    awaiting: bool
    takes_part: bool = True
    given_up_us: int | None = None


def lifecycle(ticket: Ticket) -> StatusChange | None:
    """Return the status change that is in force: the latest of those that change the lifecycle.

    A retracted ticket comes back by being re-opened only. Helpdesks close what they merge, to tidy up.
    """
    latest = None
    for change in reversed(ticket.statuses):
        kind = change[2]  # a name costs as much again, and this is asked for each event
        if kind in _SETTLING:
            return latest if latest is not None and kind == REOPENED else change
        if latest is None and kind in LIFECYCLE:
            latest = change
    return latest


def is_open(ticket: Ticket) -> bool:
    """Say whether a ticket is opened and neither done nor retracted."""
    change = lifecycle(ticket)
    return ticket.opening is not None and (change.kind if change else None) in OPEN


def facts(opening: Opening, ticket: Ticket, change: StatusChange | None, policy: Policy) -> Facts:
    """Derive the facts of a ticket that is not retracted, from its opening and the status change in force."""
    status = change.kind if change else None
    takes_part = opening.opened_by != "agent" or policy.agent_opened is AgentOpened.NEXT_PUBLIC
    response = _first(ticket.messages, QUALIFYING[policy.responder], opening) if takes_part else None
    duration = None
    if response is not None:
        start = opening.at_us
        if policy.responder is Responder.AFTER_HANDOFF:
            start = _handoff_us(ticket, opening, response)
        duration = response.at_us - start
    awaiting = takes_part and response is None and status in OPEN
    backlog_state = None
    if status in OPEN:
        if change is not None and status == "pending" and not _customer_wrote_after(change, ticket):
            backlog_state = PENDING
        else:
            backlog_state = UNANSWERED if awaiting else ANSWERED
    given_up_us = None
    if change is not None and status == "abandoned" and takes_part and response is None:
        given_up_us = max(change.at_us, opening.at_us)
    responded_us = response.at_us if response else None
    return Facts(opening.at_us, responded_us, duration, backlog_state, awaiting, takes_part, given_up_us)


def _first(messages: tuple[Message, ...], kinds: frozenset[str], opening: Opening) -> Message | None:
    """Return the earliest message of these kinds at or after the opening: one before it answers something else."""
    for message in messages:
        if message.kind in kinds and message.at_us >= opening.at_us:
            return message
    return None


def _handoff_us(ticket: Ticket, opening: Opening, response: Message) -> int:
    """Return when the bot handed over to people, else when the ticket was opened."""
    bot = _first(ticket.messages, _BOT, opening)
    if bot is None:
        return opening.at_us
    handoffs = [
        change.at_us
        for change in ticket.statuses
        if change.kind in HANDOFF and bot.at_us < change.at_us <= response.at_us
    ]
    return handoffs[-1] if handoffs else opening.at_us


def _customer_wrote_after(change: StatusChange, ticket: Ticket) -> bool:
    for message in reversed(ticket.messages):
        if message[:2] <= change[:2]:
            return False
        if message.kind in CUSTOMER:
            return True
    return False
