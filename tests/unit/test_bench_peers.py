"""The parts of `make bench-peers` that decide what its table says."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from benchmarks.peers.answers import named
from benchmarks.peers.catalogue import PEERS
from benchmarks.peers.chart import Chart, svg
from benchmarks.peers.installing import lock_file
from benchmarks.peers.log import disordered, in_order
from benchmarks.peers.oracle import numbers_of, wrong
from benchmarks.peers.table import Row, TooShortError, markdown, rate_of

DESK = [
    {"type": "ticket.opened", "event_id": "a", "ticket_id": "A", "channel": "email"},
    {"type": "ticket.responded", "event_id": "c", "ticket_id": "A"},
    {"type": "ticket.responded", "event_id": "b", "ticket_id": "A"},
    {"type": "ticket.status", "event_id": "d", "ticket_id": "A", "status": "resolved"},
    {"type": "ticket.opened", "event_id": "e", "ticket_id": "B", "channel": "email"},
    {"type": "survey.answered", "event_id": "f", "ticket_id": "A", "score": 9},
    {"type": "survey.answered", "event_id": "g", "ticket_id": "B", "score": 7},
    {"type": "survey.answered", "event_id": "h", "ticket_id": "B", "score": 6},
    {"type": "ticket.opened", "event_id": "z", "ticket_id": "C", "channel": "chat"},
]
MOMENTS = ("10:00:00", "10:04:00", "10:02:30", "10:05:00", "10:00:00", "10:01:00", "10:01:00", "10:01:00", "10:20:00")
EVENTS = [event | {"occurred_at": f"2026-03-02T{at}.000000Z"} for event, at in zip(DESK, MOMENTS, strict=True)]
TEN = 1772445600
SVG = "{http://www.w3.org/2000/svg}"


def test_the_oracle_takes_the_first_response_the_last_status_and_the_windows_that_are_over() -> None:
    assert numbers_of(EVENTS) == {
        (f"first_response/email/{TEN}", "n"): 1,
        (f"first_response/email/{TEN}", "sum_us"): 150_000_000,
        ("backlog/email", "n"): 1,
        ("backlog/chat", "n"): 1,
        (f"nps/{TEN}", "n"): 3,
        (f"nps/{TEN}", "promoters"): 1,
        (f"nps/{TEN}", "detractors"): 1,
    }


def test_a_window_is_compared_once_its_grace_period_is_over() -> None:
    # 10:00 to 10:05, and ten minutes of grace, and five for the window that the newest event is in.
    last = EVENTS[-1] | {"occurred_at": "2026-03-02T10:19:59.999999Z"}

    assert set(numbers_of([*EVENTS[:-1], last])) == {("backlog/email", "n"), ("backlog/chat", "n")}


def test_the_oracle_does_not_mind_disorder_and_duplicates() -> None:
    events = in_order(3000)

    assert len(events) == 3000
    assert {event["type"] for event in events} >= {"ticket.status", "survey.answered"}
    assert numbers_of(disordered(events)) == numbers_of(events)
    assert any(of.startswith("first_response/") for of, _ in numbers_of(events))


def test_what_is_missing_is_wrong_and_what_is_more_is_not() -> None:
    expected = {("backlog/email", "n"): 3, ("nps/0", "n"): 2, ("nps/0", "promoters"): 0}
    given = (
        named({"key": "backlog/email", "n": 4}) | named({"key": "nps/0", "n": 2}) | named({"key": "nps/300", "n": 1})
    )

    assert wrong(expected, given) == 2


def test_what_pathway_adds_to_an_answer_is_no_number() -> None:
    assert named({"key": "nps/0", "n": 2, "diff": 1, "time": 17}) == {("nps/0", "n"): 2}


def test_a_rate_is_without_what_a_start_costs() -> None:
    assert rate_of(101_000, 12.0, 1_000, 2.0) == 10_000
    with pytest.raises(TooShortError, match=r"1,100 events took 1\.90 s and 1,000 took 2\.00 s"):
        rate_of(1_100, 1.9, 1_000, 2.0)


def test_the_table_has_medians_the_worst_answers_and_who_was_left_out() -> None:
    ours = Row("Deskpulse", "1", [9_000, 10_000, 14_000], memory=300 << 20)
    theirs = Row("Other", "2", [20_000, 5_000])
    for wrong_numbers in (0, 7, 3):
        theirs.saw("in order", wrong_numbers, 190)
    ours.saw("killed", 0, 13_000)

    assert markdown([ours, theirs, Row("Third", "3", without="not installed")]).splitlines()[2:] == [
        "| Deskpulse | 1 | 10,000 | 1.00 | 9,000 - 14,000 | - | - | 0 of 13,000 | 300 MiB |",
        "| Other | 2 | 12,500 | 0.80 | 5,000 - 20,000 | 7 of 190 | - | - | - |",
        "| Third (not installed) | 3 | - | - | - | - | - | - | - |",
    ]


@pytest.mark.parametrize("venv", ["bytewax", "confluent", "pathway", "quix"])
def test_what_a_peer_needs_is_pinned_with_hashes(venv: str) -> None:
    pins = [line for line in lock_file(venv).read_text().splitlines() if line[:1].isalpha()]

    assert pins
    assert all("==" in line and line.endswith("\\") for line in pins)
    assert all(peer.version for peer in PEERS.values())


def test_a_chart_is_svg_whose_highest_point_is_above_the_lowest() -> None:
    chart = Chart("cost < 10", "tickets", {"ours": [(1_000, 2.0), (10_000, 8.0)], "theirs": [(10_000, 4.0)]})

    drawing = ElementTree.fromstring(svg([chart, chart]))

    circles = [(float(circle.attrib["cx"]), float(circle.attrib["cy"])) for circle in drawing.iter(f"{SVG}circle")]
    (cheap, dear, other), again = circles[:3], circles[3:]
    assert cheap[0] < dear[0] == other[0]
    assert dear[1] < other[1] < cheap[1]
    assert again == circles[:3]
    texts = [text.text for text in drawing.iter(f"{SVG}text")]
    assert {"cost < 10", "tickets", "10,000", "8", "● theirs"} <= set(texts)
