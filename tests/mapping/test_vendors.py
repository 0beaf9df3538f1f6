"""The payloads of vendors become exactly the events that they should, under the mappings that ship."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from stream.mapping import Delivery, Reading, load_mapping
from stream.mapping.mapping_file import bundled

FOLDER = Path(__file__).parents[1] / "intake" / "vendors"
#: when a payload came, in microseconds since the epoch, where an event takes its time from that: 2026-03-02T10:05Z
RECEIVED_US = 1_772_445_900_000_000
#: these are of a later day, and would be of the future then
LATER_US = RECEIVED_US + 7 * 86_400_000_000
#: the mapping of each folder that has not its own name, and the query of its webhook's address
MAPPED = {
    "zendesk/trigger_reply": ("deskpulse-body", {"desk": "zd"}),
    "freshdesk": ("deskpulse-body", {"desk": "fd"}),
    "liveagent": ("deskpulse-body", {"desk": "la"}),
}
#: what no bundled mapping covers, and why
UNCOVERED = {
    "zendesk/export_ticket_events": "an export, which deskpulse import reads",
    "qualtrics": "holds no answer; a workflow sends the Deskpulse body instead",
    "surveymonkey": "holds no answer",
    "servicenow": "its business rule sends the Deskpulse body instead",
    "gorgias": "its HTTP integration sends the Deskpulse body instead",
    "posthog": "its destination sends the Deskpulse body instead",
    "delighted": "announced its end of service",
    "salesforce": "sends no webhooks",
}

#: the mappings of files alone
FILES = {
    *("zendesk-tickets", "freshdesk-tickets", "process-mining-helpdesk"),
    *("zendesk-ticket-events", "intercom-conversations", "chatwoot-conversations", "zammad-tickets"),
}


def payloads() -> list[str]:
    """Each payload, as VENDOR/NAME."""
    found = (path for path in FOLDER.glob("*/*") if path.suffix in (".json", ".form"))
    return sorted(f"{path.parent.name}/{path.stem}" for path in found if not path.stem.endswith(".headers"))


def mapping_of(payload: str) -> tuple[str, dict[str, str]] | None:
    """The mapping of a payload and the query of its address, None if none covers it."""
    vendor = payload.partition("/")[0]
    if payload in UNCOVERED or vendor in UNCOVERED:
        return None
    return MAPPED.get(payload) or MAPPED.get(vendor) or (vendor, {})


COVERED = [payload for payload in payloads() if mapping_of(payload)]


def beside(payload: str, suffix: str) -> Path:
    return FOLDER / f"{payload}{suffix}"


def delivered(payload: str) -> Delivery:
    """The delivery of a payload."""
    form = beside(payload, ".form")
    raw = form.read_bytes() if form.exists() else beside(payload, ".json").read_bytes()
    headers = orjson.loads(beside(payload, ".headers.json").read_bytes())
    _, query = mapping_of(payload) or ("", {})
    return Delivery(raw, headers, query, RECEIVED_US if payload == "chatwoot/rating" else LATER_US)


def read(payload: str, later_us: int = 0) -> Reading:
    """Read a payload under its mapping, perhaps later than it came."""
    name, _ = mapping_of(payload) or ("", {})
    delivery = delivered(payload)
    return load_mapping(name).read(replace(delivery, received_us=delivery.received_us + later_us))


def expected(payload: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in beside(payload, ".expected.jsonl").read_bytes().splitlines()]


def comparable(event: dict[str, Any]) -> dict[str, Any]:
    """An event with its time as an instant, which may be written in several ways."""
    return {**event, "occurred_at": datetime.fromisoformat(event["occurred_at"])}


@pytest.mark.parametrize("payload", COVERED)
def test_a_payload_becomes_exactly_its_events(payload: str) -> None:
    reading = read(payload)
    assert not reading.refused, reading.refused
    made = [comparable(event.document) for event in reading.events]
    assert made == [comparable(event) for event in expected(payload)]
    assert bool(reading.ignored) == (not made), "what makes no event is ignored on purpose, with a reason"


def webhook_mappings() -> set[str]:
    """The bundled mappings that are not of files alone."""
    return {name for name in bundled() if name not in FILES}


def test_every_webhook_mapping_has_a_payload() -> None:
    covered = {named[0] for payload in COVERED if (named := mapping_of(payload))}
    assert covered | {"deskpulse-events"} == webhook_mappings()


@pytest.mark.parametrize("payload", COVERED)
def test_a_second_attempt_makes_the_same_events(payload: str) -> None:
    first, second = read(payload).events, read(payload, later_us=60_000_000).events
    assert [event.document["event_id"] for event in first] == [event.document["event_id"] for event in second]
