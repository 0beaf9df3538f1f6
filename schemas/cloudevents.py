"""CloudEvents 1.0, structured and binary, unwrapped to plain Deskpulse events.

Structured: the record's value is the envelope, the event's fields stand under `data`. Binary: the attributes
are `ce_` headers and the value is the data (CloudEvents Kafka protocol binding 1.0.2). What the data itself
says wins over the envelope; from the envelope come `type`, `time`, `subject` (the ticket) and `source` with
`id`, which only together are unique, so both make the event id.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import orjson

from schemas.fields import MAX_ID_CHARACTERS
from schemas.leniency import folded, taken_away
from schemas.rejected import Reason, Rejected

_PREFIX = "ce_"
# Of a version with a minor part the major one says whether it is understood.
_VERSIONED = re.compile(r"(.+)[./:]v([0-9]{1,4})(?:[.][0-9]+)*", re.IGNORECASE)


def is_structured(record: Mapping[str, Any]) -> bool:
    """Say whether a decoded JSON object is a structured CloudEvent."""
    return "specversion" in record


def is_binary(headers: Sequence[tuple[str, bytes]]) -> bool:
    """Say whether Kafka headers are those of a CloudEvent in binary mode."""
    return any(name == "ce_specversion" for name, _ in headers)


def binary_attributes(headers: Sequence[tuple[str, bytes]]) -> dict[str, str] | None:
    """Return the CloudEvents attributes among Kafka headers, or None if the record is not a CloudEvent."""
    if not is_binary(headers):
        return None
    return {
        name[len(_PREFIX) :]: value.decode("utf-8", "replace")
        for name, value in headers
        if name.startswith(_PREFIX) and value is not None
    }


def unwrap_structured(
    envelope: Mapping[str, Any], loads: Callable[[bytes], Any] = orjson.loads
) -> dict[str, Any] | Rejected:
    """Turn a structured envelope into the plain event, or say what is wrong with it; loads: reads JSON in base64."""
    data = data_of(envelope, loads)
    return data if isinstance(data, Rejected) else unwrap(envelope, data)


def data_of(envelope: Mapping[str, Any], loads: Callable[[bytes], Any] = orjson.loads) -> Any | Rejected:
    """Return the data of a structured envelope, which may be JSON in base64, or say what is wrong with it."""
    data = envelope.get("data")
    if data is None and isinstance(envelope.get("data_base64"), str):
        try:
            return loads(base64.b64decode(envelope["data_base64"], validate=True))
        except ValueError as error:  # of base64, of JSON, and of texts that are not ASCII
            return Rejected(Reason.BAD_CLOUDEVENT, f"data_base64 does not hold JSON: {error}")
    return data


def unwrap(attributes: Mapping[str, Any], data: Any) -> dict[str, Any] | Rejected:
    """Combine CloudEvents attributes and data, None where there is none, into the plain event, or say what is wrong."""
    if attributes.get("specversion") != "1.0":
        return Rejected(Reason.BAD_CLOUDEVENT, f"specversion: got {_show(attributes.get('specversion'))}, accepts 1.0")
    for name in ("id", "source", "type"):
        if not isinstance(attributes.get(name), str) or not attributes[name]:
            return Rejected(Reason.BAD_CLOUDEVENT, f"{name}: got {_show(attributes.get(name))}, accepts a text")
    if data is not None and not isinstance(data, dict):
        return Rejected(Reason.BAD_CLOUDEVENT, f"data: got {_show(data)}, accepts a JSON object")
    kind, version = _type_of(attributes["type"])
    event: dict[str, Any] = {"version": version} | _said(data or {}, kind)
    event.setdefault("type", kind)
    event.setdefault("event_id", _id_of(attributes["source"], attributes["id"]))
    if attributes.get("time") is not None:
        event.setdefault("occurred_at", attributes["time"])
    if attributes.get("subject") is not None and folded(str(event["type"])).startswith("ticket."):
        event.setdefault("ticket_id", attributes["subject"])
    return event


def _said(data: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return what the data says; null and an empty text say nothing, unless null takes an attribute away."""
    said = {name: value for name, value in data.items() if value is not None and value != ""}
    return said | dict.fromkeys(taken_away({"type": kind, **data}))


def _type_of(name: str) -> tuple[str, int]:
    """Return the type of an event without what CloudEvents puts around it, and its version: 1 if there is none.

    com.example.ticket.opened -> ticket.opened, com.example.ticket.opened.v1 -> ticket.opened.
    """
    plain, version = name, 1
    if found := _VERSIONED.fullmatch(name):
        plain, version = found[1], int(found[2])
    return folded(".".join(plain.split(".")[-2:])), version


def _id_of(source: str, name: str) -> str:
    """Return an event id of source and id, which only together are unique; of what is longer than one, a digest."""
    both = f"{source}#{name}"
    return both if len(both) <= MAX_ID_CHARACTERS else f"sha256:{sha256(both.encode()).hexdigest()}"


def _show(value: Any) -> str:
    return repr(value)[:80]
