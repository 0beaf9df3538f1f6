"""The token comes in the fragment, goes out in a header, and stands nowhere else."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Open
from tests.browser.floor import BOARD_TOKEN, Floor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.mark.parametrize("path", ["/wallboard", "/"])
def test_the_token_opens_the_page_and_is_in_no_address(floor: Floor, opened: Open, path: str) -> None:
    screen = opened(floor.workers[0].url + path)
    screen.page.wait_for_selector(".value:not(.none), .big:not(.none):not(:empty)")
    assert screen.page.url == floor.workers[0].url + path
    assert any("/api/v1/" in url for url in screen.asked)
    assert not any(BOARD_TOKEN in url for url in screen.asked)
    screen.page.reload()
    screen.page.wait_for_selector(".value:not(.none), .big:not(.none):not(:empty)")
    assert screen.page.evaluate("Object.keys(localStorage)") == []
    assert screen.complaints == []


@pytest.mark.parametrize("path", ["/wallboard", "/"])
@pytest.mark.parametrize(("token", "says"), [(None, "A token is needed"), ("guessed", "The token is wrong")])
def test_a_missing_or_wrong_token_is_said_plainly_and_can_be_fixed_there(
    floor: Floor, opened: Open, path: str, token: str | None, says: str
) -> None:
    screen = opened(floor.workers[0].url + path, token=token)
    screen.page.get_by_role("heading", name=says).wait_for()
    field = screen.page.get_by_label("Token")
    field.fill(BOARD_TOKEN)
    field.press("Enter")
    screen.page.wait_for_selector(".value:not(.none), .big:not(.none):not(:empty)")
    assert not screen.page.get_by_role("heading", name=says).is_visible()
    assert not any(BOARD_TOKEN in url for url in screen.asked)


def test_a_device_keeps_the_token_only_if_it_is_asked_to(floor: Floor, opened: Open) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard", token=f"{BOARD_TOKEN}&stay")
    screen.until("live")
    another_tab = screen.page.context.new_page()
    another_tab.goto(f"{floor.workers[0].url}/wallboard")
    another_tab.wait_for_selector("html[data-state=live]", state="attached")


def test_a_board_that_is_not_there_names_those_that_are(floor: Floor, opened: Open) -> None:
    screen = opened(f"{floor.workers[0].url}/wallboard/fools")
    screen.page.get_by_role("heading", name="There is no board named “fools”").wait_for()
    assert screen.page.get_by_text("Boards: default, three, german").is_visible()
