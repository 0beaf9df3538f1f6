"""The events the desk writes down: the only place that knows their fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeAlias

from stream.simulate.chance import HOUR_US, SECOND_US
from stream.simulate.ticket import Ticket

#: one event as it travels, ready for JSON
Event: TypeAlias = dict[str, Any]


class Journal:
    """Collects events in the order in which they happen; `written` is emptied by anyone who reads it."""

    __slots__ = ("_count", "_hour_us", "_prefix", "_stamp", "written")

    def __init__(self, prefix: str) -> None:
        self.written: list[Event] = []
        self._prefix = prefix
        self._count = 0
        self._hour_us = -HOUR_US
        self._stamp = ""

    def _entry(self, kind: str, now_us: int) -> Event:
        into_us = now_us - self._hour_us
        if not 0 <= into_us < HOUR_US:  # formatting a date is dear, and an hour has many events
            into_us = now_us % HOUR_US
            self._hour_us = now_us - into_us
            self._stamp = datetime.fromtimestamp(self._hour_us // SECOND_US, UTC).strftime("%Y-%m-%dT%H")
        seconds, rest_us = divmod(into_us, SECOND_US)
        self._count += 1
        event: Event = {
            "type": kind,
            "version": 1,
            "event_id": f"{self._prefix}-{self._count:09x}",
            "occurred_at": f"{self._stamp}:{seconds // 60:02d}:{seconds % 60:02d}.{rest_us:06d}Z",
        }
        self.written.append(event)
        return event

    def opened(self, now_us: int, ticket: Ticket) -> None:
        event = self._entry("ticket.opened", now_us)
        event["ticket_id"] = ticket.id
        event["channel"] = ticket.channel
        if ticket.priority is not None:
            event["priority"] = ticket.priority
        if ticket.queue is not None:
            event["queue"] = ticket.queue
        customer = ticket.customer
        event["brand"] = customer.brand
        event["segment"] = customer.segment
        if customer.language is not None:
            event["language"] = customer.language
        event["customer_id"] = customer.id
        if ticket.by_agent:
            event["opened_by"] = "agent"

    def responded(self, now_us: int, ticket: Ticket, author: str, *, public: bool = True) -> None:
        """`author` is agent, bot, system or customer; an agent's name is the ticket's agent."""
        event = self._entry("ticket.responded", now_us)
        event["ticket_id"] = ticket.id
        event["author"] = author
        event["public"] = public
        if author == "agent":
            event["agent_id"] = ticket.agent
            if public and ticket.answered_us is None:
                ticket.answered_us = now_us

    def status(self, now_us: int, ticket: Ticket, status: str, **changes: str) -> None:
        """`changes` are the other fields: to_queue, agent_id, merged_into and attributes that changed."""
        event = self._entry("ticket.status", now_us)
        event["ticket_id"] = ticket.id
        event["status"] = status
        if changes:
            event.update(changes)

    def survey(self, now_us: int, kind: str, survey_id: str, fields: Event) -> None:
        """`kind` is sent or answered."""
        event = self._entry(f"survey.{kind}", now_us)
        event["survey_id"] = survey_id
        event.update(fields)

    def customer(self, now_us: int, kind: str, customer_id: str, fields: Event) -> None:
        """`kind` is acquired, lost, purchased or signal."""
        event = self._entry(f"customer.{kind}", now_us)
        event["customer_id"] = customer_id
        event.update(fields)
