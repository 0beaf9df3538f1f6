"""History and webhooks meet: of a ticket that comes both ways, the numbers are those of either way alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from stream.mapping.mapping_file import bundled
from stream.replay import replay
from stream.settings import Settings
from tests.importer.imported import imported
from tests.mapping.deliveries import documents, read
from tests.mapping.test_vendors import FOLDER

Event = dict[str, Any]


def sample(name: str) -> Any:
    """A payload of a vendor."""
    return orjson.loads((FOLDER / f"{name}.json").read_bytes())


def by_webhook(mapping: str, bodies: Sequence[Any], headers: dict[str, str] | None = None) -> list[Event]:
    """The events of deliveries, in order."""
    text = bundled()[mapping].read_text("utf-8")
    return [event for body in bodies for event in documents(read(text, body, headers))]


def by_export(mapping: str, records: Sequence[Any], change: tuple[str, str] = ("", "")) -> list[Event]:
    """The events of an export with one record a line, under a bundled mapping, changed in one place."""
    text = bundled()[mapping].read_text("utf-8")
    assert change[0] in text
    found = imported(text.replace(*change), b"\n".join(map(orjson.dumps, records)), "export.jsonl")
    assert not found.rejected, found.rejected
    return found.events


def numbers(folder: Path, events: Sequence[Event]) -> dict[str, Any]:
    """The numbers of events at one instant, whatever their order; without what counts records and not tickets."""
    file = folder / "events.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, events)))
    snapshot = replay([file], Settings(), as_of_us=1_772_452_800_000_000).snapshot
    assert snapshot
    return snapshot


def intercom() -> tuple[list[Event], list[Event]]:
    """An answered and closed conversation, by webhook and by export."""
    names = ("created", "agent_reply", "bot_reply", "closed")
    created, reply, bot, closed = (sample(f"intercom/{name}") for name in names)
    parts = [body["data"]["item"]["conversation_parts"]["conversation_parts"][0] for body in (bot, reply, closed)]
    conversation = {**closed["data"]["item"], "conversation_parts": {"conversation_parts": parts}}
    return by_webhook("intercom", [created, bot, reply, closed]), by_export("intercom-conversations", [conversation])


def chatwoot() -> tuple[list[Event], list[Event]]:
    """An answered and resolved conversation with a note and a bot's answer, by webhook and by export."""
    names = ("created", "bot_reply", "agent_reply", "internal_note", "resolved")
    created, *messages, resolved = (sample(f"chatwoot/{name}") for name in names)
    listed = [{**message, "message_type": 1, "created_at": 1_772_443_200} for message in messages]
    for message in listed:
        message.pop("event")
    record = {**resolved, "messages": listed, "meta": {**resolved["meta"], "channel": resolved["channel"]}}
    del record["channel"]
    return by_webhook("chatwoot", [created, *messages, resolved]), by_export("chatwoot-conversations", [record])


def zammad() -> tuple[list[Event], list[Event]]:
    """An answered and closed ticket, by webhook and by export."""
    created, reply, closed = (sample(f"zammad/{name}") for name in ("created", "agent_reply", "closed"))
    expanded = {"priority": "3 high", "group": "Billing"}
    record = {**closed["ticket"], **expanded, "articles": [reply["article"], created["article"]]}
    return by_webhook("zammad", [created, reply, closed]), by_export("zammad-tickets", [record])


def zendesk() -> tuple[list[Event], list[Event]]:
    """An opened and answered ticket with a note, by webhook and by export; whose changes of status have other ids."""
    created, reply, customer, note = (
        sample(f"zendesk/{name}") for name in ("created", "agent_reply", "customer_reply", "internal_note")
    )
    created["time"], reply["time"] = "2026-03-02T09:14:07Z", "2026-03-02T09:20:00Z"  # the export has whole seconds

    def audit(body: Any, child: Event) -> Event:
        actor = int(body["detail"]["actor_id"])
        return {"ticket_id": 17, "created_at": body["time"], "updater_id": actor, "child_events": [child]}

    def comment(body: Any) -> Event:
        said = body["event"]["comment"]
        author = int(said["author"]["id"])
        child = {"id": int(said["id"]), "event_type": "Comment", "public": said["is_public"], "author_id": author}
        return audit(body, child)

    detail = created["detail"]
    fields = {"requester_id": 501, "group_id": 41, "brand_id": 31, "priority": "high", "via": "Mail"}
    assert (detail["requester_id"], detail["group_id"]) == ("501", "41")
    opening = audit(created, {"id": 1, "event_type": "Create", "status": "new", **fields})
    opening["child_events"].append({"id": 2, "event_type": "Comment", "public": True, "author_id": 501})
    comments = [comment(body) for body in (reply, customer, note)]
    export = [{"ticket_events": [opening, *comments], "end_of_stream": True}]
    listed = ('# "901": agent', '"901": agent\n          "501": customer')
    return by_webhook("zendesk", [created, reply, customer, note]), by_export("zendesk-ticket-events", export, listed)


@pytest.mark.parametrize("desk", [intercom, chatwoot, zammad, zendesk])
def test_a_ticket_that_comes_by_export_and_by_webhook_counts_once(desk: Any, tmp_path: Path) -> None:
    webhook, export = desk()
    assert sorted(event["event_id"] for event in webhook) == sorted(event["event_id"] for event in export)
    alone = numbers(tmp_path, webhook)
    assert numbers(tmp_path, export) == alone
    assert numbers(tmp_path, [*export, *webhook]) == alone
    assert numbers(tmp_path, [*webhook, *reversed(export)]) == alone


def test_cut_at_the_first_delivery_an_export_and_webhooks_of_other_ids_count_once(tmp_path: Path) -> None:
    moved = sample("zendesk/group_changed")
    change = {"id": 99_002, "event_type": "Change", "group_id": 42, "previous_value": 41}
    audit = {"ticket_id": 17, "created_at": moved["time"], "updater_id": 901, "child_events": [change]}
    webhook, export = zendesk()
    webhook += by_webhook("zendesk", [moved])
    export += by_export("zendesk-ticket-events", [audit])
    alone = numbers(tmp_path, webhook)
    assert numbers(tmp_path, export) == alone
    assert numbers(tmp_path, [*export, *webhook]) != alone, "moved under two ids it is moved twice"
    cut = "2026-03-02T09:30:00Z"
    met = [event for event in export if event["occurred_at"] < cut] + [e for e in webhook if e["occurred_at"] >= cut]
    assert numbers(tmp_path, met) == alone


def test_public_comments_are_refused_until_the_agents_are_listed() -> None:
    text = bundled()["zendesk-ticket-events"].read_text("utf-8")
    found = imported(text, (FOLDER / "zendesk" / "export_ticket_events.json").read_bytes(), "export.jsonl")
    expected = (FOLDER / "zendesk" / "export_ticket_events.expected.jsonl").read_bytes().splitlines()
    assert found.events == [{**orjson.loads(line)} for line in expected]
    assert [record["detail"] for record in found.rejected] == [
        "{=author_id || _parent.updater_id}: got '901'; the map accepts -1"
    ]
