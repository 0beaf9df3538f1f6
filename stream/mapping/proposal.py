"""A mapping proposed for bodies that nobody has mapped yet: a file to begin with, which a person then corrects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from stream.mapping.document import as_text
from stream.mapping.kinds import NOTHING
from stream.mapping.moment import TimeReading
from stream.mapping.refusal import Refusal
from stream.mapping.values import shown

Leaf = tuple[str, str]
"""A path as it stands inside braces, and the text that is there."""

_MOST_LEAVES, _DEEPEST, _SHOWN = 400, 8, 60
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[^{}?=\s.][^{}?.]*")
_TIME_FORMATS = ("iso", "unix_ms", "unix", "rfc_2822")
_PLAUSIBLE_US = range(1_262_304_000_000_000, 4_102_444_800_000_000)  # 2010 to 2100: an id is seldom a time then
# What a path is called, best first.
_EVENT = (
    *(r"event_?type$", r"(webhook|_)event$", r"^event$", r"subscription_?type$"),
    *(r"topic$", r"action$", r"what$", r"type$"),
)
_TICKET = (
    r"(ticket|case|conversation|issue|task|contact)s?[._]?(number|id|sid)$",
    r"(ticket|case|conversation|issue)$",
    r"^id$",
)
_TIME = (r"occurred", r"timestamp", r"time$", r"created", r"updated", r"date", r"at$")
_MESSAGE = (r"(message|comment|reply|article|part|note)[._]?id$", r"event_?id$", r"^id$", r"sid$")
_FIELDS = {
    "channel": (r"channel$", r"(^|\.)via$", r"medium$", r"source(\.type)?$"),
    "priority": (r"priority(\.name)?$", r"urgency$"),
    "queue": (r"(group|team|queue|department|inbox)(\.name)?$", r"(group|team|queue)_?(name|id)$"),
    "brand": (r"(^|[._])brand(\.name|_id)?$",),
    "language": (r"(language|locale)$",),
    "customer_id": (r"(^|[._])(customer|requester|contact|user)(\.id|_?id)$", r"(^|\.)(customer|requester)$"),
}
_AGENT = (r"(^|\.)(agent|assignee|author|admin|operator|sender)(\.id|_?id)$", r"(^|\.)(agent|assignee)$")
_SCORE = (r"score$", r"rating$", r"nps$", r"number$")
_WORDS = (
    (r"re_?-?open", "reopened"),
    (r"rat(ed|ing)|csat|nps|survey|satisf|response", "survey_answered"),
    (r"comment|repl(y|ied)|message|answer|note", "responded"),
    (r"spam", "spam"),
    (r"merge", "merged"),
    (r"delet|trash", "deleted"),
    (r"abandon|cancel", "abandoned"),
    (r"solv", "resolved"),
    (r"clos|complet|archiv", "closed"),
    (r"assign|transfer|moved", "transferred"),
    (r"escalat", "escalated"),
    (r"pending|snooz|hold", "pending"),
    (r"creat|open|new", "opened"),
    (r"updat|chang", "updated"),
)


def proposal(bodies: Sequence[Any], name: str) -> str:
    """Return a mapping file for bodies of one sender, which name describes; it loads, and says what it guessed."""
    each = "[@][]" if any(isinstance(body, list) for body in bodies) else ""
    items = [item for body in bodies for item in (body if isinstance(body, list) else [body])]
    known: dict[str, str] = {}
    for item in items:
        for path, text in _leaves(item, "", 0):
            if len(known) < _MOST_LEAVES and not known.get(path):
                known[path] = text
    leaves = list(known.items())
    event = _best(leaves, _EVENT)
    ticket = _best(leaves, _TICKET)
    message = _best([leaf for leaf in leaves if leaf[0] != ticket], _MESSAGE)
    beside = message.rpartition(".")[0]  # the time of the message before that of its ticket
    at, form = _time([*(leaf for leaf in leaves if beside and leaf[0].startswith(f"{beside}.")), *leaves])
    lines = [
        f"# Proposed for {' '.join(name.split())}, going by the names of keys alone: read it through, correct it, and",
        "# look at what it makes of real bodies with `deskpulse mapping test`. docs/connect/mapping.md has every key.",
        "version: 1",
        f"title: {_quoted(f'Webhooks like {name}')}",
        "rows: events",
        *([f"each: {_quoted(each)}"] if each else []),
        "",
        f"ticket: {_template(ticket) if ticket else _quoted('{id}')}" + ("" if ticket else "   # none was found"),
        f"at: {_template(at) if at else _quoted('{_received}')}"
        + ("" if at else "   # no time was found: when it came"),
        f"event_id: {_event_id(message, ticket, event, at)}",
        f"time: {{formats: [{form}], zone: UTC}}",
        "",
        "attributes_on: opening",
        *_attributes(leaves),
        "rules:",
        *_rules(items, event, leaves),
        "",
        "# What the bodies hold:",
        *(f"#   {{{path}}}  {shown(text, _SHOWN)}" for path, text in leaves),
    ]
    return "\n".join(lines) + "\n"


def _leaves(value: Any, path: str, depth: int) -> Iterator[Leaf]:
    """Walk what holds texts, numbers and truths, each with the way to it; of a list the first item."""
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, below in value.items():
            if (here := _below(path, key)) is not None:
                yield from _leaves(below, here, depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        if value and path and (here := _below(path, 0)) is not None:
            yield from _leaves(value[0], here, depth + 1)
    elif path and (text := as_text(value)):
        yield path, text


def _below(path: str, key: str | int) -> str | None:
    """Return the way to what is under a key; an expression from the first list on, None where neither can say it."""
    if isinstance(key, str) and not (key.isprintable() and _PLAIN.fullmatch(key)):
        return None
    if isinstance(key, int):
        steps = path.removeprefix("=") if path.startswith("=") else ".".join(map(_name, path.split(".")))
        return f"={steps}[{key}]"
    if path.startswith("="):
        return f"{path}.{_name(key)}"
    return f"{path}.{key}".lstrip(".") if key == key.strip() else None


def _name(key: str) -> str:
    return key if _IDENTIFIER.fullmatch(key) else orjson.dumps(key).decode()


def _best(leaves: Sequence[Leaf], patterns: Sequence[str]) -> str:
    """Return the path that is called most like it, the shallowest of those; empty if none is."""
    for pattern in patterns:
        found = [path for path, _ in leaves if re.search(pattern, path, re.IGNORECASE)]
        if found:
            return min(found, key=lambda path: path.count("."))
    return ""


def _time(leaves: Sequence[Leaf]) -> tuple[str, str]:
    """Return the path of the time of a body, and how it is written."""
    for pattern in _TIME:
        for path, text in leaves:
            if re.search(pattern, path, re.IGNORECASE):
                for form in _TIME_FORMATS:
                    moment = TimeReading(zone="UTC", formats=(form,)).read(text)
                    if not isinstance(moment, Refusal) and moment.at_us in _PLAUSIBLE_US:
                        return path, form
    return "", "iso"


def _event_id(message: str, ticket: str, event: str, at: str) -> str:
    if message:
        return _quoted(f"{{{message}}}") + "   # the id of what happened, which is the same at each attempt"
    parts = [f"{{{path}}}" for path in (ticket, event, at) if path]
    return _quoted(":".join(parts) or "{id}") + "   # no id of what happened was found: made of what was"


def _attributes(leaves: Sequence[Leaf]) -> Iterator[str]:
    found = {name: path for name, patterns in _FIELDS.items() if (path := _best(leaves, patterns))}
    if found:
        yield "attributes:"
    for name, path in found.items():
        if name == "channel":
            words = 'email: email, chat: chat, phone: phone, web: form, "*": other'
            yield f"  channel: {{from: {_template(path)}, map: {{{words}}}}}"
        elif name == "priority":
            words = "low: low, normal: normal, medium: normal, high: high, urgent: urgent"
            yield f"  priority: {{from: {_template(path)}, map: {{{words}}}}}"
        else:
            yield f"  {name}: {_template(path)}"
    if found:
        yield ""


def _rules(items: Sequence[Any], event: str, leaves: Sequence[Leaf]) -> Iterator[str]:
    """Write a rule for each name of an event among the items, and one that ignores the others."""
    texts = (text for item in items for path, text in _leaves(item, "", 0) if path == event)
    names = dict.fromkeys(text for text in texts if text.isprintable())
    for name in names if event else [""]:
        emit = next((word for pattern, word in _WORDS if re.search(pattern, name, re.IGNORECASE)), NOTHING)
        if not event:
            emit = "opened"
        when = f"when: {{{_quoted(event)}: {_quoted(name)}}}" if event else ""
        yield f"  - {when}" if when else "  # Nothing says what happened: all of them open a ticket."
        yield f"    emit: {emit}" if when else f"  - emit: {emit}"
        fields = _fields(emit, leaves)
        if fields:
            yield f"    with: {{{', '.join(fields)}}}"
    if event:
        yield f"  - when: {{{_quoted(event)}: {{empty: false}}}}"
        yield "    emit: nothing"


def _fields(emit: str, leaves: Sequence[Leaf]) -> list[str]:
    agent, score = _best(leaves, _AGENT), _best(leaves, _SCORE)
    if emit == "responded":
        return ["author: agent", *([f"agent_id: {_template(agent)}"] if agent else [])]
    if emit == "survey_answered":
        ticket = _best(leaves, _TICKET) or "id"
        return [
            f"survey_id: {_quoted(f'{{{ticket}}}')}",
            "instrument: csat",
            *([f"score: {_template(score)}", 'scale_max: "5"'] if score else []),
        ]
    return []


def _template(path: str) -> str:
    return _quoted(f"{{{path}}}")


def _quoted(text: str) -> str:
    """Write a text as YAML, in which JSON's texts are texts too."""
    return orjson.dumps(text).decode()
