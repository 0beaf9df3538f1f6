"""Input that does not cost a ticket: each kind of what desks send a little differently, with siblings of each."""

from __future__ import annotations

import codecs
import gzip
import json
from itertools import permutations
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.codec import Limits, decode
from schemas.rejected import Reason, Rejected
from stream.replay import Replay, replay
from stream.settings import Settings
from stream.verify.verdict import Limits as Tolerances
from stream.verify.verdict import verify
from tests.events import FAR_US, NOON_US, answered, opened, responded, sent, signalled, status

ENVELOPE = {"specversion": "1.0", "id": "7", "source": "/h", "time": "2026-03-02T12:00:00Z", "subject": "T"}


def _event(said: object, **options: Any) -> Any:
    value = said if isinstance(said, bytes) else json.dumps(said).encode()
    return decode([value], limits=Limits(), now_us=FAR_US, **options)[0]


def _read(path: Path, content: bytes | list[dict[str, Any]], policy: str | None = None) -> Replay:
    """Replay a file, and check that the oracle reads the same in it."""
    lines = content if isinstance(content, bytes) else b"".join(orjson.dumps(event) + b"\n" for event in content)
    path.write_bytes(lines)
    policy_file = None
    if policy is not None:
        policy_file = path.with_suffix(".yaml")
        policy_file.write_text(policy)
    result = replay([path], Settings(policy_file=policy_file))
    assert verify([path], [result.snapshot], Tolerances()).comparison.differences == []
    return result


def _backlog(result: Replay, *labels: str) -> dict[tuple[str, ...], int]:
    rows = [row for row in result.snapshot["backlog"] if set(row["labels"]) == set(labels) and row["n"]]
    return {tuple(row["labels"][name] for name in labels): row["n"] for row in rows}


# -- values that nobody listed: channels, priorities, of tickets and of surveys; in any letter case


@pytest.mark.parametrize(
    ("said", "channel", "priority"),
    [
        ({"channel": "whatsapp"}, "other", "unknown"),
        ({"channel": "sms", "priority": "critical"}, "other", "unknown"),
        ({"channel": "Email"}, "email", "unknown"),
        ({"channel": "EMAIL ", "priority": "HIGH"}, "email", "high"),
        ({"channel": 4, "priority": 1}, "other", "unknown"),
        ({"channel": "", "priority": ""}, "unknown", "unknown"),
        ({"channel": None, "priority": None}, "unknown", "unknown"),
    ],
)
def test_a_value_that_is_not_known_costs_no_ticket(tmp_path, said, channel, priority):
    result = _read(tmp_path / "e.jsonl", [opened("T", **said)])
    assert (result.rejected, _backlog(result, "channel")) == ([], {(channel,): 1})
    assert _backlog(result, "priority") == {(priority,): 1}


def test_the_policy_maps_what_a_desk_calls_its_channels_and_priorities_also_where_targets_look(tmp_path):
    events = [opened("T", channel="WhatsApp", priority="P1", queue="Billing EU"), responded("U", 900), opened("U")]
    policy = """
values: {channel: {whatsapp: chat}, priority: {p1: urgent}, queue: {billing eu: billing}}
targets: [{within: 30s, channels: chat, priorities: urgent, queues: billing}]
"""
    result = _read(tmp_path / "e.jsonl", events, policy)
    assert _backlog(result, "channel") == {("chat",): 1, ("unknown",): 1}
    assert _backlog(result, "queue")[("billing",)] == 1
    (promised,) = [row for row in result.snapshot["sla"] if row["labels"] == {"channel": "chat"}]
    assert promised["breached"] == 1


def test_an_answer_to_a_survey_without_a_ticket_comes_by_a_channel_that_is_mapped(tmp_path):
    events = [sent("S", 0, channel="Web"), answered("S", 60, 9), answered("R", 60, 9, channel="fax")]
    result = _read(tmp_path / "e.jsonl", events, "values: {channel: {web: form}}")
    rows = [row for row in result.snapshot["nps"] if row["attribute_to"] == "answered" and row["window"] == "all"]
    found = {row["labels"]["channel"]: row["n"] for row in rows if set(row["labels"]) == {"channel"}}
    assert found == {"form": 1, "other": 1}


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_of_values_the_last_that_was_sent_counts_also_one_that_is_not_known(tmp_path, order):
    events = [opened("T", priority="low"), status("T", 1, "updated", priority="p9"), responded("T", 2)]
    assert _backlog(_read(tmp_path / "e.jsonl", [events[i] for i in order]), "priority") == {("unknown",): 1}


@pytest.mark.parametrize(
    "event", [responded("T", 1, "Agent"), status("T", 1, " Resolved"), signalled("C", 1, "CALL_missed")]
)
def test_letter_case_does_not_matter_in_any_field_with_fixed_values(event):
    assert not isinstance(_event(event | {"type": event["type"].upper()}), Rejected)


@pytest.mark.parametrize(
    "event", [responded("T", 1, "robot"), status("T", 1, "parked"), answered("S", 1, instrument="x")]
)
def test_what_would_not_say_what_an_event_does_is_refused(event):
    assert _event(event).reason is Reason.WRONG_VALUE


# -- texts that are empty: attributes, ids that may be absent, words


@pytest.mark.parametrize(
    "said",
    [
        *(opened("T") | {name: ""} for name in ("queue", "brand", "channel", "customer_id", "opened_by")),
        *(responded("T", 1, agent_id=""), status("T", 1, "merged", merged_into="", to_queue="")),
        *(answered("S", 1, 9, comment="", touchpoint=""), answered("S", 1, 9, ticket_id="", instrument="")),
    ],
)
def test_an_empty_text_is_as_if_absent(said):
    assert _event(said) == _event({name: value for name, value in said.items() if value != ""})


# -- attributes that are taken away: each, by the order of events


@pytest.mark.parametrize("order", [*permutations(range(4))][::5])
def test_null_in_an_update_takes_an_attribute_away_in_any_order(tmp_path, order):
    events = [
        opened("T", channel="chat", queue="billing", customer_id="C"),
        status("T", 1, "updated", queue="sales", priority="low"),
        status("T", 2, "Updated", queue=None, priority=None, customer_id=None),
        status("T", 3, "updated", priority="high"),
    ]
    result = _read(tmp_path / "e.jsonl", [events[i] for i in order])
    labels = [row["labels"] for row in result.snapshot["backlog"] if len(row["labels"]) == 3 and row["n"]]
    assert labels == [{"channel": "chat", "priority": "high", "queue": "unknown"}]


def test_a_ticket_whose_customer_is_taken_away_is_no_contact_of_theirs(tmp_path):
    events = [opened("T", -900_000, customer_id="C"), status("T", -800_000, "resolved")]
    taken = status("T", 60, "updated", customer_id=None)

    def matured(*told: dict[str, Any]) -> int:
        rows = _read(tmp_path / "e.jsonl", [*told, opened("U", 120)]).snapshot["contact_avoidance"]
        return max(row["matured"] for row in rows if not row["labels"])

    assert (matured(*events), matured(*events, taken)) == (1, 0)


@pytest.mark.parametrize("event", [opened("T", queue=None), status("T", 1, "pending", queue=None)])
def test_null_elsewhere_says_nothing(event):
    assert _event(event).queue is None


# -- ids that are numbers: of tickets, events, agents, queues; beyond 64 bits; floats are none


@pytest.mark.parametrize("number", [7, 0, -3, 2**63, 2**64, 12345678901234567890123, 12345678901234567890124])
@pytest.mark.parametrize("field", ["ticket_id", "event_id", "queue", "customer_id"])
def test_an_integer_is_its_digits_where_a_text_is_wanted(field, number):
    value = orjson.dumps(opened("T", event_id="e", queue="q", customer_id="C") | {field: "@"})
    event = _event(value.replace(b'"@"', str(number).encode()))
    assert getattr(event, field) == str(number)


@pytest.mark.parametrize("number", [b"5.0", b"1e3", b"12345678901234567890123.0", b"true", b"[7]"])
def test_what_is_no_integer_is_no_id(number):
    rejected = _event(orjson.dumps(opened("@")).replace(b'"@"', number))
    assert rejected.reason is Reason.WRONG_VALUE
    assert rejected.detail.startswith("ticket_id: got ")


def test_a_number_and_its_text_are_one_ticket(tmp_path):
    result = _read(
        tmp_path / "e.jsonl",
        [opened("4711"), opened("x") | {"ticket_id": 4711}, responded("x", 9) | {"ticket_id": 4711}],
    )
    assert result.snapshot["tickets"]["held"] == 1


# -- CloudEvents: what may be absent, versions in types, ids of any length; in both modes


@pytest.mark.parametrize(
    ("change", "right"),
    [
        ({}, ("T", "/h#7", NOON_US)),
        ({"type": "com.example.ticket.opened.v1"}, ("T", "/h#7", NOON_US)),
        ({"type": "com.example.Ticket.Opened.V1.2"}, ("T", "/h#7", NOON_US)),
        ({"type": "ticket.opened/v1"}, ("T", "/h#7", NOON_US)),
        ({"data": None}, ("T", "/h#7", NOON_US)),
        ({"data": {"ticket_id": 12345678901234567890123}}, ("12345678901234567890123", "/h#7", NOON_US)),
        ({"time": None}, ("T", "/h#7", 5_000_000)),
        ({"id": "x" * 125}, ("T", "/h#" + "x" * 125, NOON_US)),
    ],
)
def test_a_cloudevent_is_read_as_its_specification_allows(change, right):
    envelope = {**ENVELOPE, "type": "com.example.ticket.opened", **change}
    envelope = {name: value for name, value in envelope.items() if value is not None}
    event = _event(envelope, written_us=lambda _: 5_000_000)
    assert (event.ticket_id, event.event_id, event.at_us) == right
    data = envelope.pop("data", None)
    headers = [(f"ce_{name}", str(value).encode()) for name, value in envelope.items()]
    value = (
        None
        if data is None
        else orjson.dumps(data)
        if "ticket_id" not in data
        else b'{"ticket_id":%d}' % data["ticket_id"]
    )
    (binary,) = decode([value], limits=Limits(), now_us=FAR_US, headers=[headers], written_us=lambda _: 5_000_000)
    assert binary == event


def test_of_an_id_that_is_longer_than_ours_a_digest_is_the_id_and_two_differ():
    first, other = (_event({**ENVELOPE, "type": "ticket.opened", "id": "x" * 500 + end}) for end in "ab")
    assert first.event_id.startswith("sha256:")
    assert len(first.event_id) < 128
    assert first.event_id != other.event_id


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "ticket.opened.v2"}, Reason.UNKNOWN_VERSION),
        ({"specversion": "0.3"}, Reason.BAD_CLOUDEVENT),
        ({"id": 8}, Reason.BAD_CLOUDEVENT),
        ({"data": '{"channel":"chat"}'}, Reason.BAD_CLOUDEVENT),
        ({"time": None}, Reason.MISSING_FIELD),
    ],
)
def test_what_is_no_cloudevent_of_ours_is_refused(change, reason):
    assert _event({**ENVELOPE, "type": "ticket.opened", **change}).reason is reason


@pytest.mark.parametrize("place", range(3))
def test_a_cloudevent_without_a_time_in_a_file_has_that_of_its_neighbour(tmp_path, place):
    untimed = {name: value for name, value in ENVELOPE.items() if name != "time"} | {"type": "ticket.opened"}
    others = [opened("A", 60), opened("B", 120)]
    result = _read(tmp_path / "e.jsonl", [*others[:place], untimed, *others[place:]])
    assert (result.events, result.rejected) == (3, [])
    waited = [row["oldest_seconds"] for row in result.snapshot["open_wait"] if not row["labels"]]
    assert waited == [60.0]


def test_a_file_in_which_no_event_has_a_time_names_its_lines(tmp_path):
    path = tmp_path / "e.jsonl"
    path.write_bytes(orjson.dumps({**ENVELOPE, "type": "ticket.opened", "time": None}))
    (line,) = replay([path], Settings()).rejected
    assert (line.line, line.rejected.detail) == (1, "occurred_at: is required")


# -- files of events as editors and shells write them


STORY = [opened("T", event_id="o"), responded("T", 60, event_id="r"), opened("U", 70, event_id="ü")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_an_events_file_is_read_in_the_encoding_that_its_mark_says(tmp_path, encoding, end, packed):
    text = end.join(orjson.dumps(event).decode() for event in STORY) + end
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    content = marks.get(encoding, b"") + text.encode(encoding)
    path = tmp_path / ("e.jsonl.gz" if packed else "e.jsonl")
    result = _read(path, gzip.compress(content) if packed else content)
    assert (result.events, result.rejected) == (3, [])


def test_a_bad_line_is_named_by_its_number_in_a_file_with_a_mark(tmp_path):
    lines = [orjson.dumps(STORY[0]), b"", b"{", orjson.dumps(STORY[1])]
    result = _read(tmp_path / "e.jsonl", codecs.BOM_UTF8 + b"\n".join(lines))
    assert [(each.line, each.rejected.reason) for each in result.rejected] == [(3, Reason.NOT_JSON)]
