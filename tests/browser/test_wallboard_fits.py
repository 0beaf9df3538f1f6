"""Nobody scrolls a TV: every page of a board fits, whatever the screen, with nothing cut and nothing overlapping."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.floor import Floor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

FIT_SECONDS = 3.0  # a busy machine draws few frames
GEOMETRY = (Path(__file__).parent / "geometry.js").read_text(encoding="utf-8")
# The tiles whose level of the promise stands below their title, of those that are drawn.
BELOW = """() => [...document.querySelectorAll(".rows-tile:has(.level:not(.absent))")]
  .filter((tile) => tile.getBoundingClientRect().width > 0)
  .filter((tile) => tile.querySelector(".level:not(.absent)").getBoundingClientRect().left
    <= tile.querySelector(".title").getBoundingClientRect().right)
  .map((tile) => tile.textContent)"""
SCREENS = {
    "full HD": (1920, 1080),
    "4K": (3840, 2160),
    "a laptop": (1366, 768),
    "a phone": (390, 844),
    "a TV on its side": (1080, 1920),
}


def misfits(page: Page) -> list[str]:
    """Look at each page of the board, one after the other."""
    page.wait_for_selector(".tile .value:not(.none):visible, .tile .amount:visible")
    dots = page.locator("button.dot")
    found = []
    for index in range(max(1, dots.count())):
        if index:
            dots.nth(index).click()
        page.wait_for_timeout(300)
        found += [f"page {index + 1}: {misfit}" for misfit in lasting(page, GEOMETRY)]
    return found


def lasting(page: Page, script: str) -> list[str]:
    """Return what a script finds wrong and goes on finding: what grew is fitted in the next frames."""
    give_up_at = time.monotonic() + FIT_SECONDS
    while (found := page.evaluate(script)) and time.monotonic() < give_up_at:
        page.wait_for_timeout(100)
    return list(found)


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("board", ["default", "three"])
def test_every_page_fits_the_screen(floor: Floor, opened: Open, board: str, screen: str) -> None:
    width, height = SCREENS[screen]
    seen = opened(f"{floor.workers[0].url}/wallboard/{board}", size={"width": width, "height": height})
    seen.until("live")
    assert misfits(seen.page) == []
    assert seen.complaints == []


@pytest.mark.parametrize("language", ["de", "es", "ro", "zh"])
@pytest.mark.parametrize("screen", ["full HD", "a phone"])
def test_longer_words_of_other_languages_fit_too(floor: Floor, opened: Open, language: str, screen: str) -> None:
    width, height = SCREENS[screen]
    seen = opened(f"{floor.workers[0].url}/wallboard?lang={language}", size={"width": width, "height": height})
    seen.until("live")
    seen.page.wait_for_selector(f"html[lang={language}]", state="attached")
    assert misfits(seen.page) == []


@pytest.mark.parametrize("language", ["en", "de", "es", "ro", "zh"])
def test_narrow_tiles_cut_no_number(floor: Floor, opened: Open, language: str) -> None:
    """Names of a label may be shortened, as the sources choose them; what is counted is never."""
    seen = opened(f"{floor.workers[0].url}/wallboard/narrow?lang={language}")
    seen.until("live")
    seen.page.wait_for_selector(f"html[lang={language}]", state="attached")
    assert [misfit for misfit in misfits(seen.page) if "text cut: p0t" not in misfit or ".name" not in misfit] == []
    assert seen.page.locator(".rows-tile .level:not(.absent)").count() >= 2
    assert lasting(seen.page, BELOW) == [], "each stands beside the title, not below"


def test_where_there_is_no_room_for_all_ages_the_oldest_are_shown(floor: Floor, opened: Open) -> None:
    page = opened(f"{floor.workers[0].url}/wallboard/narrow?lang=en", size={"width": 390, "height": 700}).page
    page.locator("button.dot").last.click()
    tile = page.get_by_role("region", name="Backlog by age")
    tile.locator(".amount").first.wait_for()
    names = [name.replace("\u00a0", " ") for name in tile.locator(".name").all_inner_texts()]
    left = 7 - len(names)
    assert left > 0
    assert names == ["< 1 hr", "1–4 hrs", "4–8 hrs", "8–24 hrs", "1–3 days", "3–7 days", "> 7 days"][left:]
    more, first = tile.locator(".more"), tile.locator(".row").first
    assert more.inner_text() == f"and {left} more"
    below = "(node, other) => node.getBoundingClientRect().top > other.getBoundingClientRect().top"
    assert first.evaluate(below, more.element_handle())


def test_a_phone_shows_every_tile_of_a_tv_on_more_pages(floor: Floor, opened: Open) -> None:
    def tiles(width: int, height: int) -> tuple[int, list[str]]:
        page = opened(f"{floor.workers[0].url}/wallboard", size={"width": width, "height": height}).page
        page.wait_for_selector(".tile")
        dots = page.locator("button.dot")
        ids: list[str] = []
        for index in range(dots.count()):
            dots.nth(index).click()
            ids += page.eval_on_selector_all(".tile", "tiles => tiles.map(tile => tile.dataset.tile)")
        return dots.count(), ids

    tv_pages, on_tv = tiles(1920, 1080)
    phone_pages, on_phone = tiles(390, 844)
    assert tv_pages == 3
    assert phone_pages > tv_pages
    assert on_phone == on_tv


def test_a_screen_that_is_turned_is_fitted_again(floor: Floor, opened: Open) -> None:
    page = opened(f"{floor.workers[0].url}/wallboard").page
    page.wait_for_selector(".tile .value:not(.none)")
    before = page.locator("button.dot").count()
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(f"document.querySelectorAll('button.dot').length > {before}")
    assert misfits(page) == []
