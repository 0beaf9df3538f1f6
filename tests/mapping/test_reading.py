"""Reading deliveries: what becomes an event, what is ignored, what is refused, and that nothing is neither."""

from __future__ import annotations

import time
from typing import Any

import pytest

from schemas.codec import Limits
from stream.mapping import Ignored, MappingError, load_mapping
from stream.mapping.delivery import MAX_BODY_BYTES
from stream.mapping.items import MOST_ITEMS
from tests.mapping.deliveries import delivery, documents, mapped, read, refused

T = "2026-03-02T09:14:07Z"
ONE = """
version: 1
rows: events
ticket: "{ticket.id}"
event_id: "x:{id}"
at: "{at}"
rules:
  - when: {what: created}
    emit: opened
    with: {channel: "{channel}", opened_by: {from: "{=ticket.by == ticket.for}", map: {"true": customer, "*": agent}}}
  - {when: {what: noise}, emit: nothing}
"""
BODY = {"id": 1, "what": "created", "at": T, "channel": "email", "ticket": {"id": 17, "by": 5, "for": 5}}
EVENT = {
    "type": "ticket.opened",
    "version": 1,
    "event_id": "x:1",
    "occurred_at": T,
    "ticket_id": "17",
    "channel": "email",
    "opened_by": "customer",
}
BATCH = ONE.replace("rules:", "each: items\nrules:")


def test_a_body_becomes_an_event_with_its_topic_and_key() -> None:
    reading = read(ONE, BODY)
    assert documents(reading) == [EVENT]
    assert [(event.topic, event.key) for event in reading.events] == [("ticket_opened", "17")]


def test_what_a_rule_says_nothing_of_is_ignored_and_what_no_rule_knows_is_refused() -> None:
    assert read(ONE, {**BODY, "what": "noise"}).ignored == [Ignored("", "rules[2] says nothing")]
    assert refused(read(ONE, {**BODY, "what": "new"})) == [("", "no_rule", "no rule fits: what is 'new'")]
    skipping = ONE + "unmatched: skip\n"
    assert read(skipping, {**BODY, "what": "new"}).ignored == [Ignored("", "no rule fits: what is 'new'")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", ("", "not_json")),
        (b"{", ("", "not_json")),
        (b"[]", ("", "not_json")),
        (b"1", ("", "not_json")),
        ({**BODY, "ticket": None}, ("", "no_ticket")),
        ({**BODY, "at": "yesterday"}, ("", "time")),
        ({**BODY, "at": "2027-02-01T00:00:00Z"}, ("", "event")),
        (b'{"a": ' * 200 + b"1" + b"}" * 200, ("", "not_json")),
        (b"[" * 900_000, ("", "not_json")),
        (b" " * (MAX_BODY_BYTES + 1), ("", "too_large")),
    ],
)
def test_what_cannot_become_an_event_is_refused_with_its_cause(body: Any, expected: tuple[str, str]) -> None:
    reading = read(ONE, body)
    assert [(where, cause) for where, cause, _ in refused(reading)] == [expected]
    assert not reading.events
    assert not reading.ignored


def test_one_bad_item_does_not_keep_the_others_back_and_is_named_by_its_place() -> None:
    reading = read(BATCH, {"items": [BODY, {**BODY, "at": "soon"}, 7, {**BODY, "id": 2}]})
    assert [event.document["event_id"] for event in reading.events] == ["x:1", "x:2"]
    assert [event.where for event in reading.events] == ["1", "4"]
    assert refused(reading)[0] == ("2", "time", "rules[1]: got 'soon'; accepts a time as iso")
    assert refused(reading)[1][:2] == ("3", "no_rule")


def test_a_list_that_is_empty_is_ignored_and_one_that_is_not_there_is_refused() -> None:
    assert read(BATCH, {"items": []}).ignored == [Ignored("", "has no items")]
    assert refused(read(BATCH, {})) == [("", "value", "each: items selects nothing; accepts a list")]


def test_items_of_items_know_what_is_above_them() -> None:
    mapping = """
    version: 1
    rows: events
    each: [pages, "changes"]
    ticket: "{_body.prefix}-{_parent.ticket}"
    event_id: "{_parent.ticket}:{id}"
    at: "{_parent.at}"
    rules: [{emit: "resolved"}]
    """
    pages = [{"ticket": 7, "at": T, "changes": [{"id": 1}, {"id": 2}]}, {"ticket": 8, "at": T, "changes": [{"id": 1}]}]
    made = documents(read(mapping, {"prefix": "a", "pages": pages}))
    assert [(event["ticket_id"], event["event_id"]) for event in made] == [
        ("a-7", "7:1"),
        ("a-7", "7:2"),
        ("a-8", "8:1"),
    ]


def test_items_that_are_texts_are_items_too() -> None:
    mapping = """
    version: 1
    rows: events
    each: ids
    ticket: "{_item}"
    event_id: "{_item}"
    at: "{_body.at}"
    rules: [{emit: deleted}]
    """
    assert [event["ticket_id"] for event in documents(read(mapping, {"ids": ["a", 5], "at": T}))] == ["a", "5"]


def test_a_row_may_mean_several_things() -> None:
    mapping = """
    version: 1
    rows: events
    ticket: "{id}"
    at: "{at}"
    rules:
      - {when: {reply: {empty: false}}, emit: responded, event_id: "m{reply}", also: true}
      - {when: {state: closed}, emit: closed, event_id: "c{id}"}
      - {emit: nothing}
    """
    body = {"id": 1, "at": T, "reply": 9, "state": "closed"}
    assert [event["event_id"] for event in documents(read(mapping, body))] == ["m9", "c1"]
    assert [event["event_id"] for event in documents(read(mapping, {**body, "state": "open"}))] == ["m9"]
    assert read(mapping, {"id": 1, "at": T}).ignored == [Ignored("", "rules[3] says nothing")]


def test_headers_query_and_time_of_receipt_can_be_read() -> None:
    mapping = """
    version: 1
    rows: events
    ticket: "{_query.desk}-{id}"
    event_id: "{id}:{_headers.x-event}"
    at: "{_received}"
    rules: [{when: {_headers.x-event: closed}, emit: closed}]
    """
    (event,) = documents(read(mapping, {"id": 1}, {"X-Event": "closed"}, {"Desk": "fd"}))
    assert (event["ticket_id"], event["event_id"], event["occurred_at"]) == ("fd-1", "1:closed", "2027-01-15T08:00:00Z")


def test_an_event_with_the_time_of_receipt_needs_an_id_that_a_second_attempt_makes_again() -> None:
    mapping = """
    version: 1
    rows: events
    ticket: "{id}"
    event_id: "{message}"
    at: "{_received}"
    rules: [{emit: responded}]
    """
    assert refused(read(mapping, {"id": 1}))[0][1:] == (
        "value",
        "rules[1]: event_id: {message} is empty; an event that has no time needs one",
    )
    with pytest.raises(MappingError, match=r"event_id: is missing; _received is another time at each attempt"):
        mapped(mapping.replace('event_id: "{message}"\n', "\n"))


def test_a_form_and_json_inside_a_text_are_read() -> None:
    mapping = """
    version: 1
    rows: events
    parse_json: Attributes
    ticket: "{Sid}"
    at: "{At}"
    time: {formats: [unix_ms]}
    rules: [{emit: opened, with: {customer_id: "{Attributes.customer.id}"}}]
    """
    form = b"Sid=W1&At=1772442847123&Attributes=%7B%22customer%22%3A%7B%22id%22%3A%22c7%22%7D%7D&Sid=W2"
    (event,) = documents(read(mapping, form, {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}))
    assert (event["ticket_id"], event["customer_id"]) == ("W1", "c7")
    assert event["occurred_at"] == "2026-03-02T09:14:07.123000Z"


def test_an_event_of_deskpulse_is_taken_as_it_is_without_fields_that_it_does_not_have() -> None:
    mapping = 'version: 1\nrows: events\nevent_id: "d:{_headers.id}"\nat: "{sent}"\nrules: [{emit: event}]\n'
    own = {key: value for key, value in EVENT.items() if key not in ("event_id", "occurred_at", "version")}
    made = documents(read(mapping, {**own, "sent": T, "email": "c@example.com", "queue": None}, {"id": "7"}))
    assert made == [{**own, "version": 1, "event_id": "d:7", "occurred_at": T}]
    assert documents(read(mapping, EVENT)) == [EVENT]
    assert refused(read(mapping, {"type": "ticket.eaten"}, {"id": "7"}))[0][1] == "time"


def test_cloudevents_come_structured_binary_and_in_batches() -> None:
    mapping = "version: 1\nrows: events\nbody: cloudevents\nrules: [{emit: event}]\n"
    attributes = {"specversion": "1.0", "id": "7", "source": "/desk ü", "type": "com.x.ticket.opened", "time": T}
    expected = {"version": 1, "type": "ticket.opened", "event_id": "/desk ü#7", "occurred_at": T, "ticket_id": "9"}
    structured = {**attributes, "subject": "9", "data": {"channel": "chat"}}
    binary = {f"ce-{name}": value for name, value in {**attributes, "source": "/desk%20%C3%BC", "subject": "9"}.items()}
    for made in (
        documents(read(mapping, structured, {"content-type": "application/cloudevents+json; charset=utf-8"})),
        documents(read(mapping, [structured], {"content-type": "application/CloudEvents-batch+json"})),
        documents(read(mapping, {"channel": "chat"}, {"Content-Type": "application/json", **binary})),
        documents(read(mapping, b'{"channel":"chat"}', {"Content-Type": "application/json", **binary})),
    ):
        assert made == [{**expected, "channel": "chat"}]
    assert refused(read(mapping, b"x", {"content-type": "application/cloudevents+avro"}))[0][1] == "not_json"
    assert refused(read(mapping, {"channel": "chat"}))[0][1] == "event"


def test_an_id_that_is_too_long_is_shortened_alike_each_time_and_differs_from_others() -> None:
    ids = [documents(read(ONE, {**BODY, "id": "y" * 500 + end}))[0]["event_id"] for end in "aab"]
    assert ids[0] == ids[1] != ids[2]
    assert all(len(each) <= 128 for each in ids)


def test_a_mapping_that_needs_all_rows_of_a_ticket_is_refused_for_webhooks() -> None:
    with pytest.raises(MappingError, match="has `case`, which needs all rows of a ticket at once"):
        load_mapping("process-mining-helpdesk")


def test_a_mapping_of_tickets_reads_bodies_too() -> None:
    mapping = """
    version: 1
    rows: tickets
    ticket: "{id}"
    events: [{emit: opened, at: "{created}"}, {emit: closed, at: "{closed}"}]
    """
    assert [event["type"] for event in documents(read(mapping, {"id": 1, "created": T, "closed": T}))] == [
        "ticket.opened",
        "ticket.status",
    ]


COSTLY = BATCH.replace('"{channel}"', "\"{=_body.items[?id=='none'] | [0].channel}\"")
LOOKING = BATCH.replace('"{channel}"', '"{_body.filler}"')


@pytest.mark.parametrize(
    ("mapping", "body"),
    [
        (BATCH, {"items": list(range(MOST_ITEMS))}),
        (BATCH, {"items": [0] * 500_000}),
        (COSTLY, {"items": [BODY] * 5_000}),
        (LOOKING, {"items": [BODY] * 1_000, "filler": "x" * 500_000}),
        (ONE.replace("{ticket.id}", "{=join('', keys(@))}"), {f"k{i}": i for i in range(60_000)}),
        (ONE, {**BODY, "at": "2026" + " " * 900_000 + "x"}),
        (ONE, {**BODY, "at": "9" * 900_000}),
        (ONE, b'{"what": "created", "id": ' + b"9" * 900_000 + b"}"),
        (ONE, {**BODY, "ticket": {"id": "x" * 900_000}}),
        (ONE, b"{" + b",".join(b'"k%d":1' % i for i in range(80_000)) + b"}"),
        (ONE, b'{"what":' * 127_000),
    ],
)
def test_no_body_takes_longer_than_seconds(mapping: str, body: Any) -> None:
    loaded, sent = mapped(mapping), delivery(body)
    begun = time.process_time()
    reading = loaded.read(sent, Limits())
    assert time.process_time() - begun < 5
    assert reading.events or reading.refused


def test_the_items_of_a_delivery_are_bounded_over_all_lists_and_those_before_are_kept() -> None:
    mapping = BATCH.replace("each: items", 'each: ["lists", "@"]')
    half: list[dict[str, Any]] = [{}] * (MOST_ITEMS // 2)
    *others, (where, cause, detail) = refused(read(mapping, {"lists": [half, half]}))
    assert (where, cause, detail) == ("2.4998", "too_large", "there are more than 10,000 items; accepts fewer at once")
    assert len(others) == MOST_ITEMS - 2  # each of the two lists is an item too


def test_the_steps_of_expressions_are_bounded_and_it_is_said_so() -> None:
    reading = read(COSTLY, {"items": [BODY] * 5_000})
    assert refused(reading)[-1][1:] == (
        "too_large",
        "the expressions took more than 200,000 steps; accepts fewer or smaller items at once",
    )
    assert [event.where for event in reading.events] == [str(i + 1) for i in range(len(reading.events))]
