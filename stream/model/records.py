"""A ticket's events as records of one width, of which the frame of many tickets is made.

Records stand in the one order of events: by time, then event id; of an event of each kind with the same time and id the
message comes first. Numbers in a record are codes of this process (`stream.model.names`).
"""

from __future__ import annotations

from struct import Struct

import numpy as np

from stream.core.policy import DIMENSIONS
from stream.core.ticket import Ticket
from stream.model.names import Names, Values
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
WIDTH = RECORD.itemsize

OPENED, OPENED_BY_AGENT, WRITTEN = "opened", "opened-by-agent", "written"
MESSAGES = ("agent", "bot", "system", "customer", "agent-note", "bot-note", "system-note", "customer-note")
STATUSES = (
    *("pending", "resolved", "reopened", "closed", "abandoned", "merged", "spam", "deleted"),
    *("transferred", "escalated", "updated"),
)
# `written`: attributes written by an event that does not count otherwise, such as a second opening.
KINDS = {name: code for code, name in enumerate((OPENED, OPENED_BY_AGENT, *MESSAGES, *STATUSES, WRITTEN))}
NOTHING = len(KINDS)  # the kind of no record

# At one instant, what lets somebody wait comes before what ends a wait.
_RANKS: tuple[tuple[str, ...], ...] = (
    (OPENED, OPENED_BY_AGENT),
    ("customer", "customer-note"),
    ("reopened",),
    ("bot", "bot-note", "system", "system-note"),
    ("agent", "agent-note"),
)
RANK = np.full(NOTHING + 1, len(_RANKS), np.int8)
for _rank, _kinds in enumerate(_RANKS):
    RANK[[KINDS[name] for name in _kinds]] = _rank

# Whose customer an event says the ticket is: nothing is said, the one for whom it is looked at, somebody else.
UNSAID, THEIRS, ANOTHERS = range(3)

NO_VALUES: Values = (None,) * len(DIMENSIONS)
_MOST_TAILS = 1 << 16

packed_at = Struct("<q").pack
"""Packs the time in microseconds with which a record begins."""
_HEAD = Struct("<IBB").pack


def kinds(*names: str) -> Mask:
    """Return for each kind of record whether it is one of these."""
    table = np.zeros(NOTHING + 1, bool)
    table[[KINDS[name] for name in names]] = True
    return table


def record(  # noqa: PLR0917  # called for each event; names would cost as much as the rest
    names: Names, at: int, kind: str, agent: str | None = None, values: Values = NO_VALUES, whose: int = UNSAID
) -> bytes:
    """Return one record: of an event at a time in microseconds, of a kind, by an agent who may be named.

    values: what it writes. whose: whether it says who the customer is, as above.
    """
    tail = names.tails.get((kind, agent, values, whose))
    return packed_at(at) + (tail_of(names, kind, agent, values, whose) if tail is None else tail)


def tail_of(
    names: Names, kind: str, agent: str | None = None, values: Values = NO_VALUES, whose: int = UNSAID
) -> bytes:
    """Return what a record says behind its time. It is kept, and others may keep it in `names.tails` by their keys."""
    key = kind, agent, values, whose
    tail = names.tails.get(key)
    if tail is None:
        if len(names.tails) >= _MOST_TAILS:
            names.tails.clear()
        tail = _HEAD(names.agents.code(agent or ""), KINDS[kind], whose) + names.pack(values)
        names.tails[key] = tail
    return tail


def records(ticket: Ticket, names: Names, customer_id: str | None = None) -> bytes:
    """Return the records of a ticket. customer_id: the customer for whom it is looked at, if it is."""
    written = {write[:2]: write.values for write in ticket.writes}

    def writing(at: int, event_id: str, kind: str, agent: str = "") -> bytes:
        said = written.pop((at, event_id), {})
        customer = said.get("customer_id")
        whose = UNSAID if customer is None else THEIRS if customer == customer_id else ANOTHERS
        return record(names, at, kind, agent or None, tuple([said.get(name) for name in DIMENSIONS]), whose)

    found = [(at, event_id, 0, record(names, at, kind, agent or None)) for at, event_id, kind, agent in ticket.messages]
    if ticket.opening is not None:
        at, event_id, opened_by = ticket.opening
        found.append((at, event_id, 1, writing(at, event_id, opening_kind(opened_by))))
    found += [(*change[:2], 1, writing(*change)) for change in ticket.statuses]
    found += [(*write, 1, writing(*write, WRITTEN)) for write in list(written)]
    found.sort()
    return b"".join([packed for *_, packed in found])


def opening_kind(by: str) -> str:
    """Return the kind of record of an opening by a customer or an agent."""
    return OPENED_BY_AGENT if by == "agent" else OPENED
