"""The events' schemas for other programs: JSON Schema 2020-12 and AsyncAPI 3.0, made from the one definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.events import EVENT, TOPIC_OF_TYPE

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

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


def asyncapi(topics: Mapping[str, str], server: str, version: str) -> dict[str, Any]:
    """Return the AsyncAPI document of the source topics.

    topics: logical name -> topic name. server: a Kafka host and port. version: of Deskpulse.
    """
    events = EVENT.json_schema(ref_template="#/components/schemas/{model}")
    model_of = {kind: ref.rsplit("/", 1)[1] for kind, ref in events["discriminator"]["mapping"].items()}
    messages = {
        kind: {
            "name": kind,
            "title": kind,
            "contentType": "application/json",
            "payload": {"$ref": f"#/components/schemas/{model_of[kind]}"},
        }
        for kind in TOPIC_OF_TYPE
    }
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
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Deskpulse events",
            "version": version,
            "description": "What a support desk sends for its live numbers. CloudEvents 1.0 is accepted as well.",
        },
        "servers": {"kafka": {"host": server, "protocol": "kafka"}},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {
            f"receive_{logical}": {"action": "receive", "channel": {"$ref": f"#/channels/{logical}"}}
            for logical in topics
        },
        "components": {"messages": messages, "schemas": events["$defs"]},
    }
