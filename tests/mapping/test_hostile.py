"""Whatever a body, its headers and its mapping are: every item comes to something, soon, and nothing is raised."""

from __future__ import annotations

import base64
import time
from contextlib import suppress
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import Limits, decode
from stream.mapping import Delivery, DeliveryMapping, MappingError, load_mapping
from stream.mapping.document import as_text
from stream.mapping.expression import Expression, Steps, TooCostlyError
from stream.mapping.mapping_file import bundled, parse
from tests.mapping.deliveries import NOW_US, read, refused
from tests.mapping.test_vendors import delivered, payloads

WEBHOOKS = [name for name in bundled() if name != "process-mining-helpdesk"]
NUMBERS = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
ODD = st.sampled_from(["", " ", "\x00", "\U0001f600", "9" * 5_000])
LEAVES = st.none() | st.booleans() | NUMBERS | ODD | st.text(max_size=20)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
CONTENTS = ("json", "x-www-form-urlencoded", "cloudevents", "cloudevents-batch", "cloudevents+avro")
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "Content-Type", "ce-specversion", "ce-id", "ce-type", "x-helpscout-event"]),
    st.sampled_from([*(f"application/{kind}" for kind in CONTENTS), "%ff", "\udcff"]) | st.text(max_size=8),
    max_size=3,
)


PATTERN = """
version: 1
rows: events
ticket: "{a}"
at: "{at}"
rules: [{when: {a: {matches: 'PATTERN'}}, emit: closed}]
"""


@cache
def loaded(name: str) -> DeliveryMapping:
    return load_mapping(name)


def check(mapping: DeliveryMapping, delivery: Delivery) -> None:
    """A delivery comes to something, twice to the same, and its events are what the decoder admits."""
    reading = mapping.read(delivery)
    assert reading.events or reading.ignored or reading.refused
    assert [event.value for event in mapping.read(delivery).events] == [event.value for event in reading.events]
    values = [event.value for event in reading.events]
    assert decode(values, limits=Limits(), now_us=delivery.received_us) == [event.event for event in reading.events]


@given(st.sampled_from(WEBHOOKS), st.binary(max_size=200) | JSON.map(orjson.dumps), HEADERS)
def test_any_body_comes_to_something(name: str, body: bytes, headers: dict[str, str]) -> None:
    check(loaded(name), Delivery(body, headers, headers, NOW_US))


@given(st.data())
def test_a_payload_of_a_vendor_with_anything_in_the_place_of_anything_comes_to_something(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([each for each in payloads() if each.split("/")[0] in WEBHOOKS]))
    original = delivered(name)
    body = original.body
    if not original.headers["content-type"].endswith("urlencoded"):
        content = orjson.loads(body)
        for _ in range(data.draw(st.integers(1, 3))):
            content = _replaced(content, data)
        body = orjson.dumps(content)
    check(loaded(name.split("/")[0]), Delivery(body, original.headers, {}, NOW_US))


def _replaced(value: Any, data: st.DataObject) -> Any:
    """Replace one part, somewhere below."""
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: _replaced(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.booleans()):
        return [_replaced(value[0], data), *value[1:]]
    return data.draw(JSON)


SIGNS = (*"ab.|!@&(),:{}*<]", "[0]", "[]", "[*]", "[?", "||", "&&", "==", "`1`", "'x'", "-1")
CALLS = ("sort_by(", "max_by(", "join(", "to_number(", "ceil(", "merge(", "contains(", "map(", "sum(", "reverse(")
PIECES = st.lists(st.sampled_from([*SIGNS, *CALLS]), min_size=1, max_size=12).map("".join)


@given(PIECES | st.text(max_size=20), JSON)
def test_any_expression_is_refused_or_finds_something_or_nothing(text: str, document: Any) -> None:
    with suppress(ValueError, TooCostlyError):
        expression = Expression.parse(text)
        assert isinstance(as_text(expression.search(document, Steps(2_000))), str)


@pytest.mark.parametrize(
    "text",
    [
        *("!" * 5_000 + "a", "a" + "|a" * 5_000, "(" * 2_000 + "a" + ")" * 2_000),
        *("nothing(a)", "length()", "length(a, b)", "a[?", "&a", "[&a]", "not_null(&a)"),
    ],
)
def test_an_expression_that_can_never_work_is_refused_when_the_mapping_is_loaded(text: str) -> None:
    ticket = orjson.dumps("{=" + text + "}").decode()
    with pytest.raises(MappingError, match=r"my\.yaml:3: ticket: got .* accepts a JMESPath expression: "):
        parse(f"version: 1\nrows: events\nticket: {ticket}\nat: x\nrules: [{{emit: closed}}]\n", "my.yaml")


@given(st.sampled_from(WEBHOOKS), st.data())
def test_a_mapping_with_anything_in_a_line_is_refused_or_reads_bodies(name: str, data: st.DataObject) -> None:
    lines = bundled()[name].read_text("utf-8").splitlines()
    i = data.draw(st.integers(0, len(lines) - 1))
    lines[i] = data.draw(st.text(max_size=20) | st.sampled_from([*lines, lines[i] + "x", lines[i][:-1]]))
    with suppress(MappingError):
        mapping = DeliveryMapping(name, parse("\n".join(lines), "my.yaml"))
        check(mapping, Delivery(b'{"type": "x", "id": 1}', {}, {}, NOW_US))


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)*b", "(?:x{1,}y)+", ".*foo.*bar", r"\s*a\d+", "[]a]+[^]b]*", "a{2,500}b{3,}"]
)
def test_a_pattern_that_a_text_can_hold_up_is_refused_for_webhooks(pattern: str) -> None:
    with pytest.raises(MappingError, match=r"repeats without end"):
        DeliveryMapping("my", parse(PATTERN.replace("PATTERN", pattern), "my.yaml"))


@pytest.mark.parametrize(
    "pattern", ["^(a|b)?c+$", r"/([^/]+)$", r"a\+b\*c+", "[+*]+", "a{3}b{1,20}", "re-?opened", "(a+)(b)"]
)
def test_a_pattern_that_takes_the_square_of_a_text_at_most_is_accepted(pattern: str) -> None:
    mapping = DeliveryMapping("my", parse(PATTERN.replace("PATTERN", pattern), "my.yaml"))
    begun = time.process_time()
    mapping.read(Delivery(orjson.dumps({"a": "ac" * 200_000 + "/b"}), {}, {}, NOW_US))
    assert time.process_time() - begun < 2


def test_numbers_of_thousands_of_digits_and_nests_in_nests_are_no_texts_and_no_crash() -> None:
    mapping = """
    version: 1
    rows: events
    parse_json: [a, a.b, a.b.c]
    ticket: "{=sum([to_number(n), to_number(n), `1`])}-{a}"
    at: "{_received}"
    event_id: "1"
    rules: [{emit: closed}]
    """
    nest = "[" * 98 + "1" + "]" * 98
    inner = orjson.dumps({"b": orjson.dumps({"c": nest, "x": orjson.loads(nest)}).decode()}).decode()
    assert refused(read(mapping, {"n": "9" * 4_300, "a": inner}))[0][1] == "no_ticket"


def test_an_event_with_a_nest_in_the_place_of_a_value_is_refused() -> None:
    nest = base64.b64encode(b'{"queue": ' + b"[" * 900 + b"]" * 900 + b"}").decode()
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": "ticket.opened", "data_base64": nest}
    delivery = Delivery(orjson.dumps(event), {"content-type": "application/cloudevents+json"}, {}, NOW_US)
    assert refused(loaded("cloudevents").read(delivery)) == [
        ("1", "event", "rules[1]: queue: got list; accepts a text, a number or a truth")
    ]


def test_no_text_takes_the_patterns_of_the_bundled_mappings_long() -> None:
    for text in ("/" * 500_000, "a/" * 250_000, "zen:event-type:ticket." * 20_000, " " * 500_000 + "x"):
        detail = {"queueInfo": {"queueArn": text}, "eventType": "QUEUED", "topicName": text}
        body = orjson.dumps({"type": text, "detail": detail} if len(text) < 500_000 else {"type": text})
        for name in WEBHOOKS:
            begun = time.process_time()
            loaded(name).read(Delivery(body, {"x-zammad-trigger": text}, {}, NOW_US))
            assert time.process_time() - begun < 2
