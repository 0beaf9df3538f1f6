"""msgspec is a faster reader than pydantic, never another one: with and without it the same comes of every record."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.codec import Limits, decide, decode
from schemas.reading import read
from tests.bent_events import TIMES, VALUES, WHOLE_EVENTS, bent
from tests.events import FAR_US, NOON_US
from tests.tries import tries

PIECES = [b'"', b"\\", b"\\u", b"{", b"}", b",", b":", b"\xff", b"1e9", b"null", b"true", b"-", b".0"]
# Of a CloudEvent in binary mode.
BINARY = [("ce_specversion", b"1.0"), ("ce_id", b"7"), ("ce_source", b"/x"), ("ce_type", b"ticket.opened")]
LIMITS = Limits(max_record_bytes=30_000)
OPENED = WHOLE_EVENTS[0]
ANSWERED = WHOLE_EVENTS[4]


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _agree(*values: bytes | None, now_us: int = FAR_US, headers: Any = None) -> None:
    """Check that both say the same, to the type of each field: 1, 1.0 and True are equal."""
    decoded = decode(values, limits=LIMITS, now_us=now_us, headers=headers)
    decided = decide(values, limits=LIMITS, now_us=now_us, headers=headers)
    assert list(map(repr, decoded)) == list(map(repr, decided))
    assert decoded == decided


def _text(event: dict[str, Any], **raw: bytes) -> bytes:
    """Write an event with these fields as they are, as JSON or what may look like it."""
    kept = {name: value for name, value in event.items() if name not in raw}
    members = [orjson.dumps(kept)[1:-1], *(b'"%s":%s' % (name.encode(), value) for name, value in raw.items())]
    return b"{" + b",".join(members) + b"}"


def _at(text: str) -> bytes:
    return _text(OPENED, occurred_at=orjson.dumps(text))


HOSTILE = {
    "version as a float": _text(OPENED, version=b"1.0"),
    "version with an exponent": _text(OPENED, version=b"1e0"),
    "version as a bool": _text(OPENED, version=b"true"),
    "version as a text": _text(OPENED, version=b'"1"'),
    "score as a float": _text(ANSWERED, score=b"9.0"),
    "score as a bool": _text(ANSWERED, score=b"true"),
    "score over ten": _text(ANSWERED, score=b"11"),
    "score over ten, of a scale that has it": _text(ANSWERED, score=b"11", instrument=b'"csat"'),
    "score of minus nothing": _text(ANSWERED, score=b"-0"),
    "score past 64 bits": _text(ANSWERED, score=b"9" * 30),
    "score past 4,300 digits": _text(ANSWERED, score=b"9" * 5_000),
    "amount as an int": _text(WHOLE_EVENTS[7], amount=b"3"),
    "amount past 64 bits": _text(WHOLE_EVENTS[7], amount=b"9" * 30),
    "amount of minus nothing": _text(WHOLE_EVENTS[7], amount=b"-0.0"),
    "amount that underflows": _text(WHOLE_EVENTS[7], amount=b"1e-999"),
    "amount that is infinite": _text(WHOLE_EVENTS[7], amount=b"1e999"),
    "amount that is no number": _text(WHOLE_EVENTS[7], amount=b"NaN"),
    "amount of many digits": _text(WHOLE_EVENTS[7], amount=b"0." + b"1234567890" * 40),
    "amount as a bool": _text(WHOLE_EVENTS[7], amount=b"false"),
    "public as a number": _text(WHOLE_EVENTS[1], public=b"1"),
    "null for an optional field": _text(OPENED, channel=b"null"),
    "null for a field that is needed": _text(OPENED, ticket_id=b"null"),
    "empty id": _text(OPENED, ticket_id=b'""'),
    "id of 128 characters of four bytes": _text(OPENED, ticket_id=orjson.dumps("😀" * 128)),
    "id of 129 characters": _text(OPENED, ticket_id=orjson.dumps("x" * 129)),
    "id of 128 escaped characters": _text(OPENED, ticket_id=b'"' + rb"\ud83d\ude00" * 128 + b'"'),
    "half a surrogate pair": _text(OPENED, ticket_id=rb'"\ud800"'),
    "the other half": _text(OPENED, ticket_id=rb'"\udc00x"'),
    "surrogates in UTF-8": _text(OPENED, ticket_id=b'"\xed\xa0\x80"'),
    "UTF-8 that is too long": _text(OPENED, ticket_id=b'"\xc0\x80"'),
    "UTF-8 cut short": _text(OPENED, ticket_id=b'"\xc3"'),
    "a zero character": _text(OPENED, ticket_id=rb'"\u0000"'),
    "a raw control character": _text(OPENED, ticket_id=b'"a\x01"'),
    "a raw newline": _text(OPENED, ticket_id=b'"a\n"'),
    "an extra field": _text(OPENED, extra=b'"x"'),
    "an extra field of bad UTF-8": _text(OPENED, extra=b'"\xff"'),
    "an extra field of bad UTF-8 as its name": _text(OPENED)[:-1] + b',"\xff":1}',
    "an extra field that is infinite": _text(OPENED, extra=b"1e999"),
    "an extra field of half a surrogate pair": _text(OPENED, extra=rb'"\ud800"'),
    "an extra field nested 1,000 deep": _text(OPENED, extra=b"[" * 1_000 + b"]" * 1_000),
    "an extra field nested 1,023 deep": _text(OPENED, extra=b"[" * 1_023 + b"]" * 1_023),
    "an extra field nested 1,024 deep": _text(OPENED, extra=b"[" * 1_024 + b"]" * 1_024),
    "an extra field nested 14,000 deep": _text(OPENED, extra=b"[" * 14_000 + b"]" * 14_000),
    "an extra field called at_us": _text(OPENED, at_us=b"1"),
    "a known field nested 14,000 deep": _text(OPENED, ticket_id=b"[" * 14_000 + b"]" * 14_000),
    "a structured CloudEvent that is an event too": _text(OPENED, specversion=b'"1.0"', data=b"{}"),
    "a field twice, the last is wrong": _text(OPENED)[:-1] + b',"ticket_id":7}',
    "a field twice, the first is wrong": b'{"ticket_id":7,' + _text(OPENED)[1:],
    "a field twice": _text(OPENED)[:-1] + b',"ticket_id":"other"}',
    "a field twice, null at last": _text(OPENED)[:-1] + b',"channel":null}',
    "a field that is needed twice, null at last": _text(OPENED)[:-1] + b',"ticket_id":null}',
    "type twice": _text(OPENED)[:-1] + b',"type":"ticket.opened"}',
    "type twice, another one": _text(OPENED)[:-1] + b',"type":"survey.sent","survey_id":"S"}',
    "type twice, another one first": b'{"type":"survey.sent",' + _text(OPENED)[1:],
    "type twice, null at last": _text(OPENED)[:-1] + b',"type":null}',
    "time twice": _text(OPENED)[:-1] + b',"occurred_at":"2026-03-02T12:00:00.1234567Z"}',
    "an escaped name": _text(OPENED).replace(b'"ticket_id"', rb'"ticket\u005fid"'),
    "an escaped type": _text(OPENED).replace(b'"ticket.opened"', rb'"ticket\u002eopened"'),
    "an escaped time": _text(OPENED, occurred_at=rb'"2026-03-02T12:00:00\u002b01:00"'),
    "white space all over": b" \n\t\r" + _text(OPENED).replace(b":", b"\n: ").replace(b",", b" ,\t") + b" \r\n",
    "a form feed": b"\x0c" + _text(OPENED),
    "a byte order mark": b"\xef\xbb\xbf" + _text(OPENED),
    "UTF-16": _text(OPENED).decode().encode("utf-16"),
    "a zero byte behind it": _text(OPENED) + b"\x00",
    "two events": _text(OPENED) + _text(OPENED),
    "an array of one": b"[" + _text(OPENED) + b"]",
    "a comma too many": _text(OPENED)[:-1] + b",}",
    "a comment": _text(OPENED) + b"// right",
    "single quotes": _text(OPENED).replace(b'"', b"'"),
    "too long": _text(OPENED, extra=b'"' + b"x" * 40_000 + b'"'),
    "blanks alone": b"  ",
    "nothing": b"",
    "no value": None,
}
MOMENTS = [
    *("2026-03-02T12:00:00Z", "2026-03-02T12:00:00.1Z", "2026-03-02T12:00:00.123+05:45", "2026-03-02T12:00:00-00:00"),
    *("2026-03-02T12:00:00.1234565Z", "2026-03-02T12:00:00.9999999Z", "2026-03-02T12:00:00.999999999999+00:00"),
    *("2026-03-02T12:00:00.1234567890123Z", "2026-03-02T12:00:00.Z", "2026-03-02T12:00:00,5Z"),
    *("2026-03-02T12:00:00+0100", "2026-03-02T12:00:00+01", "2026-03-02T12:00:00+1:00", "2026-03-02T12:00:00+01:00:30"),
    *("2026-03-02T12:00:00+00:60", "2026-03-02T12:00:00-22:99", "2026-03-02T12:00:00+24:00", "2026-03-02T12:00:00"),
    *("2026-03-02T24:00:00Z", "2026-03-02T23:59:60Z", "2026-03-02T23:60:00Z", "2026-03-02T12:00Z", "2026-03-02T12Z"),
    *("2026-03-02t12:00:00z", "2026-03-02 12:00:00Z", "2026-03-02_12:00:00Z", "20260302T120000Z"),
    *("2026-02-29T12:00:00Z", "2024-02-29T12:00:00Z", "2100-02-29T12:00:00Z", "2026-W10-1T12:00:00Z"),
    *("1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:59:59+01:00", "0001-01-01T00:00:00+05:00"),
    *("2199-12-31T23:59:59.999999Z", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00", "0000-01-01T00:00:00Z"),
    *("٢026-03-02T12:00:00Z", "2026-03-02T12:00:00Z ", "2026-03-02T12:00:00Z\n", "now", ""),
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_both_say_the_same_of_a_hostile_record(value):
    _agree(value)


@pytest.mark.parametrize("text", MOMENTS)
def test_both_read_the_same_time(text):
    _agree(_at(text))


def test_both_take_the_same_offsets_and_times_of_day():
    times = [f"2026-03-02T12:00:00{sign}{h:02}:{m:02}" for sign in "+-" for h in range(0, 100, 3) for m in range(100)]
    times += [f"2026-03-02T{h:02}:{m:02}:{s:02}Z" for h in range(30) for m in (0, 59, 60, 99) for s in (0, 59, 60, 99)]
    times += [f"{y}-{m:02}-{d:02}T00:00:00Z" for y in (1970, 2000, 2024, 2100) for m in range(14) for d in range(33)]
    _agree(*map(_at, times))


@settings(max_examples=tries(400))
@given(event=bent(), blanks=st.booleans(), escaped=st.booleans())
def test_both_say_the_same_of_an_event_that_is_nearly_right(event: dict[str, Any], blanks: bool, escaped: bool) -> None:
    separators = (" , ", " : ") if blanks else (",", ":")
    _agree(json.dumps(event, ensure_ascii=escaped, separators=separators).encode(errors="surrogatepass"))


@settings(max_examples=tries(300))
@given(text=TIMES | st.datetimes().map(lambda at: at.isoformat() + "Z") | st.from_regex(r"\A[0-9T:.+Z -]{17,36}\Z"))
def test_both_read_the_same_time_whatever_it_looks_like(text: str) -> None:
    _agree(_at(text))


@settings(max_examples=tries(300))
@given(
    event=st.sampled_from(WHOLE_EVENTS),
    name=st.sampled_from(["version", "score", "scale_max", "amount", "public", "ticket_id", "extra", "type"]),
    raw=st.from_regex(rb"\A-?[0-9]{1,25}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?\Z") | VALUES.map(_json),
    twice=st.booleans(),
)
def test_both_read_the_same_numbers(event: dict[str, Any], name: str, raw: bytes, twice: bool) -> None:
    value = _text(event, **{name: raw})
    _agree(value[:-1] + b"," + orjson.dumps(event)[1:] if twice else value)


@settings(max_examples=tries(400))
@given(event=st.sampled_from(WHOLE_EVENTS), data=st.data())
def test_both_say_the_same_of_an_event_with_bytes_that_are_wrong(event: dict[str, Any], data: st.DataObject) -> None:
    value = bytearray(orjson.dumps(event))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(value) - 1))
        value[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3) | st.sampled_from(PIECES))
    _agree(bytes(value))


@settings(max_examples=tries(100))
@given(
    values=st.lists(bent().map(_json) | st.sampled_from([*HOSTILE.values()]), max_size=8),
    headers=st.lists(st.sampled_from([[], [("trace", b"1")], BINARY]), min_size=8, max_size=8),
    now_us=st.sampled_from([NOON_US, FAR_US]),
)
@example(values=[_text(OPENED)], headers=[BINARY], now_us=FAR_US)
def test_both_say_the_same_of_a_batch(values: list[bytes | None], headers: Any, now_us: int) -> None:
    _agree(*values, now_us=now_us)
    _agree(*values, now_us=now_us, headers=headers[: len(values)])


@pytest.mark.parametrize("event", WHOLE_EVENTS, ids=lambda event: event["type"])
@pytest.mark.parametrize("zone", ["Z", ".5Z", ".123Z", ".123456+00:00", "-05:30"])
def test_msgspec_reads_every_type_of_event_as_desks_write_it(event, zone):
    value = orjson.dumps({**event, "occurred_at": f"2026-03-02T12:00:00{zone}"})
    assert read([value], len(value), FAR_US) == (decide([value], limits=LIMITS, now_us=FAR_US), [])
