"""Events on their way out of a row: their fields, their time, and ids that a second import makes again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from schemas.fields import MAX_ID_CHARACTERS
from stream.mapping.declared import At, EventLog, TicketTable
from stream.mapping.kinds import Kind, kinds
from stream.mapping.moment import Moment, duration_us, written
from stream.mapping.refusal import Cause, Refusal
from stream.mapping.template import Template
from stream.mapping.values import Value

JsonEvent = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """An event without its id."""

    kind: Kind
    at_us: int
    ticket: str
    fields: Mapping[str, Any]

    @property
    def key(self) -> str:
        """What the event belongs to: its ticket, else its survey, else its customer."""
        return str(self.ticket or self.fields.get("survey_id") or self.fields.get("customer_id"))

    def event(self, event_id: str) -> JsonEvent:
        """Write the event out."""
        ticket = {"ticket_id": self.ticket} if self.ticket else {}
        return {
            "type": self.kind.type,
            "version": 1,
            "event_id": event_id,
            "occurred_at": written(self.at_us),
            **ticket,
            **self.kind.fixed,
            **self.fields,
        }


def moment_of(mapping: EventLog | TicketTable, at: At, cells: Mapping[str, str]) -> Moment | Refusal | None:
    """Tell when it happened; None if a cell for that is empty."""
    text = at.from_.render(cells).strip()
    if not text:
        return None
    moment = mapping.time.read(text)
    if isinstance(moment, Refusal) or at.plus is None:
        return moment
    more = at.plus.render(cells).strip()
    if not more:
        return None
    duration = duration_us(more, at.unit)
    return duration if isinstance(duration, Refusal) else Moment(moment.at_us + duration, moment.clock)


def fields_of(
    kind: Kind, cells: Mapping[str, str], *, agent: Template | None, values: Iterable[tuple[str, Value]]
) -> dict[str, Any] | Refusal:
    """Fill the fields that this kind of event has; of two values for one field the later wins."""
    fields: dict[str, Any] = {}
    for name, value in values:
        shape = kind.fields.get(name)
        if shape is None:
            continue
        text = value.render(cells, is_open=bool(shape.knows))
        found = shape.read(name, text) if isinstance(text, str) else text
        if isinstance(found, Refusal):
            return found
        if found is not None:
            fields[name] = found
    for name, shape in kind.fields.items():
        if shape.required and name not in fields:
            return Refusal(Cause.VALUE, f"{name} is empty; a {kind.type} event needs it")
    if agent is not None and "agent_id" in kind.fields and fields.get("author", "agent") == "agent":
        name = agent.render(cells).strip()
        if name:
            fields.setdefault("agent_id", name)
    return fields


def draft_of(
    mapping: EventLog | TicketTable,
    emit: str,
    at_us: int,
    cells: Mapping[str, str],
    values: Iterable[tuple[str, Value]],
    *,
    ticket: Template | None = None,
) -> Draft | Refusal:
    """Draft one event of a row; `ticket` is a template for its ticket in place of the mapping's."""
    kind = kinds()[emit]
    template = ticket or mapping.ticket
    ticket_id = template.render(cells).strip() if template else ""
    if kind.about_ticket and not ticket_id:
        text = template.text if template else ""
        return Refusal(Cause.NO_TICKET, f"{text} is empty; a {kind.type} event needs a ticket")
    fields = fields_of(kind, cells, agent=mapping.agent, values=values)
    return fields if isinstance(fields, Refusal) else Draft(kind, at_us, ticket_id, fields)


def numbered_id(draft: Draft, n: int) -> str:
    """Make the id of the nth event of a ticket at one instant.

    Ids break ties of time, so events of one instant keep the order in which they stand in the file.
    """
    return _within(draft.key, f"/{_stamp(draft.at_us)}/{n:03d}")


def content_id(draft: Draft) -> str:
    """Make the id of an event from what it says, for rows that are read without the rest of their ticket."""
    said = orjson.dumps({"type": draft.kind.type, **draft.kind.fixed, **draft.fields}, option=orjson.OPT_SORT_KEYS)
    return _within(draft.key, f"/{_stamp(draft.at_us)}/{blake2b(said, digest_size=6).hexdigest()}")


def _stamp(at_us: int) -> str:
    return written(at_us).replace("-", "").replace(":", "")


def within(event_id: str) -> str:
    """Return an id that a mapping gives, or what stands for it if it is longer than ids may be."""
    if len(event_id) <= MAX_ID_CHARACTERS:
        return event_id
    return f"{event_id[:64]}/{blake2b(event_id.encode(), digest_size=16).hexdigest()}"


def _within(key: str, rest: str) -> str:
    if len(key) + len(rest) > MAX_ID_CHARACTERS:
        key = blake2b(key.encode(), digest_size=16).hexdigest()
    return key + rest
