"""Ticket tables: a row is a ticket with its times in columns."""

from __future__ import annotations

from pathlib import Path

from stream.mapping.mapping_file import bundled
from tests.importer.imported import Imported, imported, what

MAPPING = """
version: 1
rows: tickets
ticket: "{Id}"
time: {zone: UTC}
attributes:
  priority: {from: "{Priority}", map: {P1: urgent, P2: normal, "-": ""}}
  queue: "{Team?}"
events:
  - {emit: opened, at: "{Created}"}
  - {emit: responded, at: {from: "{Created}", plus: "{Wait}"}}
  - {emit: merged, at: "{Solved}", when: {Status: Merged}}
  - {emit: resolved, at: "{Solved}"}
  - {emit: closed, at: "{Updated}", when: {Status: [Closed, Merged]}}
  - {emit: updated, at: "{Updated}"}
"""
HEAD = "Id,Priority,Team,Status,Created,Wait,Solved,Updated\n"
DAY = "2026-03-02 "


def table(*rows: str, mapping: str = MAPPING) -> Imported:
    return imported(mapping, HEAD + "\n".join(rows) + "\n")


def test_a_row_becomes_the_events_whose_times_are_filled_in_order_of_time() -> None:
    found = table("7,P1,A,Open,2026-03-02 09:00,15,,2026-03-03 10:00")
    assert found.story == [
        "2026-03-02T09:00:00Z 7 opened",
        "2026-03-02T09:15:00Z 7 responded",
        "2026-03-03T10:00:00Z 7 updated",
    ]


def test_attributes_are_written_by_the_opening_and_by_updates_alone() -> None:
    found = table("7,P1,A,Closed,2026-03-02 09:00,15,2026-03-02 10:00,2026-03-03 10:00")
    with_attributes = {what(event) for event in found.events if "priority" in event}
    assert with_attributes == {"opened", "updated"}
    assert found.events[0]["priority"] == "urgent"
    assert found.events[0]["queue"] == "A"


def test_an_attribute_mapped_to_nothing_or_empty_is_left_out() -> None:
    opened = table("7,-,,Open,2026-03-02 09:00,,,").events[0]
    assert "priority" not in opened
    assert "queue" not in opened


def test_events_of_one_instant_keep_the_order_of_the_mapping_by_their_ids() -> None:
    at = "2026-03-02 09:00"
    found = table(f"7,P1,A,Closed,{at},0,{at},{at}")
    assert [what(e) for e in sorted(found.events, key=lambda e: e["event_id"])] == [
        "opened",
        "responded",
        "resolved",
        "closed",
        "updated",
    ]


def test_what_only_tidies_up_a_merged_ticket_is_left_out_so_that_it_stays_merged() -> None:
    found = table("7,P1,A,Merged,2026-03-02 09:00,,2026-03-02 10:00,2026-03-03 10:00")
    assert found.of("7") == ["opened", "merged", "updated"]


def test_a_row_without_the_time_of_its_opening_is_refused() -> None:
    found = table("7,P1,A,Open,,,,2026-03-03 10:00")
    assert not found.events
    assert found.rejected[0]["detail"] == "opened: {Created} is empty; accepts a time"


def test_one_bad_cell_refuses_the_whole_row_and_no_part_of_it_is_sent() -> None:
    found = table(
        "7,P1,A,Open,2026-03-02 09:00,,yesterday,",
        "8,P9,A,Open,2026-03-02 09:00,,,",
        "9,P1,A,,2026-03-02 09:00,-5,,",
        mapping=MAPPING.replace('"-": ""}}', '"-": ""}, otherwise: reject}'),
    )
    assert not found.events
    assert [record["detail"] for record in found.rejected] == [
        "resolved: got 'yesterday'; accepts a time as iso",
        "{Priority}: got 'P9'; the map accepts -, p1, p2",
        "responded: got '-5'; accepts a number of minutes, not negative",
    ]


def test_a_priority_that_the_map_lacks_is_kept_for_the_policy_to_map() -> None:
    found = table("8,P9,A,Open,2026-03-02 09:00,,,")
    assert (found.events[0]["priority"], found.rejected) == ("P9", [])


def test_a_row_that_the_decoder_refuses_is_refused_with_its_reason_and_whole() -> None:
    found = table("7,P1,A,Open,2026-03-02 09:00,,2099-01-01 09:00,", f"{'x' * 129},P1,A,Open,2026-03-02 09:00,,,")
    assert not found.events
    assert [record["reason"] for record in found.rejected] == ["event", "event"]
    assert found.rejected[0]["detail"].startswith("in_the_future: occurred_at: got 2099-01-01T09:00:00+00:00")
    assert found.rejected[1]["detail"].startswith("wrong_value: ticket_id: got 'xxx")


def test_importing_twice_makes_the_same_events_and_a_later_export_adds_to_them() -> None:
    earlier = table("7,P2,A,Open,2026-03-02 09:00,15,,2026-03-02 09:15")
    later = table(
        "6,P1,B,Open,2026-03-02 08:00,,,", "7,P1,A,Closed,2026-03-02 09:00,15,2026-03-04 10:00,2026-03-05 10:00"
    )
    again = table("7,P2,A,Open,2026-03-02 09:00,15,,2026-03-02 09:15")
    assert again.events == earlier.events
    ids = {event["event_id"]: what(event) for event in later.events}
    kept = [event for event in earlier.events if what(event) in ("opened", "responded")]
    assert [ids.get(event["event_id"]) for event in kept] == ["opened", "responded"]
    # What changed comes with an update of its own, later and under another id, so it wins.
    updates = [event for event in (*earlier.events, *later.events) if what(event) == "updated"]
    assert [event.get("priority") for event in updates] == ["normal", "urgent"]


def test_a_long_ticket_id_still_makes_ids_that_fit() -> None:
    found = table(f"{'x' * 128},P1,A,Open,2026-03-02 09:00,,,", f"{'x' * 127}y,P1,A,Open,2026-03-02 09:00,,,")
    ids = [event["event_id"] for event in found.events]
    assert len(set(ids)) == 2
    assert all(len(event_id) <= 128 for event_id in ids)


def bundled_import(name: str, content: str) -> Imported:
    mapping = bundled()[name].read_text("utf-8") + "\ntime: {zone: Europe/Rome}\n"
    return imported(mapping, content)


def test_a_zendesk_export_becomes_tickets_with_their_last_state() -> None:
    found = bundled_import(
        "zendesk-tickets",
        "Id,Requester id,Group,Tags,Status,Priority,Via,Created at,Updated at,Solved at,Satisfaction Score,"
        "First reply time in minutes\n"
        "7,12,Billing,a closed_by_merge,Closed,-,Mail,2026-03-02 10:00,2026-03-20 10:00,2026-03-02 11:00,Not Offered,\n"
        "8,13,Billing,,Open,High,Web form,2026-03-02 10:00,2026-03-20 10:00,2026-03-02 11:00,Good,30\n"
        "9,14,,,Pending,Low,Fax,2026-03-02 10:00,2026-03-03 10:00,,,5\n"
        "10,15,Sales,,Closed,Urgent,Chat,2026-03-02 10:00,2026-03-20 10:00,2026-03-02 11:00,Bad,0\n",
    )
    assert not found.rejected
    assert found.of("zd-7") == ["opened", "merged", "updated"]
    assert found.of("zd-8") == [
        *("opened", "responded", "resolved", "survey.sent", "reopened", "updated", "survey.answered"),
    ]
    assert found.of("zd-9") == ["opened", "responded", "pending", "updated"]
    assert found.of("zd-10") == [
        *("opened", "responded", "resolved", "survey.sent", "closed", "updated", "survey.answered"),
    ]
    opened = {event["ticket_id"]: event for event in found.events if what(event) == "opened"}
    assert [opened[f"zd-{n}"]["channel"] for n in (7, 8, 9, 10)] == ["email", "form", "other", "chat"]
    assert "priority" not in opened["zd-7"]
    scores = {event["survey_id"]: event["score"] for event in found.events if what(event) == "survey.answered"}
    assert scores == {"zd-8": 5, "zd-10": 1}


def test_a_zendesk_export_with_the_least_columns_is_enough() -> None:
    found = bundled_import(
        "zendesk-tickets",
        "ID,Status,Created at,Updated at,Solved at\n7,Solved,2026-03-02 10:00,2026-03-02 11:00,2026-03-02 11:00\n",
    )
    assert found.of("zd-7") == ["opened", "resolved", "updated"]


def test_a_freshdesk_export_becomes_tickets_with_their_last_state() -> None:
    day = "2026-03-02 10:00:00,2026-03-02 12:00:00"
    found = bundled_import(
        "freshdesk-tickets",
        "Ticket ID,Status,Priority,Source,Group,Created time,Resolved time,Closed time,Last update time,"
        "Initial response time\n"
        f"1,Closed,Medium,Email,A,{day},2026-03-04 12:00:00,2026-03-04 12:00:00,2026-03-02 10:30:00\n"
        f"2,Open,Urgent,Outbound Email,A,{day},,2026-03-04 12:00:00,\n"
        "3,Waiting on Customer,Low,Phone,,2026-03-02 10:00:00,,,2026-03-04 12:00:00,2026-03-02 10:00:09\n",
    )
    assert not found.rejected
    assert found.of("fd-1") == ["opened", "responded", "resolved", "closed", "updated"]
    assert found.of("fd-2") == ["opened", "resolved", "reopened", "updated"]
    assert found.of("fd-3") == ["opened", "responded", "pending", "updated"]
    opened = {event["ticket_id"]: event for event in found.events if what(event) == "opened"}
    assert [opened[f"fd-{n}"]["opened_by"] for n in (1, 2, 3)] == ["customer", "agent", "customer"]
    assert opened["fd-1"]["priority"] == "normal"


def test_the_example_of_the_documentation_says_what_its_rows_mean() -> None:
    folder = Path("examples/mappings")
    found = imported((folder / "my-helpdesk.yaml").read_text("utf-8"), (folder / "my-helpdesk.csv").read_bytes())
    assert found.of("desk-1") == ["opened", "responded", "resolved"]
    assert found.of("desk-3") == ["opened", "resolved", "merged"]
    assert found.story[0] == "2026-03-02T08:15:00Z desk-1 opened"
