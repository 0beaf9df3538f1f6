"""What is an event: the codec and the oracle's own reading draw the line at the same place."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.codec import Limits, at_us, decode, key_of
from schemas.rejected import Rejected
from stream.verify.record import COLUMNS, MalformedError, row
from tests.tries import tries

_NO_FUTURE_US = 10**18  # past the year 9999, so that nothing lies in the future
_COMMON = {"version": 1, "event_id": "e", "occurred_at": "2026-03-02T10:00:00Z", "ticket_id": "T"}
_EVENTS: list[dict[str, Any]] = [
    {**_COMMON, "type": "ticket.opened", "opened_by": "agent", "channel": "chat", "queue": "q"},
    {**_COMMON, "type": "ticket.responded", "author": "agent", "public": False, "agent_id": "a"},
    {**_COMMON, "type": "ticket.status", "status": "pending", "to_queue": "q", "merged_into": "U"},
    {**_COMMON, "type": "survey.sent", "survey_id": "S", "instrument": "csat", "touchpoint": "p"},
    {**_COMMON, "type": "survey.answered", "survey_id": "S", "score": 9, "scale_max": 10, "comment": "so so"},
    {**_COMMON, "type": "customer.acquired", "customer_id": "C"},
    {**_COMMON, "type": "customer.lost", "customer_id": "C"},
    {**_COMMON, "type": "customer.purchased", "customer_id": "C", "amount": 9.5},
    {**_COMMON, "type": "customer.signal", "customer_id": "C", "signal": "web_return"},
]
_FIELDS = sorted({field for event in _EVENTS for field in event} | {"priority", "brand", "segment", "language"})

_TIMES = st.builds(
    lambda year, month, day, gap, hour, minute, second, fraction, zone: (
        f"{year}-{month}-{day}{gap}{hour}:{minute}:{second}{fraction}{zone}"
    ),
    st.sampled_from(["2026", "1969", "1970", "0001", "2199", "2200", "9999"]),
    st.sampled_from(["01", "02", "12", "13", "00", "2"]),
    st.sampled_from(["01", "28", "29", "30", "31", "32", "00"]),
    st.sampled_from(["T", "t", " ", "_", ""]),
    st.sampled_from(["00", "23", "24", "7"]),
    st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["", ".0", ".", ".123456", ".1234569", ".123456789012", ".1234567890123", ",5"]),
    st.sampled_from(["Z", "z", "+00:00", "-00:00", "+05:45", "-23:59", "+24:00", "+05:60", "+0100", "", "+1:00", "Z "]),
)
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 1002),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([1.0, 0.0, 1e12, 1e12 + 1, 10, 11]),
    st.text(max_size=4),
    st.sampled_from(["x" * 128, "x" * 129, "😀" * 128, "c" * 4000, "c" * 4001, "\x00"]),
    st.sampled_from(
        ["email", "low", "nps", "enps", "customer", "bot", "spam", "call_missed", *(e["type"] for e in _EVENTS)]
    ),
    st.lists(st.just("chat"), max_size=1),
    st.just({}),
    _TIMES,
)


@st.composite
def bent(draw: st.DrawFn) -> dict[str, Any]:
    """An event, of which up to three fields are gone or hold something else."""
    event = dict(draw(st.sampled_from(_EVENTS)))
    for field in draw(st.lists(st.sampled_from(_FIELDS), max_size=3)):
        if draw(st.integers(0, 3)) == 0:
            event.pop(field, None)
        else:
            event[field] = draw(_TIMES if field == "occurred_at" else _VALUES)
    return event


def _reading(line: bytes) -> dict[str, Any] | MalformedError:
    try:
        return dict(zip(COLUMNS, row(line), strict=True))
    except MalformedError as malformed:
        return malformed


def _agree(line: bytes) -> None:
    (decoded,) = decode([line], limits=Limits(), now_us=_NO_FUTURE_US)
    read = _reading(line)
    if isinstance(read, MalformedError):
        assert isinstance(decoded, Rejected), f"only the oracle refuses it: {read}"
        return
    assert not isinstance(decoded, Rejected), f"only the codec refuses it: {decoded}"
    assert (read["type"], read["event_id"], read["us"]) == (decoded["type"], decoded["event_id"], at_us(decoded))
    assert read["entity"][2:] == key_of(decoded)
    for field in COLUMNS.keys() & decoded.keys():
        assert read[field] == decoded[field]  # type: ignore[literal-required]  # the keys of a union


@settings(max_examples=tries(400))
@given(event=bent())
@example(event={**_EVENTS[0], "version": True})
@example(event={**_EVENTS[0], "version": 1.0})
def test_an_event_is_an_event_to_both(event: dict[str, Any]) -> None:
    _agree(json.dumps(event).encode())


@settings(max_examples=tries(120))
@given(
    event=bent(), envelope=bent(), extra=st.dictionaries(st.sampled_from(["time", "subject", "id", "source"]), _VALUES)
)
def test_a_cloudevent_is_one_to_both(event: dict[str, Any], envelope: dict[str, Any], extra: dict[str, Any]) -> None:
    outside: dict[str, Any] = {
        "specversion": "1.0",
        "id": "1",
        "source": "/desk",
        "type": f"com.example.{envelope.get('type')}",
    }
    data = {field: value for field, value in event.items() if field not in extra}
    _agree(json.dumps({**outside, "time": "2026-03-02T10:00:00Z", **extra, "data": data}).encode())


@settings(max_examples=tries(120))
@given(
    line=st.binary(max_size=20) | st.text(max_size=20).map(str.encode) | st.sampled_from([b"{}", b"[]", b"NaN", b"1"])
)
@example(line=b'{"type":"ticket.opened","a":"\\ud800"}')
@example(line=b'{"a":1e999}')
@example(line=b'{"a":Infinity}')
@example(line=b'{"a":1,"a":2}')
@example(line=b"\xef\xbb\xbf{}")
def test_no_line_is_an_event_to_one_alone(line: bytes) -> None:
    if line:
        _agree(line)
