"""Bytes become events or rejections that say where and why; one bad record harms no other."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import Limits, decode, key_of, topic_for
from schemas.events import TYPES
from schemas.rejected import Reason, Rejected
from tests.events import NOON_US, answered, opened, responded, sent, sent_fields, status

LIMITS = Limits(max_record_bytes=10_000, max_future_seconds=300)
NOW_US = NOON_US


def _decode(value: object, headers: list[tuple[str, bytes]] | None = None) -> Any:
    raw = value if isinstance(value, bytes) or value is None else orjson.dumps(value)
    (result,) = decode([raw], limits=LIMITS, now_us=NOW_US, headers=None if headers is None else [headers])
    return result


GOOD = opened("T1", channel="email", queue="billing")


@pytest.mark.parametrize(
    ("value", "reason", "says"),
    [
        (None, Reason.EMPTY, "no value"),
        (b"", Reason.EMPTY, "no value"),
        (b"x" * 10_001, Reason.TOO_LARGE, "10001 bytes; accepts up to 10000"),
        (b"hello", Reason.NOT_JSON, "line 1 column 1"),
        (b'{"a": NaN}', Reason.NOT_JSON, "line 1"),
        (b"[" * 5_000, Reason.NOT_JSON, "depth"),
        (b'{"type": "\xff"}', Reason.NOT_JSON, "UTF-8"),
        (b"[1, 2]", Reason.NOT_AN_OBJECT, "got list"),
        (b'"text"', Reason.NOT_AN_OBJECT, "got str"),
        ({}, Reason.UNKNOWN_TYPE, "type: got None; accepts ticket.opened"),
        ({**GOOD, "type": "ticket.eaten"}, Reason.UNKNOWN_TYPE, "got 'ticket.eaten'"),
        ({**GOOD, "type": 7}, Reason.UNKNOWN_TYPE, "got 7"),
        ({**GOOD, "version": 2}, Reason.UNKNOWN_VERSION, "version: got 2"),
        ({**GOOD, "version": True}, Reason.UNKNOWN_VERSION, "version: got True"),
        ({**GOOD, "version": "1"}, Reason.UNKNOWN_VERSION, "version: got '1'"),
        ({k: v for k, v in GOOD.items() if k != "event_id"}, Reason.MISSING_FIELD, "event_id: is required"),
        ({**GOOD, "ticket_id": None}, Reason.MISSING_FIELD, "ticket_id: is required"),
        ({**GOOD, "ticket_id": ""}, Reason.MISSING_FIELD, "ticket_id: is required"),
        ({**GOOD, "ticket_id": "x" * 129}, Reason.WRONG_VALUE, "ticket_id: got"),
        ({**GOOD, "ticket_id": 12.0}, Reason.WRONG_VALUE, "ticket_id: got 12.0"),
        (b'{"type":"ticket.opened","ticket_id":1e3}', Reason.MISSING_FIELD, "version: is required"),
        ({**GOOD, "ticket_id": True}, Reason.WRONG_VALUE, "ticket_id: got True"),
        ({**GOOD, "channel": 4.0}, Reason.WRONG_VALUE, "channel: got 4.0"),
        ({**GOOD, "type": "ticket.status", "status": "solved"}, Reason.WRONG_VALUE, "status: got 'solved'"),
        ({**GOOD, "occurred_at": "2026-03-02T12:00:00"}, Reason.WRONG_VALUE, "accepts RFC 3339 with a zone"),
        ({**GOOD, "occurred_at": 1_772_000_000}, Reason.WRONG_VALUE, "occurred_at: got 1772000000"),
        ({**GOOD, "occurred_at": "2026-02-30T12:00:00Z"}, Reason.WRONG_VALUE, "occurred_at: got"),
        ({**GOOD, "occurred_at": "1969-12-31T23:59:59Z"}, Reason.WRONG_VALUE, "1970"),
        ({**GOOD, "occurred_at": "9999-12-31T23:59:59-05:00"}, Reason.WRONG_VALUE, "less than 2200"),
        ({**GOOD, "occurred_at": "2026-03-02T12:05:01Z"}, Reason.IN_THE_FUTURE, "accepts up to 2026-03-02T12:05:00"),
        ({**responded("T1", 1), "public": "yes"}, Reason.WRONG_VALUE, "public: got 'yes'"),
        ({**responded("T1", 1), "author": None}, Reason.MISSING_FIELD, "author: is required"),
        (answered("S1", 1, 11), Reason.WRONG_VALUE, "score: got 11; accepts 0 to 10"),
        (answered("S1", 1, -1), Reason.WRONG_VALUE, "score: got -1"),
        ({**answered("S1", 1), "score": 9.5}, Reason.WRONG_VALUE, "score: got 9.5"),
        ({**answered("S1", 1), "score": True}, Reason.WRONG_VALUE, "score: got True"),
    ],
)
def test_a_bad_record_says_why_where_and_what_is_accepted(value, reason, says):
    result = _decode(value)
    assert isinstance(result, Rejected)
    assert result.reason is reason
    assert says in result.detail
    assert len(result.detail) < 600


def test_unknown_fields_are_ignored_and_null_means_absent():
    event = _decode({**GOOD, "colour": "green", "priority": None})
    assert sent_fields(event) == {**sent_fields(_decode(GOOD)), "queue": "billing"}
    assert event.priority is None


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("2026-03-02T12:00:00Z", 0),
        ("2026-03-02t12:00:00.123456z", 123_456),
        ("2026-03-02T13:00:00.1+01:00", 100_000),
        ("2026-03-02 12:00:00-00:00", 0),
        ("2026-03-02T12:00:00.123456789Z", 123_456),
    ],
)
def test_the_event_time_is_exact_to_the_microsecond(text, microseconds):
    assert _decode({**GOOD, "occurred_at": text}).at_us == NOON_US + microseconds


GOOD_VALUES = st.sampled_from([opened("T1"), responded("T2", 1), status("T3", 2, "closed"), sent("S", 3)]).map(
    orjson.dumps
)
HOSTILE = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [
            # Joined with their neighbours some of these would read as another number of objects.
            b'{"a":[{"b":1}',
            b'{"c":2}]}',
            orjson.dumps(opened("X")) + b"," + orjson.dumps(opened("Y")),
            b'{"c":"}',
            b'{","x":1}',
        ]
    ),
)


@given(st.lists(GOOD_VALUES | HOSTILE, max_size=12))
def test_a_record_is_decoded_the_same_alone_and_among_others(values):
    together = decode(values, limits=LIMITS, now_us=NOW_US)
    alone = [decode([value], limits=LIMITS, now_us=NOW_US)[0] for value in values]
    assert together == alone


def test_a_structured_cloudevent_is_unwrapped():
    event = _decode(
        {
            "specversion": "1.0",
            "id": "7",
            "source": "/helpdesk",
            "type": "com.example.ticket.responded",
            "time": "2026-03-02T12:00:00Z",
            "subject": "T9",
            "data": {"author": "agent"},
        }
    )
    assert (event.type, event.event_id, event.ticket_id) == ("ticket.responded", "/helpdesk#7", "T9")
    assert event.at_us == NOON_US


def test_a_structured_cloudevent_may_carry_base64():
    data = base64.b64encode(orjson.dumps(GOOD)).decode()
    envelope = {"specversion": "1.0", "id": "7", "source": "/x", "type": "ticket.opened", "data_base64": data}
    assert _decode(envelope).event_id == GOOD["event_id"]


def test_null_means_absent_in_a_cloudevent_too():
    data = {**GOOD, "queue": None, "event_id": None}
    envelope = {"specversion": "1.0", "id": "7", "source": "/x", "type": "ticket.opened", "time": None, "data": data}
    event = _decode(envelope)
    assert event.queue is None
    assert event.event_id == "/x#7"


def test_a_binary_cloudevent_has_its_attributes_in_the_headers():
    headers = [
        *(("ce_specversion", b"1.0"), ("ce_id", b"7"), ("ce_source", b"/x"), ("ce_type", b"ticket.responded")),
        *(("ce_time", b"2026-03-02T12:00:00Z"), ("ce_subject", b"T9"), ("content-type", b"application/json")),
    ]
    event = _decode({"author": "bot"}, headers)
    assert (event.ticket_id, event.author, event.event_id) == ("T9", "bot", "/x#7")


@pytest.mark.parametrize(
    ("envelope", "says"),
    [
        ({"specversion": "0.3", "id": "1", "source": "s", "type": "t", "data": {}}, "specversion: got '0.3'"),
        ({"specversion": "1.0", "source": "s", "type": "t", "data": {}}, "id: got None"),
        ({"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": "text"}, "data: got 'text'"),
        ({"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data_base64": "%"}, "data_base64"),
        ({"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data_base64": "ü"}, "data_base64"),
    ],
)
def test_a_broken_cloudevent_is_rejected(envelope, says):
    result = _decode(envelope)
    assert isinstance(result, Rejected)
    assert result.reason is Reason.BAD_CLOUDEVENT
    assert says in result.detail


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (opened("T1"), "T1"),
        (sent("S1", 0, ticket_id="T1"), "T1"),
        (sent("S1", 0), "S1"),
        (opened("T1") | {"type": "customer.lost", "customer_id": "C1"}, "C1"),
    ],
)
def test_the_key_is_the_ticket_else_the_survey_and_the_customer_for_customer_events(event, key):
    assert key_of(_decode(event)) == key


def test_every_type_has_a_topic():
    assert {topic_for(kind) for kind in TYPES} == {
        *("ticket_opened", "ticket_response", "ticket_status", "survey", "customer")
    }
