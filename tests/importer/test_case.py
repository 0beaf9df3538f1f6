"""Rules that look at all rows of a ticket together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importer.imported import Imported, imported, what

MAPPING = """
version: 1
rows: events
ticket: "{case}"
agent: "{who}"
at: "{at}"
attributes:
  queue: "{queue?}"
  priority: {from: "{prio?}", map: {lo: low, hi: high}}
rules:
  - {when: {task: [new, triage]}, emit: opened}
  - {when: {task: take}, emit: responded, touch: true, reopens: true}
  - {when: {task: wait}, emit: pending, touch: true, reopens: true}
  - {when: {task: fix}, emit: resolved, touch: true}
  - {when: {task: close}, emit: closed}
  - {when: {task: dup}, emit: merged}
  - {when: {task: look}, emit: nothing}
"""
CASE = 'case: {transfer_on: "{who}"}\n'


def log(*rows: str, case: str = CASE, mapping: str = MAPPING) -> Imported:
    """Import rows of time (09:xx), task, agent and queue, of the case 7 unless a fifth cell names another."""
    lines = ["at,task,who,queue,case,prio"]
    for row in rows:
        minute, task, who, queue, ticket, prio = ([*row.split(), *"-------"])[:6]
        cells = [task, who, queue, "7" if ticket == "-" else ticket, prio]
        lines.append(f"2026-03-02T09:{minute}Z," + ",".join("" if cell == "-" else cell for cell in cells))
    return imported(mapping + case, "\n".join(lines) + "\n")


def test_the_first_of_several_tasks_opens_and_later_ones_update() -> None:
    found = log("00:00 triage Ann", "00:05 new Ann", "00:09 triage Bob")
    assert found.of("7") == ["opened", "updated", "updated"]


def test_the_earliest_opens_even_if_it_stands_later_in_the_file() -> None:
    found = log("05:00 new Ann", "00:00 triage Bob")
    assert found.story == ["2026-03-02T09:00:00Z 7 opened", "2026-03-02T09:05:00Z 7 updated"]


def test_work_after_a_resolution_reopens_once() -> None:
    found = log("00:00 new", "01:00 fix Ann", "02:00 take Ann", "03:00 wait Ann", "04:00 fix Ann", "05:00 close Sys")
    assert found.of("7") == ["opened", "resolved", "reopened", "responded", "pending", "resolved", "closed"]


def test_a_second_resolution_is_no_work_and_reopens_nothing() -> None:
    assert log("00:00 new", "01:00 fix Ann", "02:00 fix Ann").of("7") == ["opened", "resolved", "resolved"]


def test_another_agent_at_the_next_touch_is_a_transfer_that_names_the_new_one() -> None:
    found = log(
        "00:00 new Desk", "01:00 take Ann", "02:00 close Sys", "03:00 take Ann", "04:00 wait Bob", "05:00 fix Bob"
    )
    assert found.of("7") == [
        "opened",
        "responded",
        "closed",
        "reopened",
        "responded",
        "transferred",
        "pending",
        "resolved",
    ]
    assert next(e["agent_id"] for e in found.events if what(e) == "transferred") == "Bob"


def test_a_touch_by_nobody_hands_nothing_over() -> None:
    assert "transferred" not in log("00:00 new", "01:00 take Ann", "02:00 take -", "03:00 take Ann").of("7")


@pytest.mark.parametrize(
    ("policy", "expected", "refused"),
    [
        ("open", ["opened", "responded", "resolved"], 0),
        ("leave", ["responded", "resolved"], 0),
        ("reject", [], 2),
    ],
)
def test_a_case_that_begins_in_the_middle_is_treated_as_the_mapping_says(
    policy: str, expected: list[str], refused: int
) -> None:
    found = log("01:00 take Ann", "02:00 fix Ann", case=f"case: {{without_opening: {policy}}}\n")
    assert found.of("7") == expected
    assert [record["reason"] for record in found.rejected] == ["no_opening"] * refused


def test_an_opening_that_nobody_saw_is_by_an_agent_so_that_no_wait_is_made_up() -> None:
    opened, responded = log("01:00 take Ann").events
    assert (opened["opened_by"], opened["occurred_at"]) == ("agent", responded["occurred_at"])
    assert opened["event_id"] < responded["event_id"]
    assert "opened_by" not in log("01:00 new Ann").events[0]


def test_solving_and_closing_a_merged_ticket_leaves_it_merged_and_work_brings_it_back() -> None:
    tidied = log("00:00 new", "01:00 dup Ann", "02:00 fix Ann", "03:00 close Sys")
    assert tidied.of("7") == ["opened", "merged"]
    assert tidied.tally.skipped == 2
    assert log("00:00 new", "01:00 dup Ann", "02:00 wait Ann").of("7") == ["opened", "merged", "reopened", "pending"]
    assert log("00:00 new", "01:00 dup Ann", "02:00 take Ann", "03:00 fix Ann").of("7") == [
        *("opened", "merged", "reopened", "responded", "resolved"),
    ]


def test_the_same_row_twice_is_one_row_unless_the_mapping_keeps_both() -> None:
    rows = ["00:00 new", "01:00 take Ann", "01:00 take Ann", "01:00 take Bob"]
    assert log(*rows).of("7") == ["opened", "responded", "transferred", "responded"]
    assert log(*rows, case="case: {repeated_rows: keep}\n").of("7") == ["opened", *["responded"] * 3]


def test_events_of_one_second_keep_the_order_of_the_file_by_their_ids() -> None:
    found = log("00:00 new", "00:00 take Ann", "00:00 fix Ann", "00:00 wait Bob")
    by_id = sorted(found.events, key=lambda event: (event["occurred_at"], event["event_id"]))
    assert [what(e) for e in by_id] == ["opened", "responded", "resolved", "reopened", "transferred", "pending"]


def test_derived_events_come_before_their_row_even_where_the_export_has_ids() -> None:
    found = log("00:00 new", "01:00 fix Ann", "02:00 wait Bob", case=CASE + 'event_id: "{at}"\n')
    by_id = sorted(found.events, key=lambda event: (event["occurred_at"], event["event_id"]))
    assert [what(e) for e in by_id] == ["opened", "resolved", "reopened", "transferred", "pending"]
    assert by_id[-1]["event_id"] == "2026-03-02T09:02:00Z"


def attributes(event: dict[str, Any]) -> dict[str, str]:
    return {name: event[name] for name in ("queue", "priority") if name in event}


def test_an_attribute_is_written_by_the_opening_and_then_where_it_changes() -> None:
    found = log(
        "00:00 new Ann A 7 lo",
        "01:00 take Ann A 7 lo",
        "02:00 wait Ann B 7 lo",
        "03:00 take Ann B 7 hi",
        "04:00 fix Ann",
    )
    assert [(what(event), attributes(event)) for event in found.events] == [
        ("opened", {"queue": "A", "priority": "low"}),
        ("responded", {}),
        ("pending", {"queue": "B"}),
        ("responded", {}),
        ("updated", {"priority": "high"}),
        ("resolved", {}),
    ]


def test_a_row_that_means_nothing_is_not_looked_at_further() -> None:
    found = log("00:00 new Ann A", "01:00 look Ann B")
    assert (found.of("7"), found.tally.skipped) == (["opened"], 1)


def test_a_row_with_a_bad_value_is_refused_and_the_rest_of_the_case_goes_on() -> None:
    strict = MAPPING.replace("hi: high}}", "hi: high}, otherwise: reject}")
    found = log("00:00 new Ann A 7 lo", "01:00 take Ann A 7 mid", "02:00 fix Ann", mapping=strict)
    assert found.of("7") == ["opened", "resolved"]
    assert [(record["line"], record["detail"]) for record in found.rejected] == [
        (3, "{prio?}: got 'mid'; the map accepts hi, lo")
    ]


_row = st.tuples(
    st.integers(0, 20),
    st.sampled_from(["new", "triage", "take", "wait", "fix", "close", "dup", "look"]),
    st.sampled_from(["Ann", "Bob", "-"]),
)


def lines(rows: list[tuple[int, str, str]]) -> list[str]:
    return [f"{minute:02d}:00 {task} {who}" for minute, task, who in rows]


@given(st.lists(_row, max_size=12), st.randoms())
def test_where_times_differ_the_order_of_the_file_does_not_matter(
    rows: list[tuple[int, str, str]], random: Any
) -> None:
    rows = list({row[0]: row for row in rows}.values())
    shuffled = random.sample(rows, len(rows))
    assert log(*lines(rows)).events == log(*lines(shuffled)).events


@given(st.lists(_row, max_size=12), st.integers(0, 12))
def test_an_export_that_has_grown_makes_the_same_events_again_and_adds_to_them(
    rows: list[tuple[int, str, str]], cut: int
) -> None:
    rows = [(0, "new", "Ann"), *sorted(rows, key=lambda row: row[0])]
    before, after = log(*lines(rows[: cut + 1])), log(*lines(rows))
    assert [event for event in after.events if event in before.events] == before.events
    ids = [event["event_id"] for event in after.events]
    assert len(set(ids)) == len(ids)


@given(st.lists(_row, min_size=1, max_size=12))
def test_every_case_is_opened_once_and_every_row_is_accounted_for(rows: list[tuple[int, str, str]]) -> None:
    found = log(*lines(rows))
    meant = [row for row in rows if row[1] != "look"]
    assert found.of("7").count("opened") == (1 if meant else 0)
    assert not found.rejected
    by_id = sorted(found.events, key=lambda event: (event["occurred_at"], event["event_id"]))
    assert by_id == found.events


@given(st.lists(_row, max_size=12))
def test_a_ticket_is_reopened_exactly_where_work_follows_an_end(rows: list[tuple[int, str, str]]) -> None:
    ended = False
    reopened = 0
    for _, task, _ in dict.fromkeys(sorted(rows, key=lambda row: row[0])):
        reopened += ended and task in ("take", "wait")
        ended = (ended or task in ("fix", "close", "dup")) and task not in ("take", "wait")
    assert log(*lines(rows)).tally.kinds["reopened"] == reopened
