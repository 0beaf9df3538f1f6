"""Every rule of the mappings that ship makes what its page says, of a payload with something else in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
import pytest
import yaml

from stream.mapping import Delivery, DeliveryMapping, load_mapping
from stream.mapping.declared import EventLog
from stream.mapping.document import Cells
from stream.mapping.expression import Steps
from stream.mapping.items import Item, items_of
from stream.mapping.kinds import NOTHING
from stream.mapping.mapping_file import bundled
from stream.mapping.rule_book import RuleBook
from tests.mapping.test_vendors import COVERED, delivered, mapping_of, webhook_mappings

Z, H, S = "zen:event-type:ticket.", "ticket.", "2026-03-02T10:00:00Z"
PART = "data.item.conversation_parts.conversation_parts.0"
TRANSFER = {"from": "a1", "to": "a2", "field": "assignee"}
AGENT = {"agentArn": "arn:x/agent/a-3", "connectedToAgentTimestamp": S}
APP = {"comment.author.accountType": "app", "comment.jsdPublic": False}
AWAY = [{"field": "resolution", "from": "1", "to": None}]
CATEGORY = "issue.fields.status.statusCategory.key"
BY_TRIGGER = "headers.x-zammad-trigger"


def updated(name: str, before: Any, now: Any) -> dict[str, Any]:
    """An update of a conversation of Chatwoot."""
    change = {name: {"previous_value": before, "current_value": now}}
    return {"event": "conversation_updated", "changed_attributes": [change]}


#: a payload, what is different in it (`headers.x` is a header), and what has to be in its event; None for ignored
CASES: list[tuple[str, dict[str, Any], dict[str, Any] | None]] = [
    ("zendesk/created", {"detail.submitter_id": "901"}, {"opened_by": "agent"}),
    ("zendesk/created", {"detail.priority": None, "detail.via.channel": "any"}, {"channel": "other"}),
    ("zendesk/agent_reply", {"event.comment.author.id": "-1"}, {"author": "system"}),
    ("zendesk/status_solved", {"event.current": "CLOSED"}, {"status": "closed"}),
    ("zendesk/status_solved", {"event.current": "HOLD"}, {"status": "pending"}),
    ("zendesk/status_solved", {"event.current": "OPEN", "event.previous": "NEW"}, None),
    ("zendesk/status_reopened", {"event.current": "PENDING"}, {"status": "reopened"}),
    ("zendesk/group_changed", {"event.previous": None}, {"status": "updated", "queue": "42"}),
    ("zendesk/group_changed", {"type": f"{Z}agent_assignment_changed"}, {"status": "transferred", "to_queue": None}),
    ("zendesk/group_changed", {"type": f"{Z}agent_assignment_changed", "event.previous": None}, None),
    ("zendesk/created", {"type": f"{Z}priority_changed"}, {"status": "updated", "priority": "high"}),
    ("zendesk/created", {"type": f"{Z}csat_requested"}, {"type": "survey.sent", "survey_id": "zd-17-csat"}),
    ("zendesk/created", {"detail.priority": "P1 Blocker"}, {"priority": "P1 Blocker"}),
    ("zendesk/csat", {"event.satisfaction_score.score": "BAD"}, {"score": 1}),
    ("zendesk/csat", {"event.satisfaction_score.score": "GOODWITHCOMMENT"}, {"score": 2}),
    ("zendesk/csat", {"event.satisfaction_score.score": "good_with_comment"}, {"score": 2}),
    ("zendesk/csat", {"event.satisfaction_score.score": "Bad with comment"}, {"score": 1}),
    ("zendesk/created", {"type": f"{Z}merged"}, {"status": "merged"}),
    ("zendesk/created", {"type": f"{Z}marked_as_spam"}, {"status": "spam"}),
    ("zendesk/created", {"type": f"{Z}permanently_deleted"}, {"status": "deleted"}),
    ("zendesk/created", {"type": f"{Z}undeleted"}, {"status": "reopened"}),
    ("zendesk/created", {"type": f"{Z}tags_changed"}, None),
    ("intercom/created", {"topic": "conversation.admin.single.created"}, {"opened_by": "agent"}),
    ("intercom/agent_reply", {"topic": "conversation.user.replied"}, {"author": "customer", "agent_id": None}),
    ("intercom/bot_reply", {"topic": "conversation.operator.replied"}, {"author": "bot", "event_id": "ic:p8"}),
    ("intercom/agent_reply", {"topic": "conversation.admin.noted"}, {"public": False, "agent_id": "12"}),
    ("intercom/closed", {"topic": "conversation.admin.opened"}, {"status": "reopened"}),
    ("intercom/closed", {"topic": "conversation.admin.snoozed"}, {"status": "pending"}),
    (
        "intercom/closed",
        {"topic": "conversation.admin.assigned", f"{PART}.assigned_to": {"type": "team", "id": "t4"}},
        {"status": "transferred", "to_queue": "t4"},
    ),
    (
        "intercom/closed",
        {"topic": "conversation.admin.assigned", f"{PART}.assigned_to": {"type": "admin", "id": "9"}},
        {"status": "transferred", "to_queue": None},
    ),
    ("intercom/created", {"topic": "conversation.deleted"}, {"status": "deleted", "event_id": "ic:500:deleted"}),
    ("intercom/created", {"data.item.priority": "vip"}, {"priority": "vip"}),
    ("intercom/created", {"topic": "ping"}, None),
    ("chatwoot/agent_reply", {"message_type": "incoming"}, {"author": "customer"}),
    ("chatwoot/agent_reply", {"sender": None}, {"author": "bot"}),
    ("chatwoot/rating", {"event": "message_created"}, {"type": "survey.sent", "survey_id": "cw-904"}),
    ("chatwoot/agent_reply", {"message_type": "activity"}, None),
    ("chatwoot/created", {"priority": "critical"}, {"priority": "critical"}),
    ("chatwoot/created", {"priority": None}, {"priority": None}),
    ("chatwoot/resolved", {"status": "snoozed"}, {"status": "pending"}),
    (
        "chatwoot/resolved",
        {"status": "open", "changed_attributes": [{"status": {"previous_value": "resolved"}}]},
        {"status": "reopened"},
    ),
    ("chatwoot/resolved", {"status": "open", "changed_attributes": [{"status": {"previous_value": "pending"}}]}, None),
    (
        "chatwoot/resolved",
        {
            "event": "conversation_updated",
            "changed_attributes": [{"team_id": {"previous_value": 3, "current_value": 4}}],
        },
        {"status": "transferred", "to_queue": "Billing"},
    ),
    (
        "chatwoot/resolved",
        {
            "event": "conversation_updated",
            "changed_attributes": [{"team_id": {"previous_value": None, "current_value": 4}}],
        },
        {"status": "updated", "queue": "Billing"},
    ),
    (
        "chatwoot/resolved",
        {
            "event": "conversation_updated",
            "changed_attributes": [{"assignee_id": {"previous_value": 5, "current_value": 6}}],
        },
        {"status": "transferred", "to_queue": None},
    ),
    ("chatwoot/resolved", updated("labels", "a", "b"), None),
    ("zammad/agent_reply", {"article.sender": "Customer"}, {"author": "customer"}),
    (
        "zammad/agent_reply",
        {"article.sender": "System", "article.internal": True},
        {"author": "system", "public": False},
    ),
    ("zammad/closed", {"ticket.last_close_at": S, "ticket.updated_at": "x"}, {"status": "closed", "occurred_at": S}),
    ("zammad/created", {"ticket.priority": {"name": "4 burning"}}, {"priority": "4 burning"}),
    ("zammad/closed", {"ticket.state": "pending close"}, {"status": "pending"}),
    ("zammad/closed", {"ticket.state": "merged"}, {"status": "merged"}),
    ("zammad/closed", {"ticket.state": "open"}, None),
    (
        "zammad/closed",
        {"ticket.state": "open", BY_TRIGGER: "Deskpulse reopened"},
        {"status": "reopened"},
    ),
    (
        "zammad/closed",
        {"ticket.state": "open", BY_TRIGGER: "Deskpulse moved"},
        {"status": "transferred", "to_queue": "Billing"},
    ),
    ("jira/agent_reply", {"comment.author.accountType": "customer"}, {"author": "customer"}),
    (
        "jira/agent_reply",
        {"comment.author.accountType": "app", "comment.jsdPublic": False},
        {"author": "bot", "public": False},
    ),
    ("jira/agent_reply", {"comment.jsdPublic": None}, {"author": "agent", "public": True}),
    ("jira/agent_reply", {"webhookEvent": "comment_updated"}, None),
    (
        "jira/resolved",
        {
            "changelog.items": [{"field": "resolution", "from": "1", "to": None}],
            "issue.fields.status.statusCategory.key": "new",
        },
        {"status": "reopened", "event_id": "jr:1039:reopened"},
    ),
    (
        "jira/resolved",
        {
            "changelog.items": [{"field": "status", "toString": "Waiting for customer"}],
            CATEGORY: "indeterminate",
        },
        {"status": "pending"},
    ),
    ("jira/resolved", {"changelog.items": [TRANSFER]}, {"status": "transferred"}),
    ("jira/resolved", {"changelog.items": [{**TRANSFER, "from": None}]}, None),
    ("jira/resolved", {"changelog.items": [{"field": "priority"}]}, {"status": "updated", "priority": "high"}),
    ("jira/created", {"issue.fields.priority.name": "Blocker"}, {"priority": "Blocker"}),
    ("jira/created", {"issue.fields.priority": None}, {"priority": None}),
    ("jira/created", {"webhookEvent": "jira:issue_deleted"}, {"status": "deleted"}),
    ("amazon-connect/queued", {"detail.initiationMethod": "TRANSFER"}, {"status": "transferred", "to_queue": "q-4"}),
    ("amazon-connect/queued", {"detail.initiationMethod": "OUTBOUND"}, None),
    ("amazon-connect/queued", {"detail.eventType": "INITIATED"}, None),
    ("amazon-connect/abandoned", {"detail.agentInfo": AGENT}, {"status": "resolved"}),
    ("amazon-connect/queued", {"detail.contactId": "c-2"}, {"ticket_id": "ac-c-1", "event_id": "ac:c-1:opened"}),
    ("genesys/queued", {"detail.eventBody.direction": "OUTBOUND"}, None),
    ("genesys/abandoned", {"detail.eventBody.acdOutcome": "FLOW_OUT"}, None),
    (
        "genesys/abandoned",
        {"detail.topicName": "v2.detail.events.conversation.cv1.customer.end"},
        {"status": "closed", "event_id": "gc:cv1:ended"},
    ),
    (
        "hubspot/new_message",
        {"0.subscriptionType": f"{H}propertyChange", "0.propertyName": "hs_ticket_priority", "0.propertyValue": "P0"},
        {"status": "updated", "priority": "P0"},
    ),
    ("freshdesk/created", {"priority": "P1"}, {"priority": "P1"}),
    ("hubspot/new_message", {"0.subscriptionType": "ticket.deletion"}, {"status": "deleted"}),
    ("hubspot/new_message", {"0.subscriptionType": "ticket.restore"}, {"status": "reopened"}),
    (
        "hubspot/new_message",
        {"0.subscriptionType": "ticket.merge", "0.mergedObjectIds": [4401], "0.primaryObjectId": 4400},
        {"status": "merged", "ticket_id": "hb-4401", "merged_into": "hb-4400"},
    ),
    (
        "hubspot/new_message",
        {"0.subscriptionType": "ticket.propertyChange", "0.propertyName": "hs_pipeline_stage", "0.propertyValue": "2"},
        {"status": "pending"},
    ),
    ("helpscout/agent_reply", {"headers.x-helpscout-event": "convo.customer.reply.created"}, {"author": "customer"}),
    ("helpscout/agent_reply", {"headers.x-helpscout-event": "convo.note.created"}, {"public": False, "agent_id": "4"}),
    ("helpscout/created", {"headers.x-helpscout-event": "convo.status", "status": "closed"}, {"status": "closed"}),
    ("helpscout/created", {"headers.x-helpscout-event": "convo.status", "status": "pending"}, {"status": "pending"}),
    ("helpscout/created", {"headers.x-helpscout-event": "convo.status", "status": "spam"}, {"status": "spam"}),
    ("helpscout/created", {"headers.x-helpscout-event": "convo.status"}, None),
    ("helpscout/created", {"headers.x-helpscout-event": "convo.moved"}, {"status": "transferred", "to_queue": "3"}),
    ("helpscout/created", {"headers.x-helpscout-event": "convo.deleted"}, {"status": "deleted"}),
    ("helpscout/created", {"createdBy.type": "user"}, {"opened_by": "agent"}),
    ("front/outbound", {"payload.target.data.author": None}, {"author": "bot"}),
    (
        "front/outbound",
        {"type": "new_comment_added", "payload.source": {"data": {"id": "tea_3"}}},
        {"public": False, "agent_id": "tea_3"},
    ),
    ("front/outbound", {"type": "conversation_archived"}, {"status": "resolved"}),
    ("front/outbound", {"type": "conversation_reopened"}, {"status": "reopened"}),
    ("front/outbound", {"type": "conversation_snoozed"}, {"status": "pending"}),
    ("front/outbound", {"type": "conversation_moved"}, {"status": "transferred"}),
    ("front/outbound", {"type": "conversation_merged"}, {"status": "merged"}),
    ("front/outbound", {"type": "conversation_deleted"}, {"status": "deleted"}),
    ("front/inbound", {"payload.source._meta.type": "rule"}, {"queue": None}),
    ("typeform/answered", {"form_response.answers": []}, None),
    ("formbricks/finished", {"event": "responseUpdated"}, None),
    ("twilio/created", {"EventType": "task-queue.entered"}, {"status": "updated", "queue": "Billing"}),
    ("twilio/created", {"EventType": "task.transfer-initiated"}, {"status": "transferred"}),
    ("twilio/created", {"EventType": "task.completed"}, {"status": "resolved"}),
    ("twilio/created", {"EventType": "task.deleted"}, {"status": "deleted"}),
    ("twilio/created", {"EventType": "task.wrapup"}, None),
    ("twilio/created", {"TimestampMs": ""}, {"type": "ticket.opened", "occurred_at": "2026-03-02T09:14:07Z"}),
]


@cache
def loaded(name: str) -> DeliveryMapping:
    return load_mapping(name)


def varied(payload: str, changes: dict[str, Any]) -> Delivery:
    """The delivery of a payload with something else in it; a form is a flat object."""
    original = delivered(payload)
    headers = dict(original.headers)
    if headers["content-type"].endswith("urlencoded"):
        pairs = dict(pair.split("=") for pair in original.body.decode().split("&"))
        body = "&".join(f"{name}={value}" for name, value in {**pairs, **changes}.items()).encode()
        return Delivery(body, headers, original.query, original.received_us)
    content = orjson.loads(original.body)
    for path, value in changes.items():
        *above, last = path.split(".") if not path.startswith("headers.") else path.split(".", 1)
        place = headers if above == ["headers"] else content
        for step in above if place is content else ():
            place = place[int(step) if step.isdigit() else step]
        place[last] = value
    return Delivery(orjson.dumps(content), headers, original.query, original.received_us)


def name_of(payload: str) -> str:
    return (mapping_of(payload) or ("", {}))[0]


@pytest.mark.parametrize(("payload", "changes", "expected"), CASES)
def test_a_payload_with_something_else_in_it_becomes_what_its_page_says(
    payload: str, changes: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    reading = loaded(name_of(payload)).read(varied(payload, changes))
    assert not reading.refused, reading.refused
    if expected is None:
        assert not reading.events
        assert reading.ignored
    else:
        (event,) = reading.events
        assert {key: event.document.get(key) for key in expected} == expected


def test_an_answer_that_closes_the_ticket_is_both() -> None:
    reading = loaded("zammad").read(varied("zammad/agent_reply", {"ticket.state": "closed"}))
    assert [event.document["type"] for event in reading.events] == ["ticket.responded", "ticket.status"]
    changes = {"changelog.items": [{"field": "status", "toString": "Done"}, TRANSFER, {"field": "priority"}]}
    made = loaded("jira").read(varied("jira/resolved", changes)).events
    assert [event.document["status"] for event in made] == ["resolved", "transferred", "updated"]


def fitted(mapping: DeliveryMapping, delivery: Delivery) -> set[int]:
    """The numbers of the rules that a delivery fits."""
    assert isinstance(mapping.declared, EventLog)
    form = delivery.headers["content-type"].endswith("urlencoded")
    pairs = [pair.split("=") for pair in delivery.body.decode().split("&")] if form else []
    content = dict(pairs) if form else orjson.loads(delivery.body)
    steps, rules = Steps(), RuleBook(mapping.declared)
    extras = {"_headers": delivery.headers, "_query": delivery.query}
    columns = {column.name: column for column in mapping.declared.columns()}
    items = [item for item in items_of(mapping.declared, content, extras, steps) if isinstance(item, Item)]
    return {number for item in items for number in rules.match(Cells(item.document, columns, steps))}


@pytest.mark.parametrize("name", sorted(webhook_mappings() - {"deskpulse-body", "deskpulse-events", "cloudevents"}))
def test_every_rule_of_a_mapping_that_ships_is_tried(name: str) -> None:
    deliveries = [delivered(payload) for payload in COVERED if name_of(payload) == name]
    deliveries += [varied(payload, changes) for payload, changes, _ in CASES if name_of(payload) == name]
    mapping = loaded(name)
    tried = {number for delivery in deliveries for number in fitted(mapping, delivery)}
    assert isinstance(mapping.declared, EventLog)
    rules = mapping.declared.rules
    assert [rules[i].emit for i in range(len(rules)) if i not in tried and rules[i].emit != NOTHING] == []


@pytest.mark.parametrize("name", sorted(bundled()))
def test_no_mapping_that_ships_drops_a_priority_which_the_policy_may_map(name: str) -> None:
    def values(node: Any) -> Iterator[Any]:
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if key == "priority":
                yield value
            if isinstance(value, dict | list):
                yield from values(value)

    found = list(values(yaml.safe_load(bundled()[name].read_text("utf-8"))))
    assert [value for value in found if isinstance(value, dict) and value.get("otherwise", "keep") != "keep"] == []
