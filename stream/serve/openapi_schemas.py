"""The schemas of the API's documents, in the words of JSON Schema 2020-12, which OpenAPI 3.1 uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stream.core.feed import FEEDS
from stream.core.policy import Policy
from stream.core.standing import SLA_STATES
from stream.engine.desk import DIFFERENCES
from stream.engine.view import PHASES
from stream.report.document import SECTIONS
from stream.report.metrics import METRICS
from stream.report.reasons import REASONS

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
LABELS: Schema = {"type": "object", "additionalProperties": TEXT}

_DURATION = "n:count sum_seconds mean_seconds? p50_seconds? p90_seconds? p95_seconds? p99_seconds? le:counts"
_SCORE = "n:count promoters:count passives:count detractors:count unscored:count score? low? high?"
# The rows of each section: a name alone is a number, `?` marks what is null where there is no data.
ROWS = {
    "first_response": f"window:text attribute_to:text {_DURATION}",
    "first_response_business": f"window:text attribute_to:text {_DURATION}",
    "first_response_counting_waiting": "window:text n:count answered:count waiting:count p50_seconds? p90_seconds? "
    "p95_seconds? p99_seconds?",
    "open_wait": "n:count mean_seconds? oldest_seconds? p50_seconds? p95_seconds? le:counts",
    "sla": "n:count on_time:count at_risk:count breached:count without_target:count",
    "backlog": "n:count unanswered:count answered:count pending:count ages:counts longer_than:counts",
    "next_reply": f"window:text {_DURATION}",
    "resolution": f"window:text which:text {_DURATION}",
    "flow": "window:text opened:count reopened:count resolved:count abandoned:count retracted:count change:count",
    "preferred_channel": "window:text channel:text n:count of:count share?",
    "service_level": "window:text answered:count answered_within:count abandoned:count abandoned_within:count "
    "abandoned_short:count levels:numbers",
    "handling": "window:text opened:count transferred:count transfers:count escalated:count offered:count "
    "given_up:count transfer_rate? transfers_per_ticket? escalation_rate? abandonment_rate?",
    "quality": "window:text resolved:count one_touch:count reopened:count one_touch_rate? reopen_rate?",
    "agents": "window:text n:count?",
    "nps": f"window:text attribute_to:text {_SCORE}",
    "enps": f"window:text attribute_to:text {_SCORE}",
    "csat": "window:text n:count satisfied:count other:count unscored:count unscaled:count percent?",
    "ces": "window:text scale:count n:count low_effort:count other:count score:count mean? low_effort_share?",
    "satisfaction": "window:text touchpoint:text? n:count satisfied:count other:count ratio?",
    "coverage": "window:text sent:count answered:count immature:count coverage?",
    "coverage_by": "window:text by:text value:text sent:count answered:count coverage?",
    "blind_spot": "window:text by:text value:text sent:count coverage?",
    "bad_comments": "window:text n:count",
    "drivers": "window:text factor:text value:text n:count low:count low_share? rest_n:count rest_low_share? "
    "difference?",
    "contact_avoidance": "window:text days:count matured:count avoided:count immature:count rate? matured_share?",
    "customers": "window:text start:count acquired:count lost:count end:count retention? churn?",
    "tenure": "customers:count mean_years? ages:counts long_tenure:count long_tenure_scored:count "
    "long_tenure_promoters:count promoter_share? lifespans:count lifespan_years?",
    "lifetime_value": "window:text purchases:count priced:count revenue purchasers:count average_purchase? "
    "purchases_per_year? lifespan_years? lifetime_value?",
    "signals": "window:text signal:text n:count customers:count share?",
    "baseline": "metric:text now? weeks:numbers[] n:count median? low? high? unusual:text?",
}
_KINDS: Mapping[str, Schema] = {
    "": NUMBER,
    "text": TEXT,
    "count": COUNT,
    "counts": {"type": "object", "additionalProperties": COUNT},
    "numbers": {"type": "object", "additionalProperties": {"type": ["number", "null"]}},
    "numbers[]": {"type": "array", "items": {"type": ["number", "null"]}},
}


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


def row(fields: str) -> Schema:
    """Return the schema of a row that is written as in ROWS."""
    properties: dict[str, Schema] = {"labels": LABELS}
    for field in fields.split():
        name, _, kind = field.rstrip("?").partition(":")
        properties[name] = nullable(_KINDS[kind]) if field.endswith("?") else _KINDS[kind]
    return closed(properties)


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
}


def schemas(policy: Policy) -> dict[str, Schema]:
    """Return all schemas by their names."""
    rows = {name: listed(row(fields)) for name, fields in ROWS.items()}
    assert rows.keys() == SECTIONS.keys()
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
            "opened_at": INSTANT,
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
            "metric": {"enum": list(METRICS)},
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
