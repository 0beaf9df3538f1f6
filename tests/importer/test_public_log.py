"""The bundled process-mining mapping on the public log of an Italian helpdesk, where somebody has laid it out.

The expected figures were counted by hand, or are computed here from the CSV without any code of the importer.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from stream.mapping.mapping_file import bundled
from tests.importer.imported import Imported, imported

LOG = Path(__file__).parents[3] / "shared" / "data" / "italian-helpdesk.csv"
OPENING = ("Insert ticket", "Assign seriousness")

pytestmark = pytest.mark.skipif(not LOG.exists(), reason=f"the log is not at {LOG}")


@pytest.fixture(scope="module")
def log() -> Imported:
    return imported(bundled()["process-mining-helpdesk"].read_text("utf-8"), LOG.read_bytes())


@pytest.fixture(scope="module")
def cases() -> dict[str, list[dict[str, str]]]:
    found = defaultdict(list)
    with LOG.open(newline="") as text:
        for row in csv.DictReader(text):
            found[row["case_id"]].append(row)
    return {case: sorted(rows, key=lambda row: row["end_timestamp"]) for case, rows in found.items()}


def test_every_case_becomes_a_ticket_that_is_opened_once_and_no_row_is_refused(log: Imported) -> None:
    opened = [event["ticket_id"] for event in log.events if event["type"] == "ticket.opened"]
    assert len(opened) == len(set(opened)) == 4580
    assert (log.tally.rows, log.rejected) == (21348, [])


def test_every_event_has_an_id_of_its_own_and_they_come_in_order_of_time(log: Imported) -> None:
    assert len({event["event_id"] for event in log.events}) == len(log.events)
    keys = [(event["occurred_at"], event["ticket_id"]) for event in log.events]
    assert [at for at, _ in keys] == sorted(at for at, _ in keys)


def test_an_ordinary_case_by_hand(log: Imported) -> None:
    # Rome is an hour ahead of UTC in winter.
    assert [line for line in log.story if " 0-8 " in line] == [
        "2010-12-22T05:35:14Z 0-8 opened",
        "2010-12-22T05:49:10Z 0-8 responded",
        "2011-01-13T11:26:36Z 0-8 resolved",
        "2011-02-18T05:40:43Z 0-8 closed",
    ]


def test_a_case_that_begins_in_the_middle_and_is_reopened_and_handed_over_by_hand(log: Imported) -> None:
    # Agents: 2, then 7 resolves (handed over), takes it up again two minutes later (re-opened), then 8 (handed over).
    assert log.of("1-321") == [
        *("opened", "responded", "transferred", "resolved", "reopened", "responded", "pending"),
        *("transferred", "responded", "resolved", "closed"),
    ]


def test_a_case_of_rows_that_are_there_twice_by_hand(log: Imported) -> None:
    assert log.of("3-2400") == ["opened", "responded", "transferred", "responded", "resolved", "closed"]


def test_an_invalid_case_stays_deleted_though_it_is_closed_later_by_hand(log: Imported) -> None:
    assert log.of("3-385") == [
        *("opened", "responded", "transferred", "pending", "responded", "updated", "resolved", "resolved"),
        *("deleted", "updated"),
    ]


def test_a_duplicate_stays_merged_though_it_is_resolved_and_closed_later_by_hand(log: Imported) -> None:
    assert log.of("4-4284") == [
        *("opened", "updated", "transferred", "responded", "transferred", "updated", "transferred", "escalated"),
        *("updated", "merged", "transferred"),
    ]


def test_the_first_responses_are_those_of_the_log(log: Imported, cases: dict[str, list[dict[str, str]]]) -> None:
    rome = ZoneInfo("Europe/Rome")

    def instant(row: dict[str, str]) -> float:
        return datetime.fromisoformat(row["end_timestamp"]).replace(tzinfo=rome).timestamp()

    expected = {}
    for case, rows in cases.items():
        opening = next((row for row in rows if row["task"] in OPENING), None)
        taken = next((row for row in rows if row["task"] == "Take in charge ticket"), None)
        if opening and taken:
            expected[case] = instant(taken) - instant(opening)
    found: dict[str, float] = {}
    opened: dict[str, float] = {}
    for event in log.events:
        at, ticket = datetime.fromisoformat(event["occurred_at"]).timestamp(), event["ticket_id"]
        if event["type"] == "ticket.opened" and event.get("opened_by") != "agent":
            opened[ticket] = at
        elif event["type"] == "ticket.responded" and ticket in opened:
            found.setdefault(ticket, at - opened[ticket])
    assert found == expected
    assert expected["0-8"] == 836


def test_the_counts_of_all_kinds_are_those_of_the_log(log: Imported, cases: dict[str, list[dict[str, str]]]) -> None:
    distinct = {case: list({tuple(row.values()): row for row in rows}.values()) for case, rows in cases.items()}
    tasks = [row["task"] for rows in distinct.values() for row in rows]
    kinds = log.tally.kinds
    assert kinds["responded"] == tasks.count("Take in charge ticket")
    assert kinds["pending"] == tasks.count("Wait")
    assert kinds["escalated"] == tasks.count("Require upgrade")
    assert (kinds["merged"], kinds["deleted"]) == (1, 2)
    # Of the three retracted cases one was resolved afterwards and all were closed, which changes nothing any more.
    assert kinds["resolved"] == tasks.count("Resolve ticket") + tasks.count("RESOLVED") - 1
    assert kinds["closed"] == tasks.count("Closed") - 3
    unopened = [case for case, rows in cases.items() if not any(row["task"] in OPENING for row in rows)]
    by_agent = {event["ticket_id"] for event in log.events if event.get("opened_by") == "agent"}
    assert by_agent == set(unopened)
    assert len(unopened) == 78


def test_no_time_of_the_log_falls_into_an_hour_in_which_clocks_were_moved(log: Imported) -> None:
    assert (log.tally.repeated_hour, log.tally.skipped_hour) == (0, 0)
