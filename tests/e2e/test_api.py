"""The API as programs use it: over a real socket, against numbers that were really made."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import orjson
import pytest

from stream.core.instant import instant
from stream.numbers.registry import NUMBERS
from stream.report.document import report
from stream.serve.api import numbers as api
from stream.serve.api.openapi import document
from stream.serve.http.access import ROLES
from stream.serve.http.answers import Body
from stream.serve.server import Pages
from tests.events import NOON_US, decoded, opened, responded, status
from tests.served import NOW, View, seen

Json = dict[str, Any]
TOO_MANY = 40


@pytest.fixture
async def served() -> AsyncIterator[tuple[View, str]]:
    view = seen()
    pages = Pages(view, view.settings)  # type: ignore[arg-type]  # View has what Pages reads of a WorkerView
    host, port = await pages.start()
    yield view, f"http://{host}:{port}/api/v1"
    await pages.stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


async def get(http: aiohttp.ClientSession, url: str, **headers: str) -> tuple[int, bytes, Any]:
    sent = {"Accept-Encoding": "identity", **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with http.get(url, headers=sent) as response:
        return response.status, await response.read(), response.headers


async def read(http: aiohttp.ClientSession, url: str) -> Json:
    code, body, _ = await get(http, url)
    assert code == 200, body
    found: Json = orjson.loads(body)
    return found


def rows(live: Json) -> Iterator[Json]:
    for section in NUMBERS:
        yield from live.get(section, [])


# -- /api/v1/live


async def test_only_the_windows_and_sections_that_are_asked_for_are_given(served, http):
    view, url = served
    live = await read(http, f"{url}/live?section=flow&section=nps&window=30m&window=all")
    assert NUMBERS.keys() & live.keys() == {"flow", "nps"}
    assert {row["window"] for row in rows(live)} == {"30m", "all"}
    whole = report(view.totals, view.policy)
    assert live["nps"] == [row for row in whole["nps"] if row["window"] in ("30m", "all")]


async def test_a_filter_keeps_the_rows_that_name_the_dimension_with_such_a_value(served, http):
    view, url = served
    live = await read(http, f"{url}/live?channel=chat&channel=phone")
    assert {row["labels"]["channel"] for row in rows(live)} == {"chat", "phone"}
    whole = report(view.totals, view.policy)
    assert live["backlog"] == [row for row in whole["backlog"] if row["labels"].get("channel") in ("chat", "phone")]
    both = await read(http, f"{url}/live?channel=chat&queue=sales")
    assert {(row["labels"]["channel"], row["labels"]["queue"]) for row in rows(both)} == {("chat", "sales")}
    assert list(rows(await read(http, f"{url}/live?channel=nobody-has-this"))) == []


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("window=2h", "window: got 2h; accepts 5m, 30m, 1h"),
        ("section=frt", "section: got frt; accepts first_response, "),
        ("scope=all", "scope: got all; accepts desk, worker"),
        ("scope=desk&scope=worker", "scope: got 2 values; accepts one"),
        ("brand=acme", "parameter 'brand' is not known; accepts channel, priority, queue, scope, section, window"),
        ("windows=1h", "parameter 'windows' is not known"),
    ],
)
async def test_a_wrong_question_is_told_what_is_accepted(served, http, query, error):
    _, url = served
    code, body, _ = await get(http, f"{url}/live?{query}")
    assert code == 400
    assert orjson.loads(body)["error"].startswith(error)


async def test_a_number_that_is_switched_off_is_not_given_and_who_asks_for_it_is_told(tmp_path, http):
    policy_file = tmp_path / "policy.yaml"
    policy_file.write_text("numbers_off: [ces]\n")
    view = seen(policy_file=policy_file)
    pages = Pages(view, view.settings)  # type: ignore[arg-type]  # as above
    host, port = await pages.start()
    url = f"http://{host}:{port}/api/v1"
    try:
        live = await read(http, f"{url}/live")
        assert live.keys() & NUMBERS.keys() == NUMBERS.keys() - {"ces"}
        assert live["policy"]["numbers_off"] == ["ces"]
        for path, name in (("live?section=ces", "section"), ("explain?metric=ces&window=1h", "metric")):
            code, body, _ = await get(http, f"{url}/{path}")
            said = f"{name}: ces is switched off in the policy file (numbers_off)"
            assert (code, orjson.loads(body)["error"]) == (400, said)
        described = await read(http, f"{url}/openapi.json")
        schema = {"$ref": "#/components/schemas/Live", "components": described["components"]}
        jsonschema.Draft202012Validator(schema).validate(live)
        assert "ces" not in described["components"]["schemas"]["Live"]["properties"]
        code, body, _ = await get(http, f"http://{host}:{port}/metrics")
        assert (code, b"deskpulse_ces" in body, b"deskpulse_csat" in body) == (200, False, True)
    finally:
        await pages.stop()


async def test_the_scope_of_a_worker_is_its_own_snapshot_and_nothing_else(served, http):
    view, url = served
    assert await read(http, f"{url}/live?scope=worker") == report(view.totals, view.policy)


async def test_partitions_that_nobody_tells_of_are_named(served, http):
    view, url = served
    view.missing = (2, 3)
    assert (await read(http, f"{url}/live?section=sla"))["desk"]["missing"] == [2, 3]


async def test_anyone_who_has_the_newest_numbers_gets_nothing_again(served, http):
    _, url = served
    _, _, headers = await get(http, f"{url}/live?section=flow")
    tag = headers["ETag"]
    assert headers["Cache-Control"] == "private, no-cache"
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        code, body, again = await get(http, f"{url}/live?section=flow", If_None_Match=known)
        assert (code, body, again["ETag"]) == (304, b"", tag)
    assert (await get(http, f"{url}/live?section=sla", If_None_Match=tag))[0] == 200
    assert (await get(http, f"{url}/live?section=flow&channel=chat", If_None_Match=tag))[0] == 200
    assert (await get(http, f"{url}/live?section=flow", If_None_Match='"other"'))[0] == 200


async def test_the_tag_changes_with_the_numbers_even_where_the_clock_stands_still(served, http):
    view, url = served
    _, _, headers = await get(http, f"{url}/live")
    view.advance(NOW, [opened("T99", NOW - 5, channel="chat")])
    code, body, newer = await get(http, f"{url}/live", If_None_Match=headers["ETag"])
    assert code == 200
    assert newer["ETag"] != headers["ETag"]
    assert orjson.loads(body) == report(view.totals, view.policy) | {"desk": orjson.loads(body)["desk"]}


async def test_compressed_or_not_it_says_the_same_under_another_tag(served, http):
    _, url = served
    _, plain, headers = await get(http, f"{url}/live")
    code, packed, compressed = await get(http, f"{url}/live", Accept_Encoding="br;q=1, gzip;q=0.5")
    assert (code, compressed["Content-Encoding"]) == (200, "gzip")
    assert gzip.decompress(packed) == plain
    assert len(packed) * 5 < len(plain)
    assert compressed["ETag"] != headers["ETag"]
    assert "Accept-Encoding" in compressed["Vary"]
    assert (await get(http, f"{url}/live", Accept_Encoding="gzip", If_None_Match=compressed["ETag"]))[0] == 304
    assert "Content-Encoding" not in (await get(http, f"{url}/live", Accept_Encoding="gzip;q=0"))[2]


async def test_many_who_ask_the_same_in_one_second_cost_one_answer(served, http, monkeypatch):
    view, url = served
    made: list[api.Question] = []
    spell_out = api._spell_out

    def counted(question: api.Question, shown: api.Shown) -> Body:
        made.append(question)
        return spell_out(question, shown)

    monkeypatch.setattr(api, "_spell_out", counted)
    answers = await asyncio.gather(*(get(http, f"{url}/live?window=1h&window=24h") for _ in range(30)))
    assert {code for code, _, _ in answers} == {200}
    assert len({body for _, body, _ in answers}) == 1
    await get(http, f"{url}/live?window=24h&window=1h")
    assert len(made) == 1
    view.advance(NOW + 1)
    await get(http, f"{url}/live?window=24h&window=1h")
    assert len(made) == 2


async def test_who_asks_while_an_older_answer_is_made_gets_the_next_one(served, http, monkeypatch):
    view, url = served
    begun, may_go_on = threading.Semaphore(0), threading.Event()
    made: list[api.Question] = []
    spell_out = api._spell_out

    def slow(question: api.Question, shown: api.Shown) -> Body:
        made.append(question)
        begun.release()
        assert may_go_on.wait(20)
        return spell_out(question, shown)

    monkeypatch.setattr(api, "_spell_out", slow)
    before = view.totals.as_of_us
    first = asyncio.create_task(get(http, f"{url}/live?section=sla"))
    assert await asyncio.to_thread(begun.acquire, timeout=20)
    view.advance(NOW + 1)
    later = [asyncio.create_task(get(http, f"{url}/live?section=sla")) for _ in range(10)]
    other = asyncio.create_task(get(http, f"{url}/live?section=flow"))
    await asyncio.sleep(0.2)
    assert len(made) == 1  # nothing piles up
    may_go_on.set()
    (_, old, old_tag), (_, newer, _), *answers = await asyncio.gather(first, other, *later)
    assert orjson.loads(old)["as_of"] == instant(before) < orjson.loads(newer)["as_of"]
    for _, answer, headers in answers:
        assert orjson.loads(answer)["as_of"] == orjson.loads(newer)["as_of"]
        assert headers["ETag"] != old_tag["ETag"]
    assert len(made) == 3


async def test_an_answer_says_how_old_its_numbers_are_also_when_they_have_not_changed(served, http):
    view, url = served
    _, _, headers = await get(http, f"{url}/live")
    old = time.time() - view.totals.as_of_us / 1e6
    assert int(headers["Age"]) == pytest.approx(old, abs=60)
    code, _, unchanged = await get(http, f"{url}/live", **{"If-None-Match": headers["ETag"]})
    assert code == 304
    assert int(unchanged["Age"]) >= int(headers["Age"])
    view.totals = replace(view.totals, as_of_us=time.time_ns() // 1000)
    assert int((await get(http, f"{url}/live"))[2]["Age"]) < 60


async def test_head_says_how_long_it_would_be(served, http):
    _, url = served
    _, body, _ = await get(http, f"{url}/live")
    async with http.head(f"{url}/live", headers={"Accept-Encoding": "identity"}) as response:
        assert int(response.headers["Content-Length"]) == len(body)
        assert await response.read() == b""


# -- /api/v1/waiting


async def test_those_who_wait_longest_come_first(served, http):
    _, url = served
    waiting = await read(http, f"{url}/waiting")
    assert waiting["partitions"] == [0]
    assert waiting["n"] == 5
    assert [(ticket["ticket_id"], ticket["for"], ticket["sla"]) for ticket in waiting["tickets"]] == [
        *(("T2", "first", "breached"), ("T00", "reply", "without_target"), ("T7", "first", "on_time")),
        *(("T6", "first", "at_risk"), ("T8", "first", "without_target")),
    ]
    assert waiting["tickets"][0] == {
        "ticket_id": "T2",
        "labels": {"channel": "chat", "priority": "unknown", "queue": "sales"},
        "for": "first",
        "opened_at": "2026-03-02T12:00:00.000000Z",
        "wait_began_at": "2026-03-02T12:00:00.000000Z",
        "waited_seconds": 3599.0,
        "sla": "breached",
        "target_seconds": 120.0,
        "at_risk_at": "2026-03-02T12:01:36.000000Z",
        "due_at": "2026-03-02T12:02:00.000000Z",
    }


async def test_waiting_tickets_can_be_fewer_and_of_some_labels_or_of_one_kind(served, http):
    _, url = served

    async def listed(query: str) -> tuple[list[str], int]:
        found = await read(http, f"{url}/waiting?{query}")
        return [ticket["ticket_id"] for ticket in found["tickets"]], found["n"]

    assert await listed("limit=1") == (["T2"], 5)
    assert await listed("channel=email&channel=phone&for=first") == (["T7", "T6"], 2)
    assert await listed("for=reply") == (["T00"], 1)


async def test_the_states_of_waiting_tickets_are_those_that_are_counted(served, http):
    view, url = served
    view.advance(NOW, [opened(f"W{i}", NOW - 30 * i, channel="phone") for i in range(12)])
    for kind, section, n in (("first", "sla", 16), ("reply", "reply_sla", 1)):
        counted = (await read(http, f"{url}/live?section={section}"))[section][0]
        found = await read(http, f"{url}/waiting?limit=1000&for={kind}")
        listed = [ticket["sla"] for ticket in found["tickets"]]
        for state in ("on_time", "at_risk", "breached", "without_target"):
            assert listed.count(state) == counted[state]
        assert len(listed) == counted["n"] == n


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "ten", "", "1.5", "٣", "1&limit=2"])
async def test_a_wrong_limit_is_refused(served, http, limit):
    _, url = served
    for path in ("waiting?", "explain?metric=backlog&"):
        code, body, _ = await get(http, f"{url}/{path}limit={limit}")
        assert code == 400
        assert orjson.loads(body)["error"].endswith("accepts one whole number, 1 to 1000")


# -- /api/v1/explain


async def test_an_explanation_gives_the_number_that_is_shown_and_where_it_comes_from(served, http):
    view, url = served
    view.counters.applied_offsets |= {("ticket-opened", 0): 41, ("ticket-opened", 1): 7}
    view.counters.lag["ticket-opened", 0] = 3
    found = await read(http, f"{url}/explain?metric=first_response&window=1h&channel=chat&limit=1")
    (shown,) = (
        row
        for row in (await read(http, f"{url}/live?window=1h"))["first_response"]
        if row["labels"] == {"channel": "chat"} and row["attribute_to"] == "response"
    )
    assert found["shown"] == shown
    assert found["number"] == shown | {"labels": {}}
    assert (found["choices"], found["labels"]) == ({"attribute_to": "response"}, {"channel": ["chat"]})
    assert found["window"] == {"name": "1h", "start": "2026-03-02T12:00:00.000000Z"} | {
        "end": "2026-03-02T13:00:00.000000Z",
        "final": False,
    }
    assert found["definition"]["page"] == "docs/metrics/first-response-time.md"
    assert found["definition"]["variants"]["responder"] == "human"
    assert found["offsets"] == [{"topic": "ticket-opened", "partition": 0, "applied": 41, "lag": 3}]
    assert [item["id"] for item in found["counted"]["items"]] == ["T1"]
    assert {left["reason"]: left["n"] for left in found["left_out"]}["retracted"] == 1
    assert all(len(left["items"]) <= 1 for left in found["left_out"])


async def test_customers_are_explained_too(served, http):
    _, url = served
    found = await read(http, f"{url}/explain?metric=contact_avoidance&window=30d&days=1")
    (shown,) = (
        row
        for row in (await read(http, f"{url}/live?window=30d"))["contact_avoidance"]
        if not row["labels"] and row["days"] == 1
    )
    assert found["number"] == found["shown"] == shown
    assert [item["id"] for item in found["counted"]["items"]] == ["c2"]


@pytest.mark.parametrize(
    ("query", "section", "choices", "first"),
    [
        ("preferred_channel&window=24h", "preferred_channel", {"channel": "chat"}, "T2"),
        ("preferred_channel&window=24h&channel=email", "preferred_channel", {"channel": "email"}, "T7"),
        ("coverage_by&window=30d&by=segment&value=gold", "coverage_by", {"by": "segment", "value": "gold"}, "S9"),
        ("drivers&window=7d&value=yes", "drivers", {"factor": "reopened", "value": "yes"}, "S1"),
        ("tenure", "tenure", {}, "c1"),
        ("lifetime_value", "lifetime_value", {}, "c1"),
        ("baseline&which=backlog", "baseline", {"which": "backlog"}, "T8"),
    ],
)
async def test_what_is_compared_is_explained_too(served, http, query, section, choices, first):
    _, url = served
    found = await read(http, f"{url}/explain?metric={query}")
    assert found["choices"] == choices
    assert found["number"] == found["shown"]
    assert found["number"] in (await read(http, f"{url}/live"))[section]
    assert found["counted"]["items"][0]["id"] == first


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", "metric: needed; accepts first_response, "),
        ("metric=tickets", "metric: got tickets; accepts first_response, "),
        ("metric=tenure&window=7d", "parameter 'window' is not known; accepts limit, metric"),
        ("metric=baseline&which=first", "which: got first; accepts inflow, first_response_seconds, backlog"),
        ("metric=drivers&window=7d&factor=hair", "factor: got hair; accepts channel, queue, frt_band, "),
        ("metric=drivers&window=7d&value=a&value=b", "value: got 2 values; accepts one"),
        ("metric=preferred_channel&window=1h&channel=chat&channel=fax", "channel: got 2 values; accepts one"),
        ("metric=blind_spot&window=7d&by=channel", "parameter 'by' is not known; accepts limit, metric, window"),
        ("metric=flow", "window: needed for flow; accepts 5m, 30m, 1h, 24h, today, all"),
        ("metric=flow&window=30d", "window: got 30d; accepts 5m, 30m, 1h, 24h, today, all"),
        (
            "metric=backlog&window=1h",
            "parameter 'window' is not known; accepts channel, limit, metric, priority, queue",
        ),
        ("metric=customers&window=7d&channel=chat", "parameter 'channel' is not known; accepts limit, metric, window"),
        ("metric=nps&window=7d&attribute_to=opened", "attribute_to: got opened; accepts answered, sent"),
    ],
)
async def test_what_cannot_be_explained_is_refused_with_what_can(served, http, query, error):
    _, url = served
    code, body, _ = await get(http, f"{url}/explain?{query}")
    assert code == 400
    assert orjson.loads(body)["error"].startswith(error)


async def test_a_walk_over_many_tickets_lets_the_engine_go_on(served, http):
    view, url = served
    many = 4_000
    events = [event for i in range(many) for event in (opened(f"M{i}", i / 10), responded(f"M{i}", i / 10 + 60))]
    (partition,) = view.partitions.values()
    partition.apply("t", decoded(*events), NOON_US)
    view.advance(NOW)
    held_up: list[float] = []

    async def tick() -> None:
        while True:
            began = time.thread_time()  # not the clock: a machine that others share may take its time
            await asyncio.sleep(0)
            held_up.append(time.thread_time() - began)

    ticking = asyncio.create_task(tick())
    found = await read(http, f"{url}/explain?metric=first_response&window=24h&limit=10")
    ticking.cancel()
    assert found["counted"]["n"] == many + 2
    assert found["number"] == found["shown"]
    assert len(held_up) > 10
    assert sorted(held_up)[len(held_up) * 9 // 10] < 0.05  # nearly all: a garbage collection may come at any


async def test_few_may_ask_for_explanations_at_a_time(served, http):
    view, url = served
    events = [event for i in range(500) for event in (opened(f"M{i}"), status(f"M{i}", 60, "resolved"))]
    view.advance(NOW, events)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as many:
        answers = await asyncio.gather(*(get(many, f"{url}/explain?metric=backlog") for _ in range(TOO_MANY)))
    codes = [code for code, _, _ in answers]
    assert set(codes) == {200, 429}
    (refused,) = {headers["Retry-After"] for code, _, headers in answers if code == 429}
    assert refused == "5"


async def test_a_worker_that_lost_its_partitions_explains_nothing(served, http):
    view, url = served
    held = view.partitions
    for path in ("waiting", "explain?metric=backlog"):
        view.owned, view.ready = (), True
        for view.partitions in (held, {}):  # what it still holds is old
            code, body, headers = await get(http, f"{url}/{path}")
            assert (code, headers["Retry-After"]) == (503, "1")
            assert orjson.loads(body)["error"] == "not ready: ready"
        view.ready = False
        assert (await get(http, f"{url}/{path}"))[0] == 503


# -- /api/v1/openapi.json


async def test_every_route_is_in_the_document_and_every_path_of_it_is_a_route(served, http):
    view, url = served
    described = await read(http, f"{url}/openapi.json")
    app = Pages(view, view.settings).application()  # type: ignore[arg-type]  # as above
    routes = {(resource.canonical, route.method.lower()) for resource in app.router.resources() for route in resource}
    paths = {(path, method) for path, methods in described["paths"].items() for method in methods}
    assert paths == {route for route in routes if route[1] != "head"}
    assert {path for path, _ in paths} == ROLES.keys()


async def test_the_answers_are_as_the_document_describes_them(served, http):
    view, url = served
    described = document(view.policy, guarded=False)
    for path, name in (
        ("live", "Live"),
        ("live?scope=worker&section=nps&channel=chat", "Live"),
        ("waiting", "Waiting"),
        *((f"explain?metric={metric}&window=24h", "Explanation") for metric in ("flow", "nps", "ces", "customers")),
        *((f"explain?metric={metric}&window=7d", "Explanation") for metric in ("coverage_by", "blind_spot", "drivers")),
        *((f"explain?metric={metric}", "Explanation") for metric in ("backlog", "sla", "tenure", "baseline")),
        ("boards", "Boards"),
        ("boards/default", "Layout"),
        ("../../healthz", "Health"),
        ("../../readyz", "Ready"),
    ):
        found = await read(http, f"{url}/{path}")
        schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(found)


def test_a_document_of_a_worker_with_tokens_asks_for_them():
    view = seen()
    open_, guarded = (document(view.policy, guarded=guarded)["paths"] for guarded in (False, True))
    for path, role in ROLES.items():
        assert open_[path]["get"]["security"] == []
        assert guarded[path]["get"]["security"] == ([] if role is None else [{"token": []}])
        assert ("401" in guarded[path]["get"]["responses"]) is (role is not None)


def test_every_route_is_on_the_page_with_its_role():
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    for path, role in ROLES.items():
        (line,) = (line for line in page.split("\n## ")[0].splitlines() if f"`{path}`" in line and "|" in line)
        assert line.split("|")[2].strip() == ("none" if role is None else role.text)
