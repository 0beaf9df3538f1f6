"""What a screen reader hears, what the keyboard reaches, and axe's rules, in both themes and all languages."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.floor import Floor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def violations(page: Page) -> list[str]:
    """Return the rules of axe that the page breaks, with where."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize(
    ("theme", "language"),
    [("dark", "en"), ("light", "en"), ("dark", "de"), ("light", "es"), ("dark", "ro"), ("light", "zh")],
)
def test_no_page_of_the_wallboard_breaks_a_rule(floor: Floor, opened: Open, theme: str, language: str) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard?theme={theme}&lang={language}")
    screen.until("live")
    screen.page.wait_for_selector(f"html[lang={language}][data-theme={theme}]", state="attached")
    for number in range(screen.page.locator("button.dot").count()):
        screen.page.locator("button.dot").nth(number).click()
        screen.page.wait_for_timeout(200)
        assert violations(screen.page) == []
    assert screen.complaints == []


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_stale_numbers_can_still_be_read(floor: Floor, opened: Open, theme: str) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard?theme={theme}")
    screen.until("live")
    screen.page.wait_for_selector(".tile .value:not(.none)")
    screen.page.context.set_offline(True)
    screen.page.evaluate("document.documentElement.classList.add('greyed')")
    assert violations(screen.page) == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_live_page_and_the_question_for_a_token_break_no_rule(floor: Floor, opened: Open, scheme: str) -> None:
    live = opened(f"{floor.workers[0].url}/", color_scheme=scheme)
    live.page.wait_for_selector(".big:not(.none):not(:empty)")
    assert violations(live.page) == []
    assert live.complaints == []
    for path in ("/", f"/wallboard?theme={scheme}"):
        asked = opened(floor.workers[0].url + path, token=None, color_scheme=scheme)
        asked.page.get_by_role("heading", name="A token is needed").wait_for()
        assert violations(asked.page) == []


def test_tiles_are_regions_with_names_and_trends_are_said_in_words(floor: Floor, opened: Open) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard")
    screen.until("live")
    page = screen.page
    for name in (
        "First response, longest wait",
        "Waiting for next reply",
        "Breached",
        "Backlog by age",
        "Waiting for first response by channel",
        "In and out 1 hr",
    ):
        assert page.get_by_role("region", name=name, exact=True).count() == 1, name
    assert page.get_by_role("heading", level=1, name="Support desk").count() == 1
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("navigation", name="Pages").count() == 1
    # A trend is drawn from a minute on.
    trend = page.get_by_role("region", name="First response, longest wait").get_by_role("img")
    trend.wait_for(timeout=90_000)
    assert (trend.get_attribute("aria-label") or "").startswith("Trend: from ")


def test_the_keyboard_reaches_every_control_and_shows_where_it_is(floor: Floor, opened: Open) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard")
    screen.until("live")
    page = screen.page
    names = []
    for _ in range(8):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert [name.split(" (")[0] for name in names] == [
        "Page 1 of 3: Now",
        "Page 2 of 3: Response times and promises",
        "Page 3 of 3: What customers say",
        "Pause turning pages",
        "Turn the sound on",
        "Theme: dark",
        "Full screen",
        "All numbers",
    ]
    page.locator("button.dot").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator(".page-title").inner_text() == "Response times and promises"


def test_values_of_a_label_are_called_as_they_are_and_levels_by_what_they_mean(floor: Floor, opened: Open) -> None:
    """A priority `high` is no upper end of what is usual, and what is usual is no target."""
    screen = opened(f"{floor.workers[0].url}/wallboard/narrow?lang=en")
    screen.until("live")
    page = screen.page
    names = page.get_by_role("region", name="Service level").locator(".row .name")
    names.first.wait_for()
    assert set(names.all_inner_texts()) <= {"urgent", "high", "normal", "low", "unknown", "other"}
    assert {"high", "low"} & set(names.all_inner_texts())
    assert page.locator("[data-tile=p0t4] .word").inner_text() in ("", "as usual", "unusual")
    assert page.get_by_role("region", name="First response, p90").get_by_text("no target set").count() == 1


def test_numbers_are_written_as_in_the_region_that_the_layout_names(floor: Floor, opened: Open) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard/narrow")  # whose browser is from Britain
    screen.page.wait_for_selector("html[lang=de]", state="attached")
    screen.until("live")
    screen.page.wait_for_function("document.querySelector('[data-tile=p0t3] .all').textContent.includes('%')")
    share = screen.page.locator("[data-tile=p0t3] .all").text_content()
    assert share is not None
    assert "\u00a0%" not in share, "in Germany there is a space, in Switzerland there is none"


def test_levels_are_told_by_shape_and_word_besides_colour(floor: Floor, opened: Open) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard")
    screen.until("live")
    breached = screen.page.get_by_role("region", name="Breached", exact=True)
    breached.locator(".value:not(.none)").wait_for()
    level = breached.get_attribute("data-level")
    assert level in ("good", "bad")
    assert breached.locator(".word").inner_text() == {"good": "on target", "bad": "too high"}[level]
    assert breached.locator(".head > .icon:not(.absent)").count() == 1
