"""The schemas of the API's documents, in the words of JSON Schema 2020-12, which OpenAPI 3.1 uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from stream.core.facts import WAITS
from stream.core.feed import FEEDS
from stream.core.policy import Policy
from stream.core.standing import SLA_STATES
from stream.engine.desk.neighbours import DIFFERENCES
from stream.engine.desk.view import PHASES
from stream.numbers.declare import Shape
from stream.numbers.registry import switched_on
from stream.report.reasons import REASONS

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
LABELS: Schema = {"type": "object", "additionalProperties": TEXT}


def closed(properties: Mapping[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object that has these properties and no others."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}


def nullable(schema: Schema) -> Schema:
    """Return the schema that takes null as well."""
    if isinstance(schema.get("type"), str):
        return schema | {"type": [schema["type"], "null"]}
    return {"oneOf": [schema, {"type": "null"}]}


def listed(schema: Schema) -> Schema:
    """Return the schema of an array of these."""
    return {"type": "array", "items": schema}


def ref(name: str) -> Schema:
    """Return a reference to a schema of `schemas`."""
    return {"$ref": f"#/components/schemas/{name}"}


class _Plain(GenerateJsonSchema):
    """Writes a type that may be null as such, and no titles."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        """Return the schema that takes null as well."""
        return nullable(self.generate_inner(schema["schema"]))

    def field_title_should_be_set(self, schema: object) -> bool:
        """Leave out titles: they are the names again."""
        return False


def row(shape: type[Shape]) -> Schema:
    """Return the schema of a row."""
    schema = shape.model_json_schema(schema_generator=_Plain)
    return {name: value for name, value in schema.items() if name not in ("title", "description")}


_CURRENCY: Mapping[str, Schema] = {
    "newest_event_at": nullable(INSTANT) | {"description": "Null if no event ever came."},
    "catching_up": nullable(closed({"records": WHOLE, "seconds": NUMBER}))
    | {"description": "How many records are unread, and for how long the oldest; null if none is for over 10 s."},
}

_DESK_CURRENCY: Mapping[str, Schema] = {
    **_CURRENCY,
    "feed": {"enum": list(FEEDS), "description": "Whether events arrive."},
    "send_to": nullable(closed({"broker": TEXT, "topic": TEXT}))
    | {"description": "Where to send the first event; null if there was one."},
    "clock_wrong": nullable(closed({"offset_seconds": nullable(NUMBER)}))
    | {"description": "By how much the clock of the worker that answers is ahead of the broker's; null if it agrees."},
}


def schemas(policy: Policy) -> dict[str, Schema]:
    """Return all schemas by their names."""
    rows = {name: listed(row(number.shape)) for name, number in switched_on(policy).items()}
    return {
        "Error": closed({"error": TEXT, "phase": {"enum": [str(phase) for phase in PHASES]}}, optional=("phase",)),
        "Health": closed({"status": {"const": "ok"}, "phase": TEXT}),
        "Ready": closed(
            {"ready": {"type": "boolean"}, "says": TEXT, "phase": TEXT, "partitions": listed(WHOLE), **_CURRENCY}
        ),
        "Live": _live(rows),
        "Waiting": _waiting(),
        "Explanation": _explanation(policy),
    }


def _desk() -> dict[str, Schema]:
    source = closed({"partition": WHOLE, "worker": TEXT, "as_of": INSTANT})
    return {
        "partitions": WHOLE,
        "sources": listed(source),
        "missing": listed(WHOLE),
        "not_comparable": listed(
            closed({"partition": WHOLE, "worker": TEXT, "reason": {"enum": list(DIFFERENCES)}, "text": TEXT})
        )
        | {"description": "Of the missing ones, those that another worker counts in another way, and why."},
        **_DESK_CURRENCY,
        "stale_after_seconds": NUMBER | {"description": "At this age of `as_of` the first of the numbers are stale."},
    }


def _live(rows: Mapping[str, Schema]) -> Schema:
    window = closed({"start": nullable(INSTANT), "end": nullable(INSTANT)})
    return closed(
        {
            "version": {"const": 1},
            "as_of": INSTANT,
            "watermark": nullable(INSTANT),
            "final_until": nullable(INSTANT),
            "partitions": listed(WHOLE),
            "variants": {"type": "object"},
            "policy": {"type": "object"},
            "windows": {"type": "object", "additionalProperties": window},
            "tickets": closed(dict.fromkeys(("held", "opened", "without_opening", "retracted"), COUNT)),
            "invariant": closed(dict.fromkeys(("backlog", "flow", "error"), COUNT)),
            **rows,
            "desk": closed(_desk()),
        },
        optional=("desk", *rows),
    )


def _waiting() -> Schema:
    ticket = closed(
        {
            "ticket_id": TEXT,
            "labels": LABELS,
            "for": {"enum": list(WAITS)},
            "opened_at": INSTANT,
            "wait_began_at": INSTANT,
            "waited_seconds": NUMBER,
            "sla": {"enum": list(SLA_STATES)},
            "target_seconds": nullable(NUMBER),
            "at_risk_at": nullable(INSTANT),
            "due_at": nullable(INSTANT),
        }
    )
    return closed(
        {
            "as_of": INSTANT,
            "partitions": listed(WHOLE),
            "n": WHOLE,
            "complete": {"type": "boolean"},
            "certain": WHOLE,
            "tickets": listed(ticket),
            "desk": closed(_desk() | {"behind": listed(WHOLE), "unnamed": listed(WHOLE)}),
        }
    )


def _explanation(policy: Policy) -> Schema:
    amounts: Schema = {"type": "object", "additionalProperties": NUMBER}
    number = {"type": ["object", "null"], "description": "A row of this section of the snapshot."}
    counted = closed(
        {"id": TEXT, "at": INSTANT, "labels": LABELS, "amounts": amounts, "ticket_id": TEXT}, optional=("ticket_id",)
    )
    left_out = closed({"id": TEXT, "last_event": INSTANT})
    reason = {"reason": {"enum": list(REASONS)}, "text": TEXT, "n": WHOLE, "items": listed(left_out)}
    window = {"name": TEXT, "start": nullable(INSTANT), "end": nullable(INSTANT), "final": {"type": "boolean"}}
    hour = {"name": TEXT, "start": INSTANT, "end": INSTANT, "known": {"type": "boolean"}}
    offset = {"topic": TEXT, "partition": WHOLE, "applied": WHOLE, "lag": nullable(WHOLE)}
    return closed(
        {
            "metric": {"enum": list(switched_on(policy))},
            "choices": LABELS,
            "labels": {"type": "object", "additionalProperties": listed(TEXT)},
            "window": nullable(closed(window)),
            "definition": closed(
                {"text": TEXT, "page": TEXT, "variants": {"type": "object"}, "policy": TEXT},
            ),
            "as_of": INSTANT,
            "watermark": nullable(INSTANT),
            "final_until": nullable(INSTANT),
            "partitions": listed(WHOLE),
            "other_partitions": listed(WHOLE),
            "offsets": listed(closed(offset)),
            "shown": number,
            "number": number,
            "counted": closed({"n": WHOLE, "amounts": amounts, "items": listed(counted)}),
            "forgotten": amounts,
            "left_out": listed(closed(reason)),
            "hours": listed(closed(hour)),
        },
        optional=("hours",),
    )
