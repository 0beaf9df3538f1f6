"""A ticket's events as records of one width, of which the frame of many tickets is made.

Records stand in the one order of events: by time, then event id; of an event of each kind with the same time and id the
message comes first. Numbers in a record are codes of this process (`stream.model.names`).
"""

from __future__ import annotations

from struct import Struct

import numpy as np

from stream.core.policy import DIMENSIONS
from stream.core.ticket import Ticket
from stream.model.names import NO_ATTRIBUTES, Names
from stream.model.times import Mask

RECORD = np.dtype(
    [
        ("at", "<i8"),
        ("agent", "<u4"),
        ("kind", "u1"),
        ("customer", "u1"),
        ("attributes", "<u2", (len(DIMENSIONS),)),
    ]
)

OPENED, OPENED_BY_AGENT, WRITTEN = "opened", "opened-by-agent", "written"
MESSAGES = ("agent", "bot", "system", "customer", "agent-note", "bot-note", "system-note", "customer-note")
STATUSES = (
    *("pending", "resolved", "reopened", "closed", "abandoned", "merged", "spam", "deleted"),
    *("transferred", "escalated", "updated"),
)
# `written`: attributes written by an event that does not count otherwise, such as a second opening.
KINDS = {name: code for code, name in enumerate((OPENED, OPENED_BY_AGENT, *MESSAGES, *STATUSES, WRITTEN))}
NOTHING = len(KINDS)  # the kind of no record

# Whose customer an event says the ticket is: nothing is said, the one for whom it is looked at, somebody else.
UNSAID, THEIRS, ANOTHERS = range(3)

_HEAD = Struct("<qIBB").pack


def kinds(*names: str) -> Mask:
    """Return for each kind of record whether it is one of these."""
    table = np.zeros(NOTHING + 1, bool)
    table[[KINDS[name] for name in names]] = True
    return table


def records(ticket: Ticket, names: Names, customer_id: str | None = None) -> bytes:
    """Return the records of a ticket. customer_id: the customer for whom it is looked at, if it is."""
    written = {write[:2]: write.values for write in ticket.writes}

    def record(at: int, event_id: str, kind: str, agent: str = "") -> bytes:
        head = at, names.agents.code(agent), KINDS[kind]
        values = written.pop((at, event_id), None)
        if values is None:
            return _HEAD(*head, UNSAID) + NO_ATTRIBUTES
        customer = values.get("customer_id")
        whose = UNSAID if customer is None else THEIRS if customer == customer_id else ANOTHERS
        return _HEAD(*head, whose) + names.pack(values)

    found = [
        (at, event_id, 0, _HEAD(at, names.agents.code(agent), KINDS[kind], UNSAID) + NO_ATTRIBUTES)
        for at, event_id, kind, agent in ticket.messages
    ]
    if ticket.opening is not None:
        at, event_id, opened_by = ticket.opening
        kind = OPENED_BY_AGENT if opened_by == "agent" else OPENED
        found.append((at, event_id, 1, record(at, event_id, kind)))
    found += [(*change[:2], 1, record(*change)) for change in ticket.statuses]
    found += [(*write, 1, record(*write, WRITTEN)) for write in list(written)]
    found.sort()
    return b"".join([packed for *_, packed in found])
