"""Event files: what is an event, what is one twice, and what is none."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stream.verify.load import load
from stream.verify.record import MalformedError, Reason, row
from tests.verify.story import Desk, Story, write
from tests.verify.story import row as row_of

OPENED = {
    "type": "ticket.opened",
    "version": 1,
    "event_id": "e",
    "occurred_at": "2026-03-02T10:00:00Z",
    "ticket_id": "T",
}
RESPONDED = {**OPENED, "type": "ticket.responded", "author": "agent"}
STATUS = {**OPENED, "type": "ticket.status", "status": "pending"}
ANSWERED = {**OPENED, "type": "survey.answered", "survey_id": "S", "score": 9}
SIGNAL = {**OPENED, "type": "customer.signal", "customer_id": "C", "signal": "call_missed"}


def without(event: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != field}


def test_a_duplicate_counts_once_in_whatever_file_and_order(tmp_path: Path, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:01")
    first = write(tmp_path / "a.jsonl", story.lines())
    second = write(tmp_path / "b.jsonl", [*reversed(story.lines()), *story.lines()])
    loaded = load([first, second])
    assert (loaded.lines, loaded.events, loaded.duplicates, loaded.rejected) == (6, 2, 4, {})


def test_an_event_id_is_an_events_own_per_ticket_or_survey_whatever_its_type(tmp_path: Path) -> None:
    events = [OPENED, {**OPENED, "ticket_id": "U"}, RESPONDED, STATUS, ANSWERED, without(ANSWERED, "ticket_id")]
    assert load([write(tmp_path / "a.jsonl", map(json.dumps, events))]).events == 3


def test_the_order_of_lines_and_their_repetition_change_no_number(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", queue="a")
    story.status("T", "10:01", "transferred", to_queue="b")
    story.responded("T", "10:02")
    story.answered("S", "10:03", 2, ticket_id="T")
    story.answered("S", "10:04", 9, ticket_id="T")
    straight = desk.oracle(story).report()
    assert desk.oracle([*reversed(story.lines()), *story.lines()]).report() == straight
    assert row_of(straight, "nps", to="answered", queue="b")["promoters"] == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", Reason.NOT_JSON),
        (b"\xff\xfe{}", Reason.NOT_JSON),
        (b'\xef\xbb\xbf{"type":"ticket.opened"}', Reason.NOT_JSON),
        (b'{"a": NaN}', Reason.NOT_JSON),
        (b'{"a": "\\ud800"}', Reason.NOT_JSON),
        (b'{"a": 1,}', Reason.NOT_JSON),
        (b"[" * 100_000, Reason.NOT_JSON),
        (b"[]", Reason.NOT_AN_OBJECT),
        (b"null", Reason.NOT_AN_OBJECT),
        (b'"ticket.opened"', Reason.NOT_AN_OBJECT),
        (b" " * 1_048_577, Reason.TOO_LARGE),
    ],
)
def test_a_line_that_is_no_object_is_refused(line: bytes, reason: Reason) -> None:
    with pytest.raises(MalformedError) as caught:
        row(line)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({**OPENED, "type": "ticket.exploded"}, Reason.UNKNOWN_TYPE),
        ({**OPENED, "type": ["ticket.opened"]}, Reason.UNKNOWN_TYPE),
        (without(OPENED, "type"), Reason.UNKNOWN_TYPE),
        ({**OPENED, "version": 2}, Reason.UNKNOWN_VERSION),
        ({**OPENED, "version": "1"}, Reason.UNKNOWN_VERSION),
        ({**OPENED, "version": True}, Reason.UNKNOWN_VERSION),
        ({**OPENED, "version": 1.0}, Reason.UNKNOWN_VERSION),
        (without(OPENED, "version"), Reason.UNKNOWN_VERSION),
        (without(OPENED, "event_id"), Reason.WRONG_FIELD),
        ({**OPENED, "event_id": ""}, Reason.WRONG_FIELD),
        ({**OPENED, "event_id": "x" * 129}, Reason.WRONG_FIELD),
        ({**OPENED, "event_id": 7.0}, Reason.WRONG_FIELD),
        (without(OPENED, "ticket_id"), Reason.WRONG_FIELD),
        (without(OPENED, "occurred_at"), Reason.WRONG_FIELD),
        *(
            ({**OPENED, "occurred_at": time}, Reason.WRONG_FIELD)
            for time in (
                *("2026-03-02T10:00:00", "2026-03-02", "2026-03-02T10:00Z", "2026-02-30T10:00:00Z", 1772445600),
                *("2026-03-02T24:00:00Z", "2026-03-02T23:59:60Z", "2026-03-02T10:00:00+0100", "1969-12-31T23:59:59Z"),
                *("2026-03-02T10:00:00+24:00", "2026-03-02T10:00:00Z ", "2026-03-02T10:00:00,5Z", None, "now"),
            )
        ),
        ({**OPENED, "channel": 4.0}, Reason.WRONG_FIELD),
        ({**OPENED, "priority": True}, Reason.WRONG_FIELD),
        ({**OPENED, "ticket_id": ""}, Reason.WRONG_FIELD),
        ({**OPENED, "ticket_id": 5.0}, Reason.WRONG_FIELD),
        ({**OPENED, "queue": "x" * 129}, Reason.WRONG_FIELD),
        ({**OPENED, "opened_by": 1}, Reason.WRONG_FIELD),
        (without(RESPONDED, "author"), Reason.WRONG_FIELD),
        ({**RESPONDED, "author": "ghost"}, Reason.WRONG_FIELD),
        ({**RESPONDED, "public": 1}, Reason.WRONG_FIELD),
        (without(STATUS, "status"), Reason.WRONG_FIELD),
        ({**STATUS, "status": "open"}, Reason.WRONG_FIELD),
        (without(ANSWERED, "survey_id"), Reason.WRONG_FIELD),
        ({**ANSWERED, "score": 11}, Reason.WRONG_FIELD),
        ({**ANSWERED, "score": 11, "instrument": "enps"}, Reason.WRONG_FIELD),
        ({**ANSWERED, "score": -1}, Reason.WRONG_FIELD),
        ({**ANSWERED, "score": 9.5}, Reason.WRONG_FIELD),
        ({**ANSWERED, "score": True}, Reason.WRONG_FIELD),
        ({**ANSWERED, "instrument": "stars"}, Reason.WRONG_FIELD),
        ({**ANSWERED, "comment": "x" * 4001}, Reason.WRONG_FIELD),
        (without(SIGNAL, "customer_id"), Reason.WRONG_FIELD),
        (without(SIGNAL, "signal"), Reason.WRONG_FIELD),
        ({**OPENED, "specversion": "0.3"}, Reason.BAD_CLOUDEVENT),
    ],
)
def test_an_object_that_is_no_event_is_refused(event: dict[str, Any], reason: Reason) -> None:
    with pytest.raises(MalformedError) as caught:
        row(json.dumps(event).encode())
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    "event",
    [
        {**OPENED, "queue": None, "colour": "green"},  # a null is an absent field, an unknown one is ignored
        {**OPENED, "event_id": "é" * 128, "queue": "😀" * 128},
        {**OPENED, "channel": "fax", "priority": 1, "queue": "", "opened_by": "bot"},
        {**OPENED, "ticket_id": 12345678901234567890123},
        {**RESPONDED, "public": None},
        {**ANSWERED, "score": 11, "instrument": "csat"},
        {**ANSWERED, "score": None},
        {**SIGNAL, "signal": "web_return"},
        {**OPENED, "type": "customer.purchased", "customer_id": "C", "amount": 9.5},
    ],
)
def test_what_the_format_allows_is_an_event(event: dict[str, Any]) -> None:
    assert row(json.dumps(event).encode())[0] == event["type"]


def test_texts_come_through_as_they_are(desk: Desk, story: Story) -> None:
    queues = ["a\x00b", "😀é", "'\"\\", "a\nb", "null", " "]
    for i, queue in enumerate(queues):
        story.opened(f"T{i}", "10:00", queue=queue)
    labels = [entry["labels"] for entry in desk.report(story, labels=("queue",))["backlog"]]
    assert sorted(label["queue"] for label in labels if label) == sorted(queues)


def test_bad_lines_are_counted_and_blank_ones_are_not(tmp_path: Path) -> None:
    lines = [json.dumps(OPENED), "", "  ", "{", "[]", json.dumps({**OPENED, "version": 9}), "\r", "nope"]
    loaded = load([write(tmp_path / "a.jsonl", lines)])
    assert (loaded.lines, loaded.events) == (5, 1)
    assert loaded.rejected == {Reason.NOT_JSON: 2, Reason.NOT_AN_OBJECT: 1, Reason.UNKNOWN_VERSION: 1}


def test_an_unknown_version_of_an_event_does_not_count(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:01")["version"] = 2
    assert row_of(desk.report(story), "first_response", to="response")["n"] == 0


def test_a_file_without_a_last_line_break_and_no_file_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(OPENED))
    assert load([path]).events == 1
    assert load([]).events == 0
    with pytest.raises(FileNotFoundError):
        load([tmp_path / "b.jsonl"])


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {"data": data}


def _encoded(data: dict[str, Any]) -> dict[str, Any]:
    return {"data_base64": base64.b64encode(json.dumps(data).encode()).decode()}


@pytest.mark.parametrize("pack", [_plain, _encoded])
def test_a_cloudevent_is_completed_from_its_envelope(pack: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    envelope = {"specversion": "1.0", "id": "7", "source": "/desk", "type": "com.example.ticket.opened"}
    outside = {**envelope, "time": "2026-03-02T10:00:00Z", "subject": "T"}
    assert row(json.dumps({**outside, **pack({})}).encode())[:4] == (
        *("ticket.opened", "/desk#7", 1772445600_000000, "t:T"),
    )
    said = row(json.dumps({**outside, **pack(OPENED | {"ticket_id": "U"})}).encode())
    assert (said[1], said[3]) == ("e", "t:U")  # what the data says wins
    survey = {"survey_id": "S", "type": "survey.sent"}
    assert row(json.dumps({**outside, **pack(survey)}).encode())[3] == "s:S"


def test_events_later_than_the_limit_after_now_are_not_admitted(desk: Desk, story: Story) -> None:
    story.opened("T", "12:05")
    story.opened("U", "12:05:00.000001")
    assert desk.report(story)["tickets"]["opened"] == 2
    assert desk.report(story, max_future_seconds=300)["tickets"]["opened"] == 1
