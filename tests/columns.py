"""Desks for what is counted in columns: tickets of any history, under any policy."""

from __future__ import annotations

import random
from functools import reduce
from typing import Any

from hypothesis import strategies as st

from stream.core.labels import LabelBook
from stream.core.policy import DIMENSIONS, AgentOpened, Policy, Responder
from stream.core.ticket import EMPTY, Ticket, lift
from stream.core.ticket_merge import merge
from stream.core.windows import DayStart
from stream.counting.ticket_books import Kept
from stream.model.frame import Tickets
from stream.model.names import Names
from stream.model.records import records
from stream.model.survey_records import survey_records
from stream.policy_file import parse
from tests.events import decoded
from tests.property.crowd import Crowd
from tests.property.policies import any_policy

Event = dict[str, Any]


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Draw a policy: any responder, labels and bounds, and whatever policy file."""
    return Policy(
        responder=draw(st.sampled_from(Responder)),
        agent_opened=draw(st.sampled_from(AgentOpened)),
        labels=draw(st.sampled_from([("channel", "priority", "queue"), ("queue",), (), DIMENSIONS])),
        label_limit=draw(st.sampled_from([1, 2, 50])),
        day=draw(st.sampled_from([DayStart(), DayStart("Europe/Berlin", 6), DayStart("Asia/Kathmandu", 23)])),
        definitions=parse(any_policy(random.Random(draw(st.integers(0, 1 << 32)))), "drawn"),
    )


def crowds(tickets: int = 12) -> st.SearchStrategy[list[Event]]:
    """Draw the events of a crowd: many at the same instants, of every kind, with ids that come twice."""
    return st.integers(0, 1 << 32).map(lambda seed: Crowd(seed).gather(tickets))


def states(events: list[Event]) -> dict[str, Ticket]:
    """Return what the events of tickets and of their surveys come to, by the name of each."""
    by_ticket: dict[str, list[Event]] = {}
    for event in events:
        if not event["type"].startswith("customer."):
            by_ticket.setdefault(event.get("ticket_id", "survey " + event.get("survey_id", "")), []).append(event)
    return {name: reduce(merge, map(lift, decoded(*told)), EMPTY) for name, told in by_ticket.items()}


def kept(ticket: Ticket, names: Names) -> Kept:
    """Return what a ticket is counted by."""
    return Kept(records(ticket, names), survey_records(ticket.surveys, names))


def frame(tickets: list[Ticket], policy: Policy) -> tuple[Tickets, LabelBook]:
    """Return the frame of tickets, and the book that it has its labels of."""
    book = LabelBook(policy.labels, policy.label_limit)
    names = Names(policy, book)
    return Tickets([records(ticket, names) for ticket in tickets], policy, names), book
