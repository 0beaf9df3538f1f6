"""One ticket as the desk sees it: more than its events say, less than a helpdesk's record."""

from __future__ import annotations

from stream.simulate.channel import CHANNELS
from stream.simulate.customer import Customer


class Ticket:
    """A ticket in work. Mutable and slotted: a load test makes millions of them."""

    __slots__ = (
        "agent",
        "answered_us",
        "by_agent",
        "channel",
        "customer",
        "duplicate_of",
        "gives_up_us",
        "id",
        "live",
        "number",
        "opened_us",
        "priority",
        "queue",
        "reopened",
        "resolved",
        "surveys",
        "team",
        "touches",
        "transfers",
        "urgency",
        "waiting",
    )

    def __init__(self, number: int, ticket_id: str, opened_us: int, channel: str, customer: Customer) -> None:
        self.number = number
        self.id = ticket_id
        self.opened_us = opened_us
        self.channel = channel
        self.customer = customer
        self.live = CHANNELS[channel].live
        #: what the ticket says, None when it came without; `team` and `urgency` are what the desk goes by
        self.queue: str | None = None
        self.priority: str | None = None
        self.team = ""
        self.urgency = "normal"
        self.by_agent = False
        self.duplicate_of: str | None = None
        self.agent = ""
        self.waiting = False
        self.gives_up_us = 0
        self.answered_us: int | None = None
        self.touches = 0
        self.transfers = 0
        self.reopened = 0
        self.resolved = 0
        self.surveys = 0
