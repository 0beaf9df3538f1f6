"""The words a mapping uses for what happened, and the fields that each kind of event has.

The fields and the texts they accept are read from the event schemas, so a mapping is checked against what the
decoder will accept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, get_args

from schemas.events import EVENT, Status
from stream.mapping.refusal import Cause, Refusal
from stream.mapping.values import shown

Emit = Literal[
    "opened",
    "responded",
    Status,
    "survey_sent",
    "survey_answered",
    "customer_acquired",
    "customer_lost",
    "customer_purchased",
    "customer_refunded",
    "customer_signal",
    "event",
    "nothing",
]
NOTHING, AS_IT_IS = "nothing", "event"
STATUSES: tuple[str, ...] = get_args(Status)
ENDED = frozenset({"resolved", "closed", "abandoned", "merged", "spam", "deleted"})
RETRACTED = frozenset({"merged", "spam", "deleted"})
LIFECYCLE = ENDED | {"pending", "reopened"}
ATTRIBUTES = ("channel", "priority", "queue", "brand", "segment", "language", "customer_id")

# These are written for every event; a mapping has a key of its own for each of them.
OWN_KEYS = {
    "type": "emit",
    "version": None,
    "status": "emit",
    "event_id": "event_id",
    "occurred_at": "at",
    "ticket_id": "ticket",
}


@dataclass(frozen=True, slots=True)
class FieldShape:
    """What a field of an event holds: its JSON type, and the texts it accepts if they are a fixed list.

    knows: the texts that have a meaning without a policy that maps them; any other is taken all the same.
    """

    json_type: str
    accepts: tuple[str, ...]
    required: bool
    knows: tuple[str, ...] = ()

    def state(self, name: str, text: str) -> Any | Refusal:
        """Turn a text of the mapping itself into the field's type, or say what it accepts."""
        return replace(self, accepts=self.accepts or self.knows).read(name, text)

    def read(self, name: str, text: str) -> Any | Refusal:
        """Turn a text from a file into the field's type, or say what it accepts."""
        if self.accepts:
            word = text.casefold()
            if word in self.accepts:
                return word
            return Refusal(Cause.VALUE, f"{name}: got {shown(text)}; accepts {', '.join(self.accepts)}")
        if self.json_type == "boolean":
            word = text.casefold()
            if word in ("true", "false"):
                return word == "true"
            return Refusal(Cause.VALUE, f"{name}: got {shown(text)}; accepts true or false (a map can translate)")
        if self.json_type in ("integer", "number"):
            return self._number(name, text)
        return text

    def _number(self, name: str, text: str) -> Any | Refusal:
        try:
            number = float(text)
            if self.json_type == "number":
                return number
            if number == int(number):
                return int(number)
        except (ValueError, OverflowError):  # OverflowError: int() of an infinity
            pass
        accepts = "a whole number" if self.json_type == "integer" else "a number"
        return Refusal(Cause.VALUE, f"{name}: got {shown(text)}; accepts {accepts}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One word of `emit`: the event type, the fields that the word already says, the fields a mapping may fill."""

    emit: str
    type: str
    fixed: Mapping[str, Any]
    fields: Mapping[str, FieldShape]

    @property
    def about_ticket(self) -> bool:
        """Say whether the event must have a ticket."""
        return self.type.startswith("ticket.")


def _type_of(emit: str) -> tuple[str, dict[str, Any]]:
    if emit == "opened":
        return "ticket.opened", {}
    if emit == "responded":
        return "ticket.responded", {"author": "agent"}
    if emit in STATUSES:
        return "ticket.status", {"status": emit}
    return emit.replace("_", ".", 1), {}


@cache
def kinds() -> dict[str, Kind]:
    """Every word of `emit` that is a kind of event."""
    schema = EVENT.json_schema()
    found: dict[str, Kind] = {}
    for emit in get_args(Emit):
        if emit in (NOTHING, AS_IT_IS):
            continue
        event_type, fixed = _type_of(emit)
        reference = schema["discriminator"]["mapping"][event_type].rsplit("/", 1)[-1]
        model = schema["$defs"][reference]
        fields = {
            name: FieldShape(
                json_type=shape.get("type", "string"),
                accepts=tuple(shape.get("enum", ())),
                knows=tuple(shape.get("examples", ())),
                required=name in model["required"] and name not in fixed,
            )
            for name, shape in model["properties"].items()
            if name not in OWN_KEYS
        }
        found[emit] = Kind(emit, event_type, fixed, fields)
    return found


@cache
def _by_type() -> dict[str, Kind]:
    return {kind.type: kind for kind in kinds().values()}


def kind_of_type(event_type: str) -> Kind | None:
    """Return a kind of event by the type it has in the event; of the statuses any, None for an unknown type."""
    return _by_type().get(event_type)


def explain_field(kind: Kind, name: str) -> str | None:
    """Say what is wrong with filling this field, or None if nothing is."""
    if name in kind.fields:
        return None
    if OWN_KEYS.get(name):
        return f"got {name!r}; that is what `{OWN_KEYS[name]}` is for"
    return f"got {name!r}; a {kind.type} event accepts {', '.join(sorted(kind.fields))}"
