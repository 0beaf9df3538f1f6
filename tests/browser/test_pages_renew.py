"""A page that has been open for weeks takes over what an upgraded worker serves, once and by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Open, Screen
from tests.browser.floor import BOARD_TOKEN, Floor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PAGE = Path("stream/serve/page")
SCRIPT = (PAGE / "wallboard.js").read_text(encoding="utf-8")
VERSION = (PAGE / "version.txt").read_text(encoding="utf-8").strip()
OLD = SCRIPT.replace(VERSION, "an-older-version")
LIVE = (PAGE / "live.js").read_text(encoding="utf-8")
OLD_LIVE = LIVE.replace(VERSION, "an-older-version")
# Longer than a page takes to be loaded, connect and be live.
A_WHILE_MILLISECONDS = 6_000


class Scripts:
    """Answers for the script of the page, one after the other, the last one for ever; counts how often a page began."""

    def __init__(self, page: Page, *scripts: str, of: str = "wallboard") -> None:
        self._scripts = list(scripts)
        self.loads = 0
        page.route(f"**/page/{of}.js", self._answer)
        page.on("load", self._loaded)

    def _answer(self, route: Route) -> None:
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        route.fulfill(body=script, content_type="text/javascript")

    def _loaded(self, _page: Page) -> None:
        self.loads += 1


def loaded(screen: Screen, scripts: Scripts, times: int) -> None:
    """Wait until the page was loaded so often, and hold it to that for a while."""
    for _ in range(600):
        if scripts.loads >= times:
            break
        screen.page.wait_for_timeout(100)
    screen.until("live")
    screen.page.wait_for_timeout(A_WHILE_MILLISECONDS)
    assert scripts.loads == times


def test_a_page_of_before_an_upgrade_loads_itself_anew_once(floor: Floor, opened: Open) -> None:
    screen = opened("about:blank", token=None)
    scripts = Scripts(screen.page, OLD, SCRIPT)
    screen.page.goto(f"{floor.workers[0].url}/wallboard?lang=de#token={BOARD_TOKEN}")
    loaded(screen, scripts, 2)
    assert screen.complaints == []


def test_what_somebody_chose_by_hand_outlives_the_reload(floor: Floor, opened: Open) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard")
    screen.until("live")
    screen.page.keyboard.press("ArrowRight")
    screen.page.keyboard.press(" ")
    screen.page.keyboard.press("s")
    title = screen.page.locator(".page-title").inner_text()
    screen.page.reload()
    screen.until("live")
    assert screen.page.locator(".page-title").inner_text() == title == "Response times and promises"
    assert screen.page.get_by_role("button", name="Turn pages again (space)").is_visible()
    assert screen.page.get_by_role("button", name="Turn the sound off (S)").is_visible()


def test_a_page_that_is_the_old_one_again_does_not_load_itself_on_and_on(floor: Floor, opened: Open) -> None:
    """Something in between may keep an old page, and its answers look new all the same."""
    screen = opened("about:blank", token=None)
    scripts = Scripts(screen.page, f"{OLD}\n// {VERSION}")
    screen.page.goto(f"{floor.workers[0].url}/wallboard#token={BOARD_TOKEN}")
    loaded(screen, scripts, 2)


def test_a_page_stays_as_it_is_while_the_new_one_cannot_be_had(floor: Floor, opened: Open) -> None:
    screen = opened("about:blank", token=None)
    scripts = Scripts(screen.page, OLD)
    screen.page.goto(f"{floor.workers[0].url}/wallboard#token={BOARD_TOKEN}")
    loaded(screen, scripts, 1)


def test_in_full_screen_the_page_waits_and_says_so(floor: Floor, opened: Open) -> None:
    screen = opened("about:blank", token=None)
    full = "sessionStorage.getItem('full') && document.body"
    screen.page.add_init_script(f"Object.defineProperty(document, 'fullscreenElement', {{get: () => {full}}})")
    scripts = Scripts(screen.page, SCRIPT, OLD, SCRIPT)
    screen.page.goto(f"{floor.workers[0].url}/wallboard#token={BOARD_TOKEN}")
    screen.until("live")
    screen.page.evaluate("sessionStorage.setItem('full', 'yes')")
    screen.page.reload()
    note = screen.page.get_by_text("There is a newer version of this page; it comes when full screen is left (F).")
    note.wait_for()
    loaded(screen, scripts, 2)
    screen.page.evaluate("sessionStorage.removeItem('full')")
    loaded(screen, scripts, 3)
    assert not note.is_visible()


def test_the_live_page_takes_over_an_upgrade_too_and_keeps_its_window(floor: Floor, opened: Open) -> None:
    """It has no stream that tells it: it asks as it begins, and again once a worker that was away answers."""
    screen = opened("about:blank", token=None)
    scripts = Scripts(screen.page, LIVE, OLD_LIVE, LIVE, of="live")
    screen.page.goto(f"{floor.workers[0].url}/?lang=de#token={BOARD_TOKEN}")
    screen.page.wait_for_selector("#freshness:has-text('live, Stand')")
    assert scripts.loads == 1, "it is the page that is served"
    screen.page.get_by_role("combobox").select_option("5m")
    screen.page.reload()
    for _ in range(300):
        if scripts.loads == 3:
            break
        screen.page.wait_for_timeout(100)
    screen.page.wait_for_selector("#freshness:has-text('live, Stand')")
    assert screen.page.get_by_role("combobox").input_value() == "5m"
    screen.page.wait_for_timeout(A_WHILE_MILLISECONDS)
    assert (scripts.loads, screen.complaints) == (3, [])


def test_the_live_page_asks_again_which_page_it_is_once_its_worker_was_away(floor: Floor, opened: Open) -> None:
    screen = opened("about:blank", token=None)
    scripts = Scripts(screen.page, LIVE, of="live")
    screen.page.goto(f"{floor.workers[0].url}/#token={BOARD_TOKEN}")
    screen.page.wait_for_selector("#freshness:has-text('live, as of')")
    upgraded = LIVE.replace(VERSION, "a-newer-version")
    screen.page.unroute("**/page/live.js")
    scripts = Scripts(screen.page, upgraded, of="live")
    screen.page.route("**/page/version.txt", lambda route: route.fulfill(body="a-newer-version\n"))
    screen.page.context.set_offline(True)
    screen.page.wait_for_selector("#freshness.stale")
    assert scripts.loads == 0
    screen.page.context.set_offline(False)
    screen.page.wait_for_event("load", timeout=30_000)
    screen.page.wait_for_selector("#freshness:has-text('live, as of')")
    screen.page.wait_for_timeout(A_WHILE_MILLISECONDS)
    assert scripts.loads == 1


def test_the_live_page_begins_though_its_worker_was_away_for_a_moment(floor: Floor, opened: Open) -> None:
    screen = opened("about:blank", token=None)
    asked: list[str] = []

    def texts(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.abort()
        else:
            route.continue_()

    screen.page.route("**/page/messages/*.json", texts)
    screen.page.goto(f"{floor.workers[0].url}/#token={BOARD_TOKEN}")
    screen.page.wait_for_selector("#freshness:has-text('live, as of')")
    assert len(asked) == 2
