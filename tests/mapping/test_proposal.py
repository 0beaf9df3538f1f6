"""Proposed mappings: each loads, and says of its own sample what a person would have begun with."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.mapping import DeliveryMapping
from stream.mapping.delivery import content_of
from stream.mapping.mapping_file import parse
from stream.mapping.proposal import proposal
from tests.mapping.deliveries import delivery, documents
from tests.mapping.test_vendors import delivered, payloads

REPLY = {
    "event_type": "message_created",
    "ticket": {"id": 61, "channel": "email", "priority": "normal", "created_at": "2026-03-02T09:14:07Z"},
    "message": {"id": 801, "author": {"id": 3}, "created_at": 1772443200},
}


def proposed(*bodies: Any) -> DeliveryMapping:
    text = proposal(bodies, "sample.json")
    return DeliveryMapping("sample", parse(text, "sample.yaml"))


def test_what_happened_when_to_which_ticket_and_by_whom_is_found_by_the_names_of_keys() -> None:
    assert documents(proposed(REPLY).read(delivery(REPLY))) == [
        {
            "type": "ticket.responded",
            "version": 1,
            "event_id": "801",
            "occurred_at": "2026-03-02T09:20:00Z",
            "ticket_id": "61",
            "author": "agent",
            "agent_id": "3",
        }
    ]


def test_several_samples_give_a_rule_each_and_what_is_not_known_is_ignored() -> None:
    opened = {**REPLY, "event_type": "ticket_opened"}
    mapping = proposed(REPLY, opened)
    assert [event["type"] for event in documents(mapping.read(delivery(opened)))] == ["ticket.opened"]
    assert mapping.read(delivery({**REPLY, "event_type": "tag_added"})).ignored


def test_a_priority_that_is_not_known_is_kept_for_the_policy_to_map() -> None:
    opened = {**REPLY, "event_type": "ticket_opened", "ticket": {**REPLY["ticket"], "priority": "P1"}}
    assert [event["priority"] for event in documents(proposed(opened).read(delivery(opened)))] == ["P1"]


def test_a_list_is_looked_at_item_by_item() -> None:
    assert len(documents(proposed([REPLY]).read(delivery([REPLY, REPLY])))) == 2


@pytest.mark.parametrize("payload", payloads())
def test_a_mapping_proposed_for_any_vendor_loads_and_understands_its_sample(payload: str) -> None:
    sent = delivered(payload)
    content = content_of(sent.body, sent.headers, "auto")
    reading = proposed(content).read(sent)
    assert reading.events or reading.ignored or reading.refused
    assert all(each.refusal.cause.value != "no_rule" for each in reading.refused)


TEXTS = st.text(max_size=8) | st.sampled_from(["id", "type", "created_at", "=a", "a.b", "{x}", "a?", '"', "#", ": "])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, JSON, max_size=5))
def test_a_mapping_proposed_for_any_object_loads(body: dict[str, Any]) -> None:
    proposed(body)
