"""Wallboards over a real socket: layouts, and streams of numbers that say how far they can be trusted."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from stream.board.reading import parse
from stream.board.slices import Slices
from stream.board.tiles import tiles
from stream.core.definitions import Target
from stream.core.unread import Unread
from stream.engine.desk.view import Phase, WorkerView
from stream.serve.server import Pages
from stream.serve.wallboards import hub as stream_hub
from tests.board.served import SHORTLY, Neighbour, Worker, ago, document_of, get, listening, seconds, serving, ticking
from tests.events import opened, responded
from tests.served import Compared

THREE = Path("examples/layouts/three-tiles.yaml")


async def test_boards_are_listed_and_each_can_be_asked_for():
    worker = Worker()
    async with serving(worker) as url:
        assert await get(f"{url}/api/v1/boards") == (200, {"boards": [{"name": "default", "title": "Support desk"}]})
        status, document = await get(f"{url}/api/v1/boards/default")
        assert (status, document) == (200, document_of(worker))
        assert await get(f"{url}/api/v1/boards/floor") == (404, {"error": "board: got 'floor'; accepts default"})
        assert (await get(f"{url}/api/v1/boards/floor/stream"))[0] == 404


async def test_a_stream_tells_first_which_page_is_served_so_that_an_older_one_can_tell():
    worker = Worker()
    async with serving(worker) as url, aiohttp.ClientSession() as session, listening(url) as stream:
        event, page = await stream.next()
        async with session.get(f"{url}/page/wallboard.js") as answer:
            script = await answer.text()
    assert event == "page"
    assert re.fullmatch("[0-9a-f]{16}", page["version"])
    assert page["version"] in script, "the page that is served knows its own version"


async def test_the_first_board_is_the_default_one_whatever_its_name():
    worker = Worker(layout_file=THREE)
    async with serving(worker) as url, listening(url, "default") as stream:
        assert (await stream.next("layout"))[1]["name"] == "floor"
        assert (await get(f"{url}/api/v1/boards/default"))[1]["name"] == "floor"


async def test_a_stream_begins_with_the_layout_and_the_trend_and_goes_on_with_numbers():
    worker = Worker()
    worker.tick(opened("T1", ago(30), channel="chat"))
    async with serving(worker) as url, listening(url) as stream:
        assert stream.response.headers["Content-Type"] == "text/event-stream"
        assert stream.response.headers["Cache-Control"] == "no-store"
        assert (await stream.next())[0] == "page"
        assert await stream.next() == ("layout", document_of(worker))
        event, trend = await stream.next()
        assert event == "trend"
        assert [value for _, value in trend["tiles"]["p0t0"]] == [1]
        event, numbers = await stream.next()
        assert event == "numbers"
        assert numbers["tiles"]["p0t0"]["value"] == 1
        worker.tick(opened("T2", ago(20), channel="chat"))
        later = await stream.until(lambda each: each["tiles"]["p0t0"]["value"] == 2)
        assert later["seq"] > numbers["seq"]


async def test_numbers_are_those_of_the_tiles_and_say_of_when_they_are_and_how_the_desk_stands():
    worker = Worker(layout_file=THREE)
    worker.tick(opened("T1", ago(300), channel="chat"), opened("T2", ago(30), channel="phone"))
    async with serving(worker) as url, listening(url, "floor") as stream:
        _, numbers = await stream.next("numbers")
    totals, policy = worker.view.totals, worker.view.policy
    assert totals is not None
    board = parse(THREE.read_text(), "three-tiles.yaml", policy)["floor"]
    assert numbers.pop("tiles") == orjson.loads(orjson.dumps(tiles(board, Slices(totals, policy))))
    assert time.time() - 2 < seconds(numbers.pop("sent_at")) < time.time()
    as_of = numbers["as_of"]
    assert abs(seconds(as_of) - totals.as_of_us / 1e6) < 0.001
    watermark = numbers["desk"].pop("watermark")
    assert seconds(watermark) < seconds(as_of)
    assert numbers == {
        "version": 1,
        "board": "floor",
        "as_of": as_of,
        "seq": 1,
        "desk": {
            "state": "live",
            "partitions": 1,
            "missing": [],
            "newest_event_at": watermark,
            "catching_up": None,
            "feed": "alive",
            "send_to": None,
            "clock_wrong": None,
            "lag_records": 0,
            "as_of_oldest": as_of,
            "stale_after_seconds": 5.0,
            "phase": "ready",
        },
        "breaches": {"now": 1, "new": 0},
    }


async def test_while_there_are_no_numbers_each_second_says_so():
    worker = Worker()
    worker.view.phase = Phase.RECOVERING
    async with serving(worker) as url, listening(url) as stream:
        _, first = await stream.next("numbers")
        began = time.monotonic()
        _, second = await stream.next("numbers")
        assert time.monotonic() - began < 2
        for numbers in (first, second):
            assert (numbers["as_of"], numbers["tiles"], numbers["breaches"]) == (None, {}, {"now": 0, "new": 0})
            assert (numbers["desk"]["state"], numbers["desk"]["phase"]) == ("starting", "recovering")
        assert second["seq"] == first["seq"] + 1
        worker.tick(opened("T1", ago(1)))
        assert (await stream.until(lambda each: each["desk"]["state"] == "live"))["tiles"]["p0t0"]["value"] == 1


async def test_before_the_first_event_no_tile_has_a_number_and_the_desk_says_where_to_send_it():
    worker = Worker(broker="kafka:9092", topic_ticket_opened="opened")
    worker.tick()
    async with serving(worker) as url, listening(url) as stream:
        _, never = await stream.next("numbers")
        assert (never["desk"]["feed"], never["desk"]["newest_event_at"]) == ("never", None)
        assert never["desk"]["send_to"] == {"broker": "kafka:9092", "topic": "opened"}
        assert {(tile["value"], tile["why"], tile["level"]) for tile in never["tiles"].values()} == {
            (None, "no_event", "unknown")
        }
        worker.tick(opened("T1", ago(1), channel="chat"))
        alive = await stream.until(lambda each: each["desk"]["feed"] == "alive")
        assert (alive["desk"]["send_to"], alive["tiles"]["p0t0"]["value"]) == (None, 1)


@pytest.mark.parametrize(("age_seconds", "feed", "level"), [(500, "alive", "good"), (700, "dead", "neutral")])
async def test_a_desk_to_which_no_events_arrive_is_judged_by_nothing(age_seconds: int, feed: str, level: str):
    worker = Worker(layout_file=THREE)
    worker.tick(opened("T1", ago(age_seconds), channel="email"))
    async with serving(worker) as url, listening(url, "floor") as stream:
        _, numbers = await stream.next("numbers")
        live = (await get(f"{url}/api/v1/live"))[1]
    assert (numbers["desk"]["feed"], live["desk"]["feed"]) == (feed, feed)
    assert numbers["tiles"]["p0t0"]["value"] == 1
    assert numbers["tiles"]["p0t0"]["level"] == level


async def test_while_records_are_unread_for_long_the_feed_is_behind_and_nothing_is_on_target():
    worker = Worker(layout_file=THREE)
    worker.tick(opened("T1", ago(1), channel="email"))
    (part,) = worker.view.own_parts()
    worker.view.show([replace(part, as_of_us=part.as_of_us + 1, unread=Unread(12_345, 40.0))], worker.view.policy)
    async with serving(worker) as url, listening(url, "floor") as stream:
        _, numbers = await stream.next("numbers")
    assert (numbers["desk"]["state"], numbers["desk"]["feed"]) == ("catching_up", "behind")
    assert numbers["desk"]["catching_up"] == {"records": 12_345, "seconds": 40.0}
    assert "good" not in {tile["level"] for tile in numbers["tiles"].values()}


async def test_numbers_that_stand_still_are_called_stale():
    worker = Worker()
    worker.tick(opened("T1", ago(60)), age_seconds=5.5)
    async with serving(worker) as url, listening(url) as stream:
        assert (await stream.next("numbers"))[1]["desk"]["state"] == "stale"
        worker.tick()
        assert await stream.until(lambda each: each["desk"]["state"] == "live")
        worker.view.counters.lag["ticket-opened", 0] = None  # the broker does not answer
        worker.tick()
        unknown = await stream.until(lambda each: each["desk"]["state"] == "stale")
        assert unknown["desk"]["lag_records"] is None


async def test_numbers_of_a_neighbour_that_tells_every_ten_seconds_are_stale_after_25():
    worker, other = Worker(partitions=2), Neighbour(1)
    worker.tick(opened("T1", ago(60)))
    worker.view.neighbours.hear(1, other.record(age_seconds=15), 10)
    async with serving(worker) as url, listening(url) as stream:
        desk = (await stream.next("numbers"))[1]["desk"]
        assert (desk["state"], desk["missing"]) == ("live", [])
        # Unless there is news: our own are stale in five seconds, when the neighbour's are 20 seconds old.
        assert desk["stale_after_seconds"] == pytest.approx(20, abs=3)
        worker.view.neighbours.hear(1, other.record(age_seconds=26), 10)
        worker.tick()
        assert await stream.until(lambda each: each["desk"]["state"] == "stale")


async def test_a_partition_that_nobody_speaks_for_makes_the_desk_partial():
    worker = Worker(partitions=3)
    worker.tick(opened("T1", ago(1)))
    async with serving(worker) as url, listening(url) as stream:
        desk = (await stream.next("numbers"))[1]["desk"]
    assert (desk["state"], desk["missing"], desk["partitions"]) == ("partial", [1, 2], 3)


async def test_history_that_is_read_is_no_live_desk_and_makes_no_trend():
    worker = Worker()
    worker.view.counters.lag["ticket-opened", 0] = 1200
    worker.tick(opened("T1", ago(5 * 3600)))
    async with serving(worker) as url, listening(url) as stream:
        _, trend = await stream.next("trend")
        _, numbers = await stream.next("numbers")
        assert (numbers["desk"]["state"], numbers["desk"]["lag_records"]) == ("catching_up", 1200)
        assert numbers["desk"]["catching_up"] == {"records": 1200, "seconds": pytest.approx(5 * 3600, abs=5)}
        assert abs(seconds(numbers["desk"]["newest_event_at"]) - (time.time() - 5 * 3600)) < 5
        assert numbers["tiles"]["p0t0"]["value"] == 1
        assert [value for _, value in trend["tiles"]["p0t0"]] == [None]
        worker.view.counters.lag["ticket-opened", 0] = 0
        worker.tick(opened("T2", ago(1)))
        assert await stream.until(lambda each: each["desk"]["state"] == "live")
        # A single event after a quiet time is not history.
        worker.view.counters.lag["ticket-opened", 0] = 1
        worker.tick()
        assert (await stream.next("numbers"))[1]["desk"]["state"] == "live"


async def test_a_worker_whose_clock_is_wrong_says_by_how_much_and_its_numbers_stay_live():
    worker = Worker()
    worker.view.broker_time = Compared(offset_seconds=-600, right=False)
    worker.tick(opened("T1", ago(1)))
    async with serving(worker) as url, listening(url) as stream:
        desk = (await stream.next("numbers"))[1]["desk"]
        assert (desk["state"], desk["clock_wrong"]) == ("live", {"offset_seconds": -600})
        assert (await get(f"{url}/api/v1/live"))[1]["desk"]["clock_wrong"] == {"offset_seconds": -600}
        worker.view.broker_time = Compared(offset_seconds=1)
        worker.tick()
        assert await stream.until(lambda each: each["desk"]["clock_wrong"] is None)


async def test_a_worker_that_waits_for_a_right_clock_says_so_before_it_has_numbers():
    worker = Worker()
    worker.view.broker_time = Compared(offset_seconds=None, right=False)
    async with serving(worker) as url, listening(url) as stream:
        desk = (await stream.next("numbers"))[1]["desk"]
    assert (desk["state"], desk["clock_wrong"]) == ("starting", {"offset_seconds": None})


async def test_a_desk_that_never_had_an_event_says_so():
    worker = Worker()
    worker.tick()
    async with serving(worker) as url, listening(url) as stream:
        assert (await stream.next("numbers"))[1]["desk"]["newest_event_at"] is None
        assert (await get(f"{url}/api/v1/live"))[1]["desk"]["newest_event_at"] is None
        worker.tick(opened("T1", ago(30)))
        said = (await stream.until(lambda each: each["desk"]["newest_event_at"]))["desk"]
        assert abs(seconds(said["newest_event_at"]) - (time.time() - 30)) < 5


async def test_what_another_worker_has_to_read_makes_the_desk_catch_up():
    worker, other = Worker(partitions=2), Neighbour(1, opened("T2", ago(90)))
    worker.tick()
    worker.view.neighbours.hear(1, other.record(unread=Unread(12_345, 40)))
    async with serving(worker) as url, listening(url) as stream:
        desk = (await stream.next("numbers"))[1]["desk"]
        assert (desk["state"], desk["lag_records"]) == ("catching_up", 0)
        assert desk["catching_up"] == {"records": 12_345, "seconds": 40}
        assert abs(seconds(desk["newest_event_at"]) - (time.time() - 90)) < 5
        live = (await get(f"{url}/api/v1/live"))[1]["desk"]
        assert live["catching_up"] == {"records": 12_345, "seconds": 40}
        worker.view.neighbours.hear(1, other.record(unread=Unread(12, 1)))
        worker.tick()
        assert (await stream.until(lambda each: each["desk"]["state"] == "live"))["desk"]["catching_up"] is None


async def test_a_breach_is_new_once():
    worker = Worker()
    worker.tick(opened("T1", ago(119), channel="chat"))
    async with serving(worker) as url, listening(url) as stream, ticking(worker, 0.3):
        assert (await stream.next("numbers"))[1]["breaches"] == {"now": 0, "new": 0}
        assert (await stream.until(lambda each: each["breaches"]["now"]))["breaches"] == {"now": 1, "new": 1}
        assert (await stream.next("numbers"))[1]["breaches"] == {"now": 1, "new": 0}


def put(file, text):
    """Replace a file at once: who looks at it meanwhile sees all of the one or of the other."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


async def test_a_changed_layout_file_is_shown_and_a_wrong_one_is_only_said(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(stream_hub, "LOOK_SECONDS", 0.05)
    file = tmp_path / "layout.yaml"
    file.write_text("boards: [{name: one, pages: [{tiles: [{metric: waiting}]}]}]\n")
    worker = Worker(layout_file=file)
    worker.tick(opened("T1", ago(30), channel="chat"))
    with caplog.at_level(logging.ERROR, "deskpulse.serve"):
        async with serving(worker) as url, listening(url, "one") as stream, ticking(worker):
            _, before = await stream.next("layout")
            await stream.next("numbers")
            put(file, "boards: [{name: one, pages: [{tiles: [{metric: waitin}]}]}]\n")
            async with asyncio.timeout(SHORTLY):
                while not caplog.records:
                    await asyncio.sleep(0.02)
            assert (await get(f"{url}/api/v1/boards/one"))[1] == before
            put(file, "boards: [{name: one, pages: [{tiles: [{metric: backlog}, {metric: waiting}]}]}]\n")
            _, after = await stream.next("layout")
            assert [tile["metric"] for tile in after["pages"][0]["tiles"]] == ["backlog", "waiting"]
            _, trend = await stream.next("trend")
            assert len(trend["tiles"]["p0t1"]) >= 1  # it moved, and kept its past
            numbers = (await stream.next("numbers"))[1]
            assert set(numbers["tiles"]) == {"p0t0", "p0t1"}
            put(file, "boards: [{name: two, pages: [{tiles: [{metric: backlog}]}]}]\n")
            assert await stream.ended()  # its board is gone
            assert (await get(f"{url}/api/v1/boards"))[1] == {"boards": [{"name": "two", "title": "two"}]}
    said = [record.message for record in caplog.records]
    assert said[0].startswith(
        f"layout_file (DESKPULSE_LAYOUT_FILE): {file}:1: boards[1].pages[1].tiles[1].metric: got 'w"
    )
    assert said[1].startswith("the layout file was not taken")
    assert len(said) == 2


async def test_under_another_policy_file_the_targets_that_come_from_it_are_shown_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(stream_hub, "LOOK_SECONDS", 0.05)
    file = tmp_path / "layout.yaml"
    tile = "{metric: frt_p90, filter: {channel: chat}, target: policy}"
    file.write_text(f"boards: [{{name: one, pages: [{{tiles: [{tile}]}}]}}]\n")
    worker = Worker(layout_file=file)
    worker.tick(opened("T1", ago(30), channel="chat"), responded("T1", ago(10)))
    async with serving(worker) as url, listening(url, "one") as stream:
        _, before = await stream.next("layout")
        assert before["pages"][0]["tiles"][0]["target"] == {"at_most": 120}
        await stream.next("numbers")
        targets = (Target(10_000_000),)
        policy = replace(worker.view.policy, definitions=replace(worker.view.policy.definitions, targets=targets))
        worker.view.show(worker.view.own_parts(), policy)
        _, after = await stream.next("layout")
        assert after["pages"][0]["tiles"][0]["target"] == {"at_most": 10}
        says = (await stream.next("numbers"))[1]["tiles"]["p0t0"]
        assert (says["target"], says["level"]) == (10, "bad")


async def test_a_wallboard_that_comes_back_finds_its_last_hour(monkeypatch):
    worker = Worker()
    worker.tick(opened("T1", ago(30), channel="chat"))
    clock = iter(range(1_800_000_000, 1_900_000_000, 10))
    monkeypatch.setattr(worker.view.clock, "seconds", lambda: float(next(clock)))
    async with serving(worker) as url:
        async with listening(url) as stream:
            await stream.next("numbers")
        async with ticking(worker):  # nobody listens; that this one has left is noticed at the first write
            await asyncio.sleep(1.5)
        async with listening(url) as stream:
            _, trend = await stream.next("trend")
    assert len(trend["tiles"]["p0t0"]) > 6


async def test_a_board_that_nobody_asked_for_costs_nothing(monkeypatch):
    monkeypatch.setattr(WorkerView, "desk", lambda _view: pytest.fail("somebody looked at the desk"))
    worker = Worker()
    async with serving(worker) as url, ticking(worker):
        await get(f"{url}/api/v1/boards/default")
        await asyncio.sleep(0.3)


async def test_a_stream_is_for_those_who_may_see_numbers():
    tokens = {"web_token": "the-token-of-an-admin", "web_board_token": "the-token-of-a-board"}
    worker = Worker(**tokens)
    worker.tick()
    async with serving(worker) as url:
        for path in ("boards", "boards/default", "boards/default/stream"):
            assert (await get(f"{url}/api/v1/{path}"))[0] == 401
            assert (await get(f"{url}/api/v1/{path}", Authorization="Bearer wrong-but-long-enough"))[0] == 401
        for token in tokens.values():
            async with listening(url, Authorization=f"Bearer {token}") as stream:
                await stream.next("numbers")


async def test_a_stream_is_not_gathered_by_compression():
    worker = Worker()
    worker.tick()
    async with serving(worker) as url, listening(url, **{"Accept-Encoding": "gzip"}) as stream:
        assert "Content-Encoding" not in stream.response.headers
        await stream.next("numbers")


async def test_the_end_of_a_worker_is_the_end_of_its_streams():
    worker = Worker()
    worker.tick()
    pages = Pages(worker.view, worker.settings)
    host, port = await pages.start()
    async with listening(f"http://{host}:{port}") as stream:
        await stream.next("numbers")
        began = time.monotonic()
        await pages.stop()
        assert time.monotonic() - began < 1
        assert await stream.ended()


async def test_what_goes_wrong_in_a_board_is_logged_and_ends_its_streams_and_nothing_else(monkeypatch, caplog):
    worker = Worker()
    worker.tick()

    def broken(*_arguments: Any) -> None:
        raise ZeroDivisionError("a tile")

    async with serving(worker) as url, listening(url) as stream:
        await stream.next("numbers")
        monkeypatch.setattr(stream_hub.Channel, "count", broken)
        with caplog.at_level(logging.ERROR, "deskpulse.serve"):
            worker.tick()
            assert await stream.ended()
        assert "wallboards cannot be made" in caplog.text
        assert "ZeroDivisionError: a tile" in caplog.text
        monkeypatch.undo()
        async with listening(url) as again:
            assert (await again.next("numbers"))[1]["desk"]["state"] == "live"
