"""One line of an event file, and the row it becomes."""

import base64
import json
import re
from enum import StrEnum
from hashlib import sha256
from typing import Any

from stream.verify.instant import microseconds
from stream.verify.shape import ATTRIBUTES, DEFAULTS, SHAPES, TEXT_LENGTH, TEXTS, WORDS

# The columns of a row: those which some number depends on. `entity` is the id that the event belongs to, `commented`
# says whether it has a comment that is not blank.
COLUMNS: dict[str, str] = {
    "type": "VARCHAR",
    "event_id": "VARCHAR",
    "us": "BIGINT",
    "entity": "VARCHAR",
    "ticket_id": "VARCHAR",
    "opened_by": "VARCHAR",
    "author": "VARCHAR",
    "public": "BOOLEAN",
    "agent_id": "VARCHAR",
    "status": "VARCHAR",
    "to_queue": "VARCHAR",
    "channel": "VARCHAR",
    "priority": "VARCHAR",
    "queue": "VARCHAR",
    "brand": "VARCHAR",
    "segment": "VARCHAR",
    "language": "VARCHAR",
    "customer_id": "VARCHAR",
    "survey_id": "VARCHAR",
    "instrument": "VARCHAR",
    "touchpoint": "VARCHAR",
    "score": "BIGINT",
    "scale_max": "BIGINT",
    "amount": "DOUBLE",
    "purchase_id": "VARCHAR",
    "signal": "VARCHAR",
    "commented": "BOOLEAN",
}
# The columns that are a field of the event each.
_FIELDS = tuple(COLUMNS)[4:-1]
# By type: the fields that fill these columns, where the type has them; and the places of those that have a default.
_CARRIED = {
    kind: tuple(field if field in required or field in optional else None for field in _FIELDS)
    for kind, (required, optional) in SHAPES.items()
}
_DEFAULTS = {
    kind: tuple((_FIELDS.index(field), value) for field, value in DEFAULTS.get(kind, {}).items()) for kind in SHAPES
}


class Reason(StrEnum):
    """Why a line is no event."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    BAD_CLOUDEVENT = "bad_cloudevent"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_VERSION = "unknown_version"
    WRONG_FIELD = "wrong_field"


class MalformedError(ValueError):
    """A line that holds no event: the reason, and the field if one is to blame."""

    def __init__(self, reason: Reason, field: str = "") -> None:
        """Keep the reason, by which lines are counted."""
        super().__init__(f"{reason} {field}".rstrip())
        self.reason = reason


_VERSIONED = re.compile(r"(.+)[./:][vV]([0-9]{1,4})(?:[.][0-9]+)*")


class UntimedError(MalformedError):
    """An event in every respect but that nobody says when it happened, as a CloudEvent need not."""


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def row(line: bytes, max_bytes: int = 1_048_576, otherwise: str | None = None) -> tuple[Any, ...]:
    """The row of COLUMNS that the event on `line` makes. Raises MalformedError.

    otherwise: the time of a CloudEvent that says none.
    """
    if len(line) > max_bytes:
        raise MalformedError(Reason.TOO_LARGE)
    event = _json(line)
    if not isinstance(event, dict):
        raise MalformedError(Reason.NOT_AN_OBJECT)
    is_cloudevent = "specversion" in event
    event = _plain(_unwrapped(event) if is_cloudevent else event)
    if is_cloudevent and otherwise is not None:
        event.setdefault("occurred_at", otherwise)
    kind = event.get("type")
    if not isinstance(kind, str) or kind not in SHAPES:
        raise MalformedError(Reason.UNKNOWN_TYPE)
    version = event.get("version")
    if type(version) is not int or version != 1:  # True equals 1, and so does 1.0
        raise MalformedError(Reason.UNKNOWN_VERSION)
    _check(kind, event)
    if is_cloudevent and "occurred_at" not in event:
        raise UntimedError(Reason.WRONG_FIELD, "occurred_at")
    try:
        time_us = microseconds(event["occurred_at"])
    except (KeyError, TypeError, ValueError):
        raise MalformedError(Reason.WRONG_FIELD, "occurred_at") from None
    carried = [event.get(field) if field else None for field in _CARRIED[kind]]
    for place, default in _DEFAULTS[kind]:
        if carried[place] is None:
            carried[place] = default
    if kind == "survey.answered":
        score = event.get("score")
        if score is not None and score > 10 and event.get("instrument") not in ("csat", "ces"):
            raise MalformedError(Reason.WRONG_FIELD, "score")
    if kind == "ticket.opened":  # by anybody but an agent: by the customer
        by = _FIELDS.index("opened_by")
        carried[by] = "agent" if str(carried[by]).strip().casefold() == "agent" else "customer"
    commented = kind == "survey.answered" and bool((event.get("comment") or "").strip())
    return (kind, event["event_id"], time_us, _entity(kind, event), *carried, commented)


def _json(line: bytes) -> Any:
    try:
        characters = line.decode()
        value = _DECODER.decode(characters)
        if "\\u" in characters:
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        raise MalformedError(Reason.NOT_JSON) from None
    return value


def _plain(event: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something, as texts and in the letter case that they are declared in.

    What is null or empty says nothing, but that null takes an attribute away with status `updated`; that is kept as an
    empty text.
    """
    texts = {name: value for name, value in event.items() if isinstance(value, str)}
    words = {name: text.strip().casefold() for name, text in texts.items() if name in WORDS}
    changes = words.get("type") == "ticket.status" and words.get("status") == "updated"
    plain: dict[str, Any] = {}
    for name, value in (event | words).items():
        if value is None and changes and name in ATTRIBUTES:
            plain[name] = ""
        elif value is not None and value != "":
            plain[name] = str(value) if name in TEXTS and type(value) is int else value
    return plain


def _check(kind: str, event: dict[str, Any]) -> None:
    required, optional = SHAPES[kind]
    for field, holds in required.items():
        if not holds(event.get(field)):
            raise MalformedError(Reason.WRONG_FIELD, field)
    for field, value in event.items():
        if value != "" and field in optional and not optional[field](value):
            raise MalformedError(Reason.WRONG_FIELD, field)


def _entity(kind: str, event: dict[str, Any]) -> str:
    """The id an event belongs to, with its kind: a ticket, a survey that no ticket has, or a customer."""
    if kind.startswith("customer."):
        return f"c:{event['customer_id']}"
    if event.get("ticket_id") is not None:
        return f"t:{event['ticket_id']}"
    return f"s:{event['survey_id']}"


def _unwrapped(envelope: dict[str, Any]) -> dict[str, Any]:
    """The event in a structured CloudEvent 1.0; what its data leaves out, the envelope says."""
    if envelope["specversion"] != "1.0":
        raise MalformedError(Reason.BAD_CLOUDEVENT, "specversion")
    for field in ("id", "source", "type"):
        if not isinstance(envelope.get(field), str) or not envelope[field]:
            raise MalformedError(Reason.BAD_CLOUDEVENT, field)
    data = envelope.get("data")
    if data is None and isinstance(envelope.get("data_base64"), str):
        try:
            data = _json(base64.b64decode(envelope["data_base64"], validate=True))
        except ValueError:
            raise MalformedError(Reason.BAD_CLOUDEVENT, "data_base64") from None
    if data is not None and not isinstance(data, dict):  # which an event need not have
        raise MalformedError(Reason.BAD_CLOUDEVENT, "data")
    versioned = _VERSIONED.fullmatch(envelope["type"])  # com.example.ticket.opened.v1
    name, version = (versioned[1], int(versioned[2])) if versioned else (envelope["type"], 1)
    event_id = f"{envelope['source']}#{envelope['id']}"
    outside: dict[str, Any] = {
        "version": version,
        "type": ".".join(name.split(".")[-2:]),  # com.example.ticket.opened -> ticket.opened
        "event_id": event_id if len(event_id) <= TEXT_LENGTH else f"sha256:{sha256(event_id.encode()).hexdigest()}",
        "occurred_at": envelope.get("time"),
        "ticket_id": envelope.get("subject"),
    }
    said = data or {}
    if not str(said.get("type") or outside["type"]).strip().casefold().startswith("ticket."):
        del outside["ticket_id"]  # a survey's or a customer's subject may be anything
    # what its data does not know, the envelope may say
    return outside | {name: value for name, value in said.items() if value not in (None, "") or name not in outside}
