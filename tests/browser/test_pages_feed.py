"""The pages say how long ago the newest event was, and call nothing live or well if no events arrive."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Open, Screen
from tests.browser.floor import BOARD_TOKEN, Floor, within

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SILENCE_SECONDS = 10
# A board of tiles that would all be well of nothing: no ticket waits, none is breached, as many go as come.
LAYOUT = """
boards:
  - name: default
    pages:
      - tiles:
          - {metric: waiting, target: 40}
          - {metric: breached, target: 0}
          - {metric: in_out}
          - {metric: longest_wait}
          - {metric: service_level, target: 80}
"""
CLAIMS = "Live|live,|on target|in balance|nobody|no breach|100%"


@pytest.fixture
def eventless(browser: Browser, tmp_path: Path) -> Iterator[Floor]:
    """A desk without customers."""
    yield from running(tmp_path)


def running(folder: Path, **settings: str) -> Iterator[Floor]:
    """Run a desk without customers on which it is soon noticed that nothing happens."""
    layout = folder / "layout.yaml"
    layout.write_text(LAYOUT, encoding="utf-8")
    settings |= {"layout_file": str(layout), "event_silence_seconds": str(SILENCE_SECONDS)}
    floor = Floor(folder, crowd=False, **settings)
    try:
        floor.start()
        yield floor
    finally:
        floor.stop()


def text_of(screen: Screen, selector: str = "body") -> str:
    return screen.page.locator(selector).inner_text()


def says(screen: Screen, words: str, selector: str = "body", seconds: float = 30) -> None:
    """Wait until a page says so."""
    screen.page.locator(selector).get_by_text(words).first.wait_for(timeout=seconds * 1000)


def levels(screen: Screen) -> set[str]:
    found: list[str] = screen.page.eval_on_selector_all(
        "[data-level]", "nodes => nodes.map(node => node.dataset.level)"
    )
    return set(found)


def run(command: str) -> str:
    """Run a command as somebody would who pastes it into a shell, and return what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", command], env={**os.environ, "PATH": path}, check=True, capture_output=True, timeout=120
    )
    return done.stdout.decode()


def test_a_desk_is_never_live_before_its_first_event_nor_long_after_its_last(eventless: Floor, opened: Open) -> None:
    url = eventless.workers[0].url
    board, live = opened(f"{url}/wallboard"), opened(url)
    board.until("never")
    says(live, "No event has ever arrived")
    for screen in (board, live):
        assert "No event has ever arrived" in text_of(screen)
        assert "no data yet" in text_of(screen)
        assert not any(claim in text_of(screen) for claim in CLAIMS.split("|")), text_of(screen)
        assert screen.page.locator(".hint code").count() == 2
    assert levels(board) == {"unknown"}
    assert board.page.locator(".tile .value:not(.none)").count() == 0, "nothing is 0 of which nobody knows"

    one, simulated = board.page.locator(".hint code").all_inner_texts()
    assert [one, simulated] == live.page.locator(".hint code").all_inner_texts()
    producer, options = one.split(" | ")[1].split(maxsplit=1)
    assert producer == "kafka-console-producer.sh"
    assert f"--bootstrap-server {eventless.broker} --topic ticket-opened" in options
    key, value = run(one.split(" | ")[0]).rstrip("\n").split("|")
    eventless.send(key.encode(), value.encode())
    board.until("live")
    says(live, "live, as of")
    assert board.page.locator("[data-tile=p0t0] .value").inner_text() == "1"
    assert "on target" in text_of(board, "[data-tile=p0t0]")
    for screen in (board, live):
        assert "last event" in text_of(screen)
        assert not screen.page.locator(".hint").is_visible()

    board.until("dead", 3 * SILENCE_SECONDS)
    says(live, "No events for")
    for screen in (board, live):
        assert "check what sends the events to Kafka" in text_of(screen)
        assert not any(claim in text_of(screen) for claim in CLAIMS.split("|")), text_of(screen)
    assert levels(board) <= {"neutral", "unknown"}
    assert "No events for" in text_of(board, "[data-tile=p0t0]")
    # How long there was nothing is not news each second.
    announced = text_of(board, "[role=status]")
    board.page.wait_for_timeout(3000)
    assert text_of(board, "[role=status]") == announced

    run(simulated)
    within(30, lambda: eventless.workers[0].get("/api/v1/live")["tickets"]["opened"] > 400, "they are counted")
    eventless.open_ticket("one-more")
    board.until("live")
    says(live, "live, as of")
    within(30, lambda: "on target" in text_of(board), "tiles are judged again")
    for screen in (board, live):
        assert screen.complaints == []


def test_a_desk_closed_at_this_hour_is_quiet_and_not_called_live(
    browser: Browser, opened: Open, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: 1\nschedules:\n  default:\n    hours: {}\n", encoding="utf-8")
    for floor in running(tmp_path, policy_file=str(policy)):
        floor.open_ticket("the-last-of-today")
        board, live = opened(f"{floor.workers[0].url}/wallboard"), opened(floor.workers[0].url)
        board.until("live")
        board.until("quiet", 3 * SILENCE_SECONDS)
        says(live, "Quiet")
        for screen in (board, live):
            assert "last event" in text_of(screen)
            assert not any(claim in text_of(screen) for claim in CLAIMS.split("|")), text_of(screen)
        assert not board.page.locator(".banner").is_visible(), "that is as it should be"
        assert board.page.locator("html.greyed").count() == 0
        assert levels(board) <= {"neutral", "unknown"}
        assert board.complaints == live.complaints == []


@pytest.fixture
def told(floor: Floor, opened: Open) -> Callable[[dict[str, Any]], tuple[Screen, Screen]]:
    """Opens both pages with a desk that says of itself what a test wants."""

    def open_(currency: dict[str, Any]) -> tuple[Screen, Screen]:
        worker, board, live = floor.workers[0], opened("about:blank", token=None), opened("about:blank", token=None)
        layout = worker.get("/api/v1/boards/german")
        now = datetime.now(UTC)
        state = "catching_up" if currency.get("catching_up") else "live"
        desk = {"state": state, "partitions": 2, "missing": [], "phase": "ready", **currency}
        tile = {"value": 0, "n": 0, "level": "neutral", "fresh_as_of": now.isoformat()}
        numbers = {"version": 1, "board": "german", "seq": 1, "sent_at": now.isoformat(), "as_of": now.isoformat()}
        numbers |= {"desk": desk, "tiles": {"p0t0": tile}, "breaches": {"now": 0, "new": 0}}
        body = "".join(
            f"event: {name}\ndata: {orjson.dumps(said).decode()}\n\n"
            for name, said in (("layout", layout), ("numbers", numbers))
        )
        board.page.route("**/stream", lambda route: route.fulfill(body=body, content_type="text/event-stream"))

        def snapshot(route: Any) -> None:
            answer = route.fetch()
            found = answer.json()
            found["desk"] |= currency
            wrong_seconds = (currency.get("clock_wrong") or {"offset_seconds": 0})["offset_seconds"]
            date = format_datetime(datetime.now(UTC) + timedelta(seconds=wrong_seconds), usegmt=True)
            route.fulfill(response=answer, json=found, headers=answer.headers | {"date": date})

        live.page.route("**/api/v1/live?*", snapshot)
        board.page.goto(f"{worker.url}/wallboard/german?lang=en#token={BOARD_TOKEN}")
        live.page.goto(f"{worker.url}/#token={BOARD_TOKEN}")
        return board, live

    return open_


def test_while_there_is_much_to_read_the_pages_say_how_far_they_are_behind(
    told: Callable[[dict[str, Any]], tuple[Screen, Screen]],
) -> None:
    long_ago = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    far = {"records": 12345, "seconds": 840.0}
    board, live = told({"feed": "behind", "newest_event_at": long_ago, "catching_up": far, "send_to": None})
    for screen in (board, live):
        says(screen, "Catching up: 12,345 events unread, about 14 mins behind")
        says(screen, "last event 3 hrs ago")
        assert "Live" not in text_of(screen).replace("Wallboard", "")
    assert board.state() == "catching_up"


def test_both_pages_say_that_the_clock_of_their_worker_is_wrong(
    told: Callable[[dict[str, Any]], tuple[Screen, Screen]],
) -> None:
    board, live = told({"feed": "alive", "clock_wrong": {"offset_seconds": 600.0}})
    for screen in (board, live):
        says(screen, "This worker's clock is 10 mins fast")
    assert board.state() == "clock"
    assert live.page.locator("#board.stale").count() == 0, "the numbers go by the broker's clock"


@pytest.mark.parametrize("language", ["de", "es", "ro", "zh"])
def test_other_languages_fit_too(floor: Floor, opened: Open, language: str) -> None:
    """The line above the board has one more thing to say, in every language on one line of a television."""
    screen = opened(f"{floor.workers[0].url}/wallboard?lang={language}")
    screen.until("live")
    box = screen.page.locator(".newest").bounding_box()
    clock = screen.page.locator(".clock").bounding_box()
    assert box is not None
    assert clock is not None
    assert box["height"] < 1.5 * clock["height"]
    assert box["x"] + box["width"] <= clock["x"]
