"""Event logs that are read row by row, without a look at the other rows of a ticket."""

from __future__ import annotations

import pytest

from tests.importer.imported import Imported, imported

MAPPING = """
version: 1
rows: events
ticket: "{ticket}"
agent: "{who}"
at: "{at}"
attributes: {queue: "{queue?}"}
rules:
  - {when: {what: created}, emit: opened}
  - when: {what: [reply, note]}
    emit: responded
    with: {public: {from: "{what}", map: {reply: "true", note: "false"}}}
  - {when: {what: {matches: ^auto}}, emit: responded, with: {author: bot}}
  - {when: {what: moved}, emit: transferred, with: {to_queue: "{queue?}"}}
  - {when: {what: {empty: true}}, emit: nothing}
  - {when: {what: solved, who: {not: [robot]}}, emit: resolved}
"""


def log(*rows: str, more: str = "") -> Imported:
    content = "".join(f"2026-03-02T{row}\n" for row in rows)
    return imported(MAPPING + more, "at,ticket,what,who,queue\n" + content)


def test_the_first_rule_that_fits_decides() -> None:
    found = log(
        "09:00:00Z,7,Created,Ann,A", "09:01:00Z,7,autoreply,x,", "09:02:00Z,7,REPLY,Bob,", "09:03:00Z,7,solved,Bob,"
    )
    assert found.of("7") == ["opened", "responded", "responded", "resolved"]
    bot, human = found.events[1], found.events[2]
    assert (bot["author"], "agent_id" in bot) == ("bot", False)
    assert (human["author"], human["public"], human["agent_id"]) == ("agent", True, "Bob")


def test_a_row_that_no_rule_fits_is_refused_or_skipped_as_the_mapping_says() -> None:
    row = "09:00:00Z,7,solved,robot,"
    refused, skipped = log(row), log(row, more="unmatched: skip\n")
    assert refused.rejected[0]["detail"] == "no rule fits: what is 'solved'; who is 'robot'"
    assert (skipped.rejected, skipped.events, skipped.tally.skipped) == ([], [], 1)


def test_a_row_that_means_nothing_is_skipped() -> None:
    assert log("09:00:00Z,7,,Ann,").tally.skipped == 1


def test_events_come_in_order_of_time_whatever_the_order_of_the_file() -> None:
    rows = ["09:05:00Z,7,solved,Bob,", "09:00:00Z,7,created,,", "09:01:00Z,8,created,,"]
    assert [line.split()[1:] for line in log(*rows).story] == [["7", "opened"], ["8", "opened"], ["7", "resolved"]]


def test_events_can_leave_as_the_file_is_read() -> None:
    rows = ["09:05:00Z,7,solved,Bob,", "09:00:00Z,7,created,,"]
    assert log(*rows, more="order: file\n").of("7") == ["resolved", "opened"]


def test_the_same_row_makes_the_same_id_wherever_it_stands_and_another_row_another() -> None:
    rows = ["09:00:00Z,7,created,,", "09:00:00Z,7,reply,Bob,", "09:00:00Z,7,reply,Ann,"]
    forth, back = log(*rows), log(*reversed(rows))
    assert {e["event_id"] for e in forth.events} == {e["event_id"] for e in back.events}
    assert len({e["event_id"] for e in forth.events}) == 3


def test_ids_of_the_export_are_used_as_they_are() -> None:
    found = log("09:00:00Z,7,created,Ann,A", more='event_id: "audit-{ticket}-{who}"\n')
    assert found.events[0]["event_id"] == "audit-7-Ann"


def test_a_transfer_names_its_queue() -> None:
    assert log("09:00:00Z,7,moved,Ann,B").events[0]["to_queue"] == "B"


@pytest.mark.parametrize(("cell", "reason"), [("maybe", "value"), ("", "value")])
def test_a_value_that_a_field_does_not_accept_refuses_the_row(cell: str, reason: str) -> None:
    mapping = """
    version: 1
    rows: events
    at: "{at}"
    rules:
      - emit: customer_signal
        with: {customer_id: "{who}", signal: "{signal}"}
    """
    found = imported(mapping, f"at,who,signal\n2026-03-02T09:00:00Z,c-1,{cell}\n2026-03-02T09:00:00Z,c-1,Call_Missed\n")
    assert found.refusals == [(2, reason)]
    assert found.events[0]["signal"] == "call_missed"


def test_survey_answers_need_no_ticket() -> None:
    mapping = """
    version: 1
    rows: events
    at: "{at}"
    ticket: "{ticket?}"
    rules:
      - emit: survey_answered
        with: {survey_id: "{id}", score: "{score}", scale_max: {from: "{of?}", default: "10"}}
    """
    found = imported(
        mapping, "at,id,score\n2026-03-02T09:00:00Z,s-1,9\n2026-03-02T09:00:00Z,s-2,9.5\n2026-03-02T09:00:00Z,s-3,11\n"
    )
    assert [(e["survey_id"], e["score"], e["scale_max"], "ticket_id" in e) for e in found.events] == [
        ("s-1", 9, 10, False)
    ]
    assert [record["detail"] for record in found.rejected] == [
        "score: got '9.5'; accepts a whole number",
        "wrong_value: score: got 11; accepts 0 to 10 for nps and enps",
    ]
