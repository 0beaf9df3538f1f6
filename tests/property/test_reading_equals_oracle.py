"""What is an event: the codec and the oracle's own reading draw the line at the same place."""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.codec import Limits, decode, key_of
from schemas.events import TicketOpened
from schemas.rejected import Rejected
from stream.core.ticket import opened_by
from stream.verify.record import COLUMNS, MalformedError, row
from tests.bent_events import VALUES, WHOLE_EVENTS, bent
from tests.events import sent_fields
from tests.tries import tries

_NO_FUTURE_US = 10**18  # past the year 9999, so that nothing lies in the future


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
    assert (read["type"], read["event_id"], read["us"]) == (decoded.type, decoded.event_id, decoded.at_us)
    assert read["entity"][2:] == key_of(decoded)
    said = sent_fields(decoded)
    if isinstance(decoded, TicketOpened):
        said["opened_by"] = opened_by(decoded.opened_by)
    for field in COLUMNS.keys() & said.keys():
        assert read[field] == said[field]


@settings(max_examples=tries(400))
@given(event=bent())
@example(event={**WHOLE_EVENTS[0], "version": True})
@example(event={**WHOLE_EVENTS[0], "version": 1.0})
def test_an_event_is_an_event_to_both(event: dict[str, Any]) -> None:
    _agree(json.dumps(event).encode())


@settings(max_examples=tries(120))
@given(
    event=bent(), envelope=bent(), extra=st.dictionaries(st.sampled_from(["time", "subject", "id", "source"]), VALUES)
)
def test_a_cloudevent_is_one_to_both(event: dict[str, Any], envelope: dict[str, Any], extra: dict[str, Any]) -> None:
    outside: dict[str, Any] = {
        "specversion": "1.0",
        "id": "1",
        "source": "/desk",
        "type": f"com.example.{envelope.get('type')}",
    }
    data = {field: value for field, value in event.items() if field not in extra} or None
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
