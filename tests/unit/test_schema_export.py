"""The published schemas say what the decoder does."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from schemas.alerts import ALERT, ALERT_KINDS
from schemas.codec import Limits, decode
from schemas.events import TOPIC_OF_TYPE, TYPES
from schemas.export import alert_json_schema, asyncapi, json_schema
from schemas.rejected import Rejected
from stream.settings import load_settings
from tests.events import FAR_US, answered, opened, responded, status

VALIDATOR = Draft202012Validator(json_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
GOOD = opened("T1", channel="chat")


@pytest.mark.parametrize(
    "event",
    [
        *(GOOD, responded("T", 1), status("T", 2, "merged", merged_into="U"), answered("S", 3, 7)),
        *(GOOD | {"channel": 4.0}, GOOD | {"channel": "fax"}, GOOD | {"version": 2}),
        *(GOOD | {"ticket_id": ""}, GOOD | {"ticket_id": 3.0}),
        *({**GOOD, "type": "ticket.eaten"}, {**GOOD, "extra": 1}, responded("T", 1) | {"public": "no"}, {}),
        answered("S", 3) | {"score": 1001},
    ],
)
def test_the_json_schema_accepts_what_the_decoder_accepts_and_nothing_else(event):
    (result,) = decode([json.dumps(event).encode()], limits=Limits(), now_us=FAR_US)
    assert VALIDATOR.is_valid(event) is not isinstance(result, Rejected)


@pytest.mark.parametrize(
    "said",
    [{"ticket_id": 3}, {"queue": None}, {"queue": ""}, {"type": "Ticket.Opened"}],
    ids=str,
)
def test_the_decoder_is_more_lenient_than_the_json_schema_that_says_how_to_write_an_event(said):
    event = GOOD | said
    (result,) = decode([json.dumps(event).encode()], limits=Limits(), now_us=FAR_US)
    assert not VALIDATOR.is_valid(event)
    assert not isinstance(result, Rejected)


ALERTS = Draft202012Validator(alert_json_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
BREACHED = {
    "type": "sla.breached",
    "version": 1,
    "alert_id": "sla.breached/T1/2026-03-02T12:00:00Z",
    "occurred_at": "2026-03-02T12:00:00Z",
    "noticed_at": "2026-03-02T12:00:00.25Z",
    "ticket_id": "T1",
    "target_seconds": 120,
    "opened_at": "2026-03-02T11:58:00Z",
    "deadline": "2026-03-02T12:00:00Z",
}


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"channel": "chat", "more": 1, "target_seconds": 1.5}, True),
        *(({name: wrong}, False) for name, wrong in (("version", 2), ("channel", "fax"), ("target_seconds", "2"))),
        ({"type": "sla.forgotten"}, False),
        ({"type": "survey.bad_comment"}, False),
        ({"type": "survey.bad_comment", "survey_id": "S1", "instrument": "nps", "score": 3}, True),
    ],
)
def test_the_schema_of_alerts_accepts_what_their_definition_accepts_and_nothing_else(change, good):
    alert = BREACHED | change
    assert ALERTS.is_valid(alert) is good
    if good:
        assert ALERT.validate_json(orjson.dumps(alert))["type"] == alert["type"]
    else:
        with pytest.raises(ValidationError):
            ALERT.validate_json(orjson.dumps(alert))


def _document() -> dict[str, Any]:
    return asyncapi(load_settings().source_topics(), "our-alerts", "our-live-counts", "kafka:9092", "1.2.3")


def test_the_asyncapi_document_has_every_topic_and_every_type():
    document = _document()
    assert document["asyncapi"] == "3.0.0"
    assert {channel["address"] for channel in document["channels"].values()} == {
        *load_settings().source_topics().values(),
        "our-alerts",
        "our-live-counts",
    }
    assert set(document["components"]["messages"]) == {*TYPES, *ALERT_KINDS, "live_counts"}
    assert set(document["channels"]["alerts"]["messages"]) == set(ALERT_KINDS)
    assert document["operations"]["send_alerts"]["action"] == "send"
    for kind, topic in TOPIC_OF_TYPE.items():
        assert kind in document["channels"][topic]["messages"]


def test_every_reference_in_the_asyncapi_document_leads_somewhere():
    document = _document()

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [ref for value in node.values() for ref in references(value)]
        return [ref for value in node for ref in references(value)] if isinstance(node, list) else []

    found = references(document)
    assert found
    for reference in found:
        target: Any = document
        for name in reference.removeprefix("#/").split("/"):
            target = target[name]
