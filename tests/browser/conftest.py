"""Pages in a real browser. Chromium is the machine's own; without it these tests are skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.browser.floor import BOARD_TOKEN, Floor

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TV = {"width": 1920, "height": 1080}

LAYOUT = """
boards:
  - name: default
    title: Support desk
    rotate: 1h
    pages:
{default}
  - name: three
    title: Customer service
    sound: true
    pages:
      - columns: 3
        tiles:
          - {{metric: waiting, by: channel, warn: 20, target: 40}}
          - {{metric: service_level, window: today, target: 80, warn: 85}}
          - {{metric: nps, window: 30d}}
  - name: german
    language: de
    theme: light
    pages:
      - title: Jetzt
        tiles: [{{metric: waiting}}, {{metric: backlog}}, {{metric: longest_wait}}]
  - name: narrow
    language: de-CH
    rotate: 1h
    pages:
      - columns: 6
        tiles:
          - {{metric: waiting, by: channel, height: 2, warn: 0, target: 1}}
          - {{metric: agents, by: queue, height: 2, target: 1}}
          - {{metric: frt_p90, window: 24h, by: channel, target: policy, height: 2}}
          - {{metric: service_level, window: 24h, by: priority, height: 2, target: 80}}
          - {{metric: inflow_vs_usual}}
          - {{metric: longest_wait, target: policy}}
          - {{metric: backlog_ages}}
"""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield running
        running.close()


def layout(folder: Path) -> Path:
    """Write a layout with the boards that are looked at; the default one has the pages of the one that is built in."""
    built_in = Path("stream/board/default.yaml").read_text(encoding="utf-8")
    pages = built_in[built_in.index("    pages:\n") + len("    pages:\n") :]
    file = folder / "layout.yaml"
    file.write_text(LAYOUT.format(default=pages.rstrip()), encoding="utf-8")
    return file


@pytest.fixture(scope="package")
def floor(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    """Two workers that stay well."""
    folder = tmp_path_factory.mktemp("floor")
    running = Floor(folder, workers=2, layout_file=str(layout(folder)))
    try:
        running.start()
        yield running
    finally:
        running.stop()


class Screen:
    """A page in the browser, with all that it complained of and all that it asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        # A page that nobody touched may make no sound. It says so itself, and the browser says so too.
        if message.type in ("error", "warning") and not message.text.startswith("The AudioContext was not allowed"):
            self.complaints.append(message.text)

    def _see(self, request: Request) -> None:
        self.asked.append(request.url)

    def number(self, tile: str) -> float | None:
        """Return a tile's number as it is written, None if it has none."""
        written = self.page.locator(f"[data-tile={tile}] .value:not(.none)").first.text_content(timeout=5000)
        assert written is not None
        return float(written.replace(",", "").replace("−", "-").replace("%", "").split("\u00a0")[0])

    def state(self) -> str:
        """Return what the page says of itself."""
        return str(self.page.evaluate("document.documentElement.dataset.state"))

    def until(self, state: str, seconds: float = 60.0) -> None:
        """Wait until the page says so; a busy machine takes its time to be live."""
        self.page.wait_for_selector(f"html[data-state={state}]", timeout=seconds * 1000, state="attached")


Open = Callable[..., Screen]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens pages, and closes them in the end."""
    contexts = []

    def open_(url: str, *, token: str | None = BOARD_TOKEN, size: dict[str, int] = TV, **options: Any) -> Screen:
        context = browser.new_context(viewport=size, locale="en-GB", reduced_motion="reduce", **options)  # type: ignore[arg-type]  # a TypedDict of two numbers
        contexts.append(context)
        screen = Screen(context.new_page())
        screen.page.goto(url if token is None else f"{url}#token={token}")
        return screen

    yield open_
    for context in contexts:
        context.close()
