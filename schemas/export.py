"""The schemas of events and alerts for other programs: JSON Schema 2020-12 and AsyncAPI 3.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from schemas.alerts import ALERT
from schemas.events import EVENT, TOPIC_OF_TYPE

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ALERTS = "alerts"
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


def asyncapi(topics: Mapping[str, str], alerts_topic: str, server: str, version: str) -> dict[str, Any]:
    """Return the AsyncAPI document of the source topics and the alerts topic.

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
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Deskpulse events",
            "version": version,
            "description": "What a support desk sends for its live numbers, and the alerts it gets. "
            "CloudEvents 1.0 is accepted as well.",
        },
        "servers": {"kafka": {"host": server, "protocol": "kafka"}},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {
            f"receive_{logical}": {"action": "receive", "channel": {"$ref": f"#/channels/{logical}"}}
            for logical in topics
        }
        | {f"send_{_ALERTS}": {"action": "send", "channel": {"$ref": f"#/channels/{_ALERTS}"}}},
        "components": {"messages": events | alerts, "schemas": event_schemas | alert_schemas},
    }


def _messages(union: TypeAdapter[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the messages of a union by their type, and the schemas they refer to."""
    schema = union.json_schema(ref_template="#/components/schemas/{model}")
    messages = {
        kind: {
            "name": kind,
            "title": kind,
            "contentType": "application/json",
            "payload": {"$ref": reference},
        }
        for kind, reference in schema["discriminator"]["mapping"].items()
    }
    return messages, schema["$defs"]
