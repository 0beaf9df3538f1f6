"""The schemas of events, alerts and live counts for other programs: JSON Schema 2020-12 and AsyncAPI 3.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from schemas.alerts import ALERT
from schemas.events import EVENT, TOPIC_OF_TYPE
from schemas.live_counts import LIVE_COUNTS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ALERTS = "alerts"
_LIVE_COUNTS = "live_counts"
_KEYS = {
    "ticket_opened": "ticket_id",
    "ticket_response": "ticket_id",
    "ticket_status": "ticket_id",
    "survey": "ticket_id, or survey_id for a survey without a ticket",
    "customer": "customer_id",
}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of an event: one of all types, told apart by `type`."""
    schema = EVENT.json_schema(ref_template="#/$defs/{model}")
    return {"$schema": _DIALECT, "title": "Deskpulse event", **schema}


def alert_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of an alert: one of all types, told apart by `type`."""
    schema = ALERT.json_schema(ref_template="#/$defs/{model}")
    return {"$schema": _DIALECT, "title": "Deskpulse alert", **schema}


def live_counts_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a record of live counts."""
    schema = LIVE_COUNTS.json_schema(ref_template="#/$defs/{model}")
    return {"$schema": _DIALECT, **schema, "title": "Deskpulse live counts"}


def asyncapi(
    topics: Mapping[str, str], alerts_topic: str, live_counts_topic: str, server: str, version: str
) -> dict[str, Any]:
    """Return the AsyncAPI document of the source topics, the alerts topic and the live-counts topic.

    topics: logical name -> topic name. server: a Kafka host and port. version: of Deskpulse.
    """
    events, event_schemas = _messages(EVENT)
    alerts, alert_schemas = _messages(ALERT)
    channels = {
        logical: {
            "address": topics[logical],
            "description": f"Key of a record: {_KEYS[logical]}.",
            "messages": {
                kind: {"$ref": f"#/components/messages/{kind}"}
                for kind, topic in TOPIC_OF_TYPE.items()
                if topic == logical
            },
        }
        for logical in topics
    }
    channels[_ALERTS] = {
        "address": alerts_topic,
        "description": "Key of a record: ticket_id, or survey_id where there is no ticket. "
        "Sent at least once: a second record with the same alert_id says nothing new.",
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in alerts},
    }
    channels[_LIVE_COUNTS] = {
        "address": live_counts_topic,
        "description": "Key of a record: the number of the partition. A record replaces the one before it of its key.",
        "messages": {_LIVE_COUNTS: {"$ref": f"#/components/messages/{_LIVE_COUNTS}"}},
    }
    counts = LIVE_COUNTS.json_schema(ref_template="#/components/schemas/{model}")
    count_schemas = counts.pop("$defs") | {"LiveCounts": counts}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Deskpulse events",
            "version": version,
            "description": "What a support desk sends for its live numbers, the alerts it gets, "
            "and the numbers as counts to add up. CloudEvents 1.0 is accepted as well.",
        },
        "servers": {"kafka": {"host": server, "protocol": "kafka"}},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {
            f"receive_{logical}": {"action": "receive", "channel": {"$ref": f"#/channels/{logical}"}}
            for logical in topics
        }
        | {
            f"send_{name}": {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}
            for name in (_ALERTS, _LIVE_COUNTS)
        },
        "components": {
            "messages": events | alerts | {_LIVE_COUNTS: _message(_LIVE_COUNTS, "#/components/schemas/LiveCounts")},
            "schemas": event_schemas | alert_schemas | count_schemas,
        },
    }


def _messages(union: TypeAdapter[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the messages of a union by their type, and the schemas they refer to."""
    schema = union.json_schema(ref_template="#/components/schemas/{model}")
    mapping = schema["discriminator"]["mapping"]
    return {kind: _message(kind, reference) for kind, reference in mapping.items()}, schema["$defs"]


def _message(name: str, reference: str) -> dict[str, Any]:
    return {"name": name, "title": name, "contentType": "application/json", "payload": {"$ref": reference}}
