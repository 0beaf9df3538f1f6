"""A wallboard tells old numbers from new ones, and comes back without anybody touching it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from playwright.sync_api import Browser, Route

from tests.browser.conftest import Open, layout
from tests.browser.floor import BOARD_TOKEN, Floor, Worker, within

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STALE_SECONDS, TOLERANCE_SECONDS = 5.0, 1.0
RECOVERY_SECONDS = 60.0  # a worker's start, the wait for the dead one's session, and the backoff of the page


@pytest.fixture
def lone(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """One worker, to be treated badly."""
    folder = tmp_path_factory.mktemp("lone")
    floor = Floor(folder, layout_file=str(layout(folder)))
    try:
        floor.start()
        yield floor.workers[0]
    finally:
        floor.stop()


def test_numbers_move_by_themselves(floor: Floor, opened: Open) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard")
    screen.until("live")
    first = screen.page.locator("[data-tile=p0t0]").inner_text(), screen.page.locator(".clock").inner_text()
    screen.page.wait_for_function(
        "before => document.querySelector('.clock').innerText !== before", arg=first[1], timeout=3000
    )
    floor.open_ticket("somebody-writes")
    screen.page.wait_for_function(
        "before => document.querySelector('[data-tile=p0t0]').innerText !== before", arg=first[0], timeout=10_000
    )
    assert screen.complaints == []


def test_a_killed_worker_makes_the_numbers_stale_and_a_new_one_brings_them_back(lone: Worker, opened: Open) -> None:
    screen = opened(f"{lone.url}/wallboard")
    screen.until("live")
    waiting = screen.page.locator("[data-tile=p0t0] .value")
    lone.end()
    killed = time.monotonic()
    screen.until("stale", STALE_SECONDS + TOLERANCE_SECONDS)
    assert time.monotonic() - killed > STALE_SECONDS - 2 * TOLERANCE_SECONDS
    banner = screen.page.locator(".banner")
    assert "No new numbers since" in banner.inner_text()
    assert "does not answer" in banner.inner_text()
    # What is stale is said to anyone who hears the page, once, and has no colour any more.
    said = screen.page.locator("[role=status]").inner_text()
    assert said.startswith("No new numbers since")
    assert waiting.inner_text() != "", "what was known last still stands there"
    ink = "getComputedStyle(document.querySelector('.tile .value')).color"
    grey = screen.page.evaluate(ink)
    screen.page.wait_for_timeout(2500)
    assert screen.page.locator("[role=status]").inner_text() == said
    assert screen.state() == "stale"
    lone.start()
    screen.until("live", RECOVERY_SECONDS)
    assert screen.page.locator("[role=status]").inner_text() == "Live again"
    assert not banner.is_visible()
    assert screen.page.evaluate(ink) != grey


def test_a_paused_worker_is_noticed_though_its_connection_stays(lone: Worker, opened: Open) -> None:
    screen = opened(f"{lone.url}/wallboard")
    screen.until("live")
    lone.send(signal.SIGSTOP)
    screen.until("stale", STALE_SECONDS + TOLERANCE_SECONDS)
    # Long enough for the page to give this connection up.
    screen.page.wait_for_timeout(8000)
    assert screen.state() == "stale"
    lone.send(signal.SIGCONT)
    screen.until("live", RECOVERY_SECONDS)


def test_a_worker_that_has_no_numbers_any_more_leaves_those_from_before_and_no_dip(floor: Floor, opened: Open) -> None:
    """As one that waits for its broker: it speaks, and says that it starts."""
    worker, screen = floor.workers[0], opened("about:blank", token=None)
    layout = worker.get("/api/v1/boards/german")
    began = datetime.now(UTC) - timedelta(seconds=90)

    def numbers(seconds: int, state: str, value: int | None) -> str:
        at = (began + timedelta(seconds=seconds)).isoformat()
        desk = {"state": state, "partitions": 2, "missing": [1] if state == "partial" else [], "phase": "recovering"}
        tiles = {} if value is None else {"p0t0": {"value": value, "n": value, "fresh_as_of": at}}
        said = {"version": 1, "board": "german", "seq": seconds, "sent_at": at, "desk": desk, "tiles": tiles}
        said |= {"as_of": None if value is None else at, "breaches": {"now": 0, "new": 0}}
        return f"event: numbers\ndata: {orjson.dumps(said).decode()}\n\n"

    live = [numbers(at, "live", 40) for at in range(0, 80, 10)]
    body = "".join([*live, numbers(80, "partial", 3), numbers(90, "starting", None)])
    body = f"event: layout\ndata: {orjson.dumps(layout).decode()}\n\n{body}"
    screen.page.route("**/stream", lambda route: route.fulfill(body=body, content_type="text/event-stream"))
    screen.page.goto(f"{worker.url}/wallboard/german?lang=en#token={BOARD_TOKEN}")
    screen.until("stale")
    tile, banner = screen.page.get_by_role("region", name="Waiting for first response"), screen.page.locator(".banner")
    assert tile.locator(".value").text_content() == "3", "what was known last"
    trend = tile.get_by_role("img").get_attribute("aria-label")
    assert trend == "Trend: from 40 to 40, between 40 and 40", "half of a desk is no dip"
    since = (began + timedelta(seconds=80)).astimezone().strftime("%H:%M:%S")
    assert f"No new numbers since {since}" in banner.inner_text()


def test_the_live_page_does_not_call_numbers_live_that_were_old_as_they_were_sent(floor: Floor, opened: Open) -> None:
    screen = opened("about:blank", token=None)

    def a_minute_ago(route: Route) -> None:
        answer = route.fetch()
        document = answer.json()
        at = datetime.fromisoformat(document["as_of"]) - timedelta(seconds=60)
        route.fulfill(response=answer, json=document | {"as_of": at.isoformat()})

    screen.page.goto(f"{floor.workers[0].url}/#token={BOARD_TOKEN}")
    screen.page.wait_for_selector("#freshness:has-text('live, as of')")
    screen.page.route("**/api/v1/live*", a_minute_ago)
    screen.page.wait_for_selector("#freshness.stale")
    assert "its numbers are old" in screen.page.locator("#freshness").inner_text()


def test_two_workers_are_shown_as_one_desk(floor: Floor, opened: Open) -> None:
    """The page's numbers are the sum of what each worker says of its own partitions, and the same on both."""
    screens = [opened(f"{worker.url}/wallboard") for worker in floor.workers]
    for screen in screens:
        screen.until("live")

    def own(worker: Worker) -> Any:
        return worker.get("/api/v1/live?scope=worker&window=1h")

    def alike() -> bool:
        before = [own(worker) for worker in floor.workers]
        shown = [sum(ages(screen)) for screen in screens]
        after = [own(worker) for worker in floor.workers]
        assert all(snapshot["partitions"] for snapshot in before), "each worker has some of the desk"
        low, high = sorted(sum(backlog(snapshot) for snapshot in snapshots) for snapshots in (before, after))
        # While they were read a ticket may have come or gone; both pages stand for the whole desk, never for a half.
        return low == high and shown == [low, low]

    def ages(screen: Any) -> list[int]:
        return [
            int(text.replace(",", "")) for text in screen.page.locator("[data-tile=p0t9] .amount").all_inner_texts()
        ]

    def backlog(snapshot: Any) -> int:
        [row] = [row for row in snapshot["backlog"] if not row["labels"]]
        return int(row["n"])

    within(60, alike, "the pages show the sum of both workers")


def test_pages_turn_by_key_and_by_dot_and_a_pause_is_said(floor: Floor, opened: Open) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard")
    screen.until("live")
    page = screen.page
    assert page.locator(".page-title").inner_text() == "Now"
    page.keyboard.press("ArrowRight")
    assert page.locator(".page-title").inner_text() == "Response times and promises"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.locator(".page-title").inner_text() == "What customers say"
    page.keyboard.press(" ")
    assert page.get_by_role("button", name="Turn pages again (space)").is_visible()
    page.get_by_role("button", name="Page 1 of 3: Now").click()
    assert page.locator(".page-title").inner_text() == "Now"
    assert page.locator("button.dot[aria-current=page]").count() == 1


def test_the_theme_is_switched_by_key_and_stays_on_this_device(floor: Floor, opened: Open) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard")
    screen.until("live")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = screen.page.evaluate(ground)
    screen.page.keyboard.press("t")
    light = screen.page.evaluate(ground)
    assert light != dark
    screen.page.reload()
    screen.until("live")
    assert screen.page.evaluate(ground) == light


def test_a_sound_that_the_browser_blocks_is_said_until_somebody_touches_the_page(floor: Floor, opened: Open) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard/three")  # its layout turns the sound on
    # Playwright's own looks count as a touch by a hand, which would let the page sound. These do not.
    looks = screen.page.context.new_cdp_session(screen.page)

    def seen(expression: str) -> Any:
        return looks.send("Runtime.evaluate", {"expression": expression, "userGesture": False})["result"].get("value")

    said = "document.querySelector('.note:not([hidden])')?.textContent ?? ''"
    within(60, lambda: "until somebody presses a key" in seen(said), "the page says that its sound is blocked")
    assert seen("navigator.userActivation.hasBeenActive") is False
    screen.page.keyboard.press("a")
    within(10, lambda: seen(said) == "", "the page has its sound")
    assert screen.page.get_by_role("button", name="Turn the sound off (S)").count() == 1
    screen.page.keyboard.press("s")
    assert screen.page.get_by_role("button", name="Turn the sound on (S)").count() == 1


def test_the_layout_chooses_the_language_and_the_address_overrules_it(floor: Floor, opened: Open) -> None:
    german = opened(f"{floor.workers[0].url}/wallboard/german")
    german.page.wait_for_selector("text=Warten auf erste Antwort")
    assert german.page.locator("html").get_attribute("lang") == "de"
    assert german.page.locator("html").get_attribute("data-theme") == "light"
    spanish = opened(f"{floor.workers[0].url}/wallboard/german?lang=es")
    spanish.page.wait_for_selector("text=Esperan la primera respuesta")
