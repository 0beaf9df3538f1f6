"""/api/v1/waiting of a worker that holds one of two partitions, and hears of the other."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import orjson
import pytest

from schemas.export import live_counts_json_schema
from stream.core.due import NEVER_US, Due
from stream.core.facts import FIRST, REPLY
from stream.core.waiting import WaitingTicket
from stream.partition.live_counts import Author, live_counts_from_json, live_counts_to_json
from stream.serve.api.openapi import document
from tests.board.served import Json, Neighbour, Worker, ago, get, listening, seconds, serving
from tests.events import NOON_US, opened, responded

TOKENS = {"web_token": "the-token-of-an-admin", "web_board_token": "the-token-of-a-board"}


def ours() -> list[Json]:
    """Return two tickets that wait; made when a test asks, as they wait for so many seconds then."""
    return [opened("A1", ago(500), channel="chat"), opened("A2", ago(100), channel="email")]


def theirs() -> list[Json]:
    """Return four tickets that wait in the other partition."""
    return [
        opened("B1", ago(400), channel="chat"),
        opened("B2", ago(300), channel="chat"),
        opened("B3", ago(200), channel="email"),
        opened("B4", ago(50), channel="chat"),
    ]


def asked(record: bytes | None, **settings: Any) -> Worker:
    """Return a worker that has heard a record, which goes for 150 seconds."""
    worker = Worker(partitions=2, **settings)
    worker.tick(*ours())
    if record is not None:
        worker.view.neighbours.hear(1, record, 60)
    return worker


async def waiting(worker: Worker, query: str = "") -> Json:
    async with serving(worker) as url:
        status, found = await get(f"{url}/api/v1/waiting?{query}")
    assert status == 200, found
    schema = {"$ref": "#/components/schemas/Waiting"} | {
        "components": document(worker.view.policy, guarded=False)["components"]
    }
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(found)
    return found


def ids(found: Json) -> list[str]:
    return [ticket["ticket_id"] for ticket in found["tickets"]]


async def test_the_longest_waits_of_the_desk_are_listed_no_matter_who_holds_them():
    worker = asked(Neighbour(1, *theirs()).record(names=100))
    found = await waiting(worker)
    assert ids(found) == ["A1", "B1", "B2", "B3", "A2", "B4"]
    assert (found["n"], found["complete"], found["certain"], found["partitions"]) == (6, True, 6, [0, 1])
    own, other = (next(each for each in found["tickets"] if each["ticket_id"] == name) for name in ("A1", "B1"))
    assert own.keys() == other.keys()
    assert other["labels"] == {"channel": "chat", "priority": "unknown", "queue": "unknown"}
    assert (other["sla"], other["target_seconds"]) == ("breached", 120.0)
    for each in (own, other):
        waited = seconds(found["as_of"]) - seconds(each["opened_at"])
        assert each["waited_seconds"] == pytest.approx(waited, abs=0.001)
    desk = found["desk"]
    assert [(source["partition"], source["worker"]) for source in desk["sources"]] == [(0, "worker-1"), (1, "worker-2")]
    assert (desk["missing"], desk["behind"], desk["unnamed"]) == ([], [], [])


@pytest.mark.parametrize(
    ("names", "query", "listed", "certain", "complete"),
    [
        # Theirs are known up to B2: what comes after it may be one that was not named.
        (2, "", ["A1", "B1", "B2", "A2"], 3, False),
        (2, "limit=3", ["A1", "B1", "B2"], 3, True),
        (2, "limit=4", ["A1", "B1", "B2", "A2"], 3, False),
        # One e-mail is known to wait for 200 seconds, and not which one: ours is not certainly the first.
        (2, "channel=email", ["A2"], 0, False),
        (2, "channel=phone", [], 0, True),
        (3, "channel=email", ["B3", "A2"], 2, True),
        # Of three chats two are named.
        (2, "channel=chat", ["A1", "B1", "B2"], 3, False),
        (2, "channel=chat&limit=2", ["A1", "B1"], 2, True),
        (None, "", ["A1", "A2"], 1, False),
        (None, "limit=1", ["A1"], 1, True),
        (None, "channel=phone", [], 0, True),
    ],
)
async def test_a_list_says_how_far_it_is_certain(names, query, listed, certain, complete):
    found = await waiting(asked(Neighbour(1, *theirs()).record(names=names)), query)
    assert (ids(found), found["certain"], found["complete"]) == (listed, certain, complete)
    assert found["desk"]["unnamed"] == ([] if names else [1])


@pytest.mark.parametrize(
    ("names", "query", "listed"),
    [
        # It was opened after those that are named, and before any e-mail of theirs.
        (2, "channel=email", ["A3", "A2"]),
        # And after the oldest of theirs, a chat.
        (None, "", ["A1", "A3", "A2"]),
    ],
)
async def test_where_none_is_named_a_list_is_certain_up_to_the_oldest_of_those_who_wait(names, query, listed):
    worker = asked(Neighbour(1, *theirs()).record(names=names))
    worker.tick(opened("A3", ago(250), channel="email"))
    found = await waiting(worker, query)
    assert (ids(found), found["certain"], found["complete"]) == (listed, 1, False)


async def test_what_is_known_of_our_own_partitions_is_all_of_them_and_of_this_moment():
    record = Neighbour(1, *theirs()).record(names=1)
    worker = asked(record, live_waiting_tickets=1)
    assert ids(await waiting(worker, "channel=email")) == ["A2"]
    worker.tick(responded("A1", ago(0)))
    assert ids(await waiting(worker)) == ["B1", "A2"]


async def test_a_partition_that_nobody_tells_of_or_that_is_behind_is_named_and_no_list_is_complete_without_it():
    alone = await waiting(asked(None))
    assert (ids(alone), alone["certain"], alone["complete"]) == (["A1", "A2"], 2, False)
    assert (alone["partitions"], alone["desk"]["missing"]) == ([0], [1])
    late = await waiting(asked(Neighbour(1, *theirs()).record(names=9, age_seconds=160)))
    assert (late["certain"], late["complete"], late["desk"]["behind"]) == (6, False, [1])
    seldom = await waiting(asked(Neighbour(1, *theirs()).record(names=9, age_seconds=60)))
    assert (seldom["complete"], seldom["desk"]["behind"]) == (True, [])


async def test_a_worker_that_holds_nothing_lists_what_the_others_tell():
    worker = asked(Neighbour(1, *theirs()).record(names=100))
    worker.view.neighbours.hear(0, Neighbour(0, *ours()).record(names=100), 60)
    worker.ownership.drop([0])
    worker.view.show([], worker.view.policy)
    assert ids(await waiting(worker)) == ["A1", "B1", "B2", "B3", "A2", "B4"]


async def test_an_explanation_says_of_which_partitions_it_does_not_speak():
    async with serving(asked(Neighbour(1, *theirs()).record(names=100))) as url:
        _, found = await get(f"{url}/api/v1/explain?metric=open_wait")
    assert (found["partitions"], found["other_partitions"]) == ([0], [1])
    assert [item["id"] for item in found["counted"]["items"]] == ["A1", "A2"]


async def test_no_id_of_a_ticket_comes_to_the_role_board():
    token = {"Authorization": f"Bearer {TOKENS['web_board_token']}"}
    secret = opened("secret-ticket", ago(400), channel="chat", queue="floor")
    worker = asked(Neighbour(1, secret).record(names=100), **TOKENS)
    worker.tick(opened("secret-too", ago(90)))
    async with serving(worker) as url, listening(url, **token) as stream:
        for path in ("live", "live?scope=worker", "boards", "boards/default"):
            status, found = await get(f"{url}/api/v1/{path}", **token)
            assert status == 200
            assert b"secret" not in orjson.dumps(found)
        numbers = (await stream.next("numbers"))[1]
        assert numbers["tiles"]["p0t0"]["value"] == 4
        assert not any(b"secret" in block for block in stream.raw)
        assert (await get(f"{url}/api/v1/waiting", **token))[0] == 403
        lead = {"Authorization": f"Bearer {TOKENS['web_token']}"}
        assert ids((await get(f"{url}/api/v1/waiting", **lead))[1])[1] == "secret-ticket"


# -- the record

TOLD = (
    WaitingTicket(NOON_US - 3, "T1", ("chat", "unknown", "sales"), Due(NOON_US, NOON_US + 5, 8), FIRST, NOON_US - 3),
    WaitingTicket(NOON_US - 2, "T2", ("chat", "unknown", "billing"), None, FIRST, NOON_US - 2),
    WaitingTicket(NOON_US - 1, "T3", ("email", "high", "sales"), Due(NOON_US + 7, NEVER_US, 8), REPLY, NOON_US - 9),
    WaitingTicket(NOON_US, "T4", ("email", "high", "sales"), Due(NEVER_US, NEVER_US, 8), FIRST, NOON_US),
)


def written(told: tuple[WaitingTicket, ...] | None) -> Json:
    worker = Worker()
    worker.tick(opened("T0", ago(1), channel="chat"))
    (part,) = worker.view.own_parts()
    record: Json = orjson.loads(live_counts_to_json(part, worker.view.policy, Author("desk", "they", "so"), told))
    jsonschema.Draft202012Validator(live_counts_json_schema()).validate(record)
    return record


@pytest.mark.parametrize("told", [TOLD, (), None])
def test_a_record_names_tickets_as_they_were_and_none_where_none_are_told(told):
    record = written(told)
    assert ("waiting_tickets" in record) is (told is not None)
    assert live_counts_from_json(orjson.dumps(record)).waiting == told


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([["T1", 99, 0, None, None, None]], "labels: a number refers to a combination that is not in the list"),
        ([["T1", -1, 0, None, None, None]], "waiting_tickets.0.1"),
        ([["T1", 0, 0, 1]], "waiting_tickets.0"),
        ([[1, 0, 0, None, None, None]], "waiting_tickets.0.0"),
        ([["T1", 0, 1 << 62, None, None, None]], "waiting_tickets.0.2"),
        ([["T1", 0, 0, 10**400, 0, 0]], "waiting_tickets.0.3"),
        ([["T1", 0, 0, 1, 1 << 61, 0]], "waiting_tickets.0.4"),
        ([["T1", 0, 0, 1, 0, -(1 << 62)]], "waiting_tickets.0.5"),
        ([["T1", 0, 0, 1, 0, 0, "first", -1]], "waiting_tickets.0.7"),
    ],
)
def test_rows_of_tickets_that_are_none_say_where_and_why(rows, why):
    with pytest.raises(ValueError, match=why):
        live_counts_from_json(json.dumps(written(TOLD) | {"waiting_tickets": rows}).encode())


def test_a_row_of_more_labels_than_there_are_dimensions_is_none():
    record = written(TOLD)
    record["labels"].append([*record["labels"][0], "one more"])
    record["waiting_tickets"][0][1] = len(record["labels"]) - 1
    with pytest.raises(ValueError, match="waiting_tickets: 4 labels, and there are 3 dimensions"):
        live_counts_from_json(orjson.dumps(record))
