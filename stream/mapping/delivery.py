"""One request of a webhook as JSON: a body of any kind that vendors send, as its headers say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote

import orjson

from schemas.cloudevents import data_of
from schemas.rejected import Rejected
from stream.mapping.refusal import Cause, Refusal
from stream.mapping.values import shown

MAX_BODY_BYTES = 1_048_576
_DEEPEST = 100
_MOST_FIELDS = 1_000
_CE = "ce-"
_LONG_DIGITS = 19  # fewer fit in 64 bits
_LONG = re.compile(rf"[0-9]{{{_LONG_DIGITS},}}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request of a webhook.

    headers and query are read without regard to case; received_us is when it came, in microseconds since the epoch,
    which is also the present for the decoder, that refuses events of the future.
    """

    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]
    received_us: int


def texts(given: Mapping[str, str]) -> dict[str, str]:
    """Return names, folded, and values; bytes that are no text (which HTTP allows) become question marks."""
    return {
        (name if name.isascii() else _clean(name)).casefold(): value if value.isascii() else _clean(value)
        for name, value in given.items()
    }


def content_of(body: bytes, headers: Mapping[str, str], form: Literal["auto", "cloudevents"]) -> Any | Refusal:
    """Return what a body says as JSON, a list of structured CloudEvents for `cloudevents`; headers as of `texts`."""
    if len(body) > MAX_BODY_BYTES:
        return Refusal(Cause.TOO_LARGE, f"got {len(body):,} bytes; accepts up to {MAX_BODY_BYTES:,}")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if form == "cloudevents":
        return _cloud_events(body, headers, kind)
    return _form(body) if kind == "application/x-www-form-urlencoded" else json_of(body)


def json_of(text: bytes | str) -> Any | Refusal:
    """Read JSON; a refusal for what is none, or is nested deeper than anything that people mean."""
    try:
        content = orjson.loads(text)
        if _LONG.search(text if isinstance(text, str) else text.decode("utf-8", "replace")):
            content = json.loads(text, parse_int=_whole)  # orjson keeps 17 digits of them
    except (ValueError, RecursionError) as error:
        return Refusal(Cause.NOT_JSON, str(error))
    # Only a text with so many brackets can be nested so deeply, and few have them.
    raw = text.encode() if isinstance(text, str) else text
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST and _is_deep(content):
        return Refusal(Cause.NOT_JSON, f"is nested more than {_DEEPEST} levels deep")
    return content


def _whole(digits: str) -> int | str:
    """Return an integer, one of more than 64 bits as its digits: nothing but an id is so long."""
    return int(digits) if len(digits) < _LONG_DIGITS else digits


def _is_deep(content: Any) -> bool:
    level = [content]
    for _ in range(_DEEPEST):
        below = [part for value in level for part in (value.values() if isinstance(value, dict) else value)]
        level = [part for part in below if isinstance(part, dict | list)]
    return bool(level)


def _form(body: bytes) -> dict[str, str] | Refusal:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return Refusal(Cause.TOO_LARGE, f"the form has more fields than the {_MOST_FIELDS:,} that are accepted")
    return dict(reversed(pairs))  # of a field that is there twice the first counts, as in a CSV


def _cloud_events(body: bytes, headers: Mapping[str, str], kind: str) -> list[Any] | Refusal:
    if "ce-specversion" in headers and not kind.startswith("application/cloudevents"):
        attributes = {name[len(_CE) :]: unquote(value) for name, value in headers.items() if name.startswith(_CE)}
        data = json_of(body)
        return data if isinstance(data, Refusal) else [{**attributes, "data": data}]
    if kind.startswith("application/cloudevents") and not kind.endswith(("cloudevents", "-batch", "+json")):
        return Refusal(Cause.NOT_JSON, f"Content-Type: got {shown(kind)}; accepts CloudEvents in JSON")
    content = json_of(body)
    if isinstance(content, Refusal):
        return content
    return [_with_data(event) for event in (content if isinstance(content, list) else [content])]


def _with_data(event: Any) -> Any:
    """Return a structured CloudEvent with its data readable where it is JSON in base64."""
    if not isinstance(event, dict) or "data_base64" not in event:
        return event
    data = data_of(event)
    return event if isinstance(data, Rejected) else {**event, "data": data}


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
