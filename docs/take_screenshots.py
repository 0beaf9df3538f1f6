"""Take the pictures of the pages that the docs show: `python -m docs.take_screenshots` (needs Chromium; ten minutes).

It starts a demo, lets the trends grow, and looks at it. The pages are those of this working tree, as they are built.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml
from playwright.sync_api import Browser, Route, sync_playwright

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
PAGES = ROOT / "stream" / "serve" / "page"
ALL_NOW = "[...document.querySelectorAll('.tile .fresh')].every((fresh) => fresh.textContent === 'now')"
# Whenever it is started, the demo's desk is at half past ten in the morning.
DESK_HOUR = 10


@dataclass(frozen=True, slots=True)
class Picture:
    """A file in docs/, and what it shows."""

    file: str
    path: str
    width: int = 1920
    height: int = 1080
    turned: int = 0
    ratio: float = 1.0


PICTURES = (
    Picture("wallboard.png", "/wallboard?theme=dark"),
    Picture("wallboard-light.png", "/wallboard?theme=light", turned=1),
    Picture("wallboard-phone.png", "/wallboard?theme=dark", 390, 844, ratio=1.5),
    Picture("wallboard-three-tiles.png", "/wallboard/floor?theme=dark"),
    Picture("live-page.png", "/", 1280, 860),
)


def main() -> None:
    """Take all pictures, of a demo that is started for it or of one that runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="of a demo that runs already, such as http://127.0.0.1:6066")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long trends grow first (%(default)g)")
    chosen = parser.parse_args()
    if chosen.url is not None:
        take(chosen.url)
        return
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as url:
        for board in ("default", "floor"):  # a board's trend is kept from when it was first asked for
            with urllib.request.urlopen(f"{url}/api/v1/boards/{board}/stream", timeout=60) as stream:  # noqa: S310
                stream.readline()
        time.sleep(60 * chosen.minutes)
        take(url)


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """Run a demo with the wallboard that is built in and the one of three tiles; gives its address."""
    boards = [
        board
        for file in (ROOT / "stream/board/default.yaml", ROOT / "examples/layouts/three-tiles.yaml")
        for board in yaml.safe_load(file.read_text(encoding="utf-8"))["boards"]
    ]
    layout = folder / "layout.yaml"
    layout.write_text(yaml.safe_dump({"boards": boards}), encoding="utf-8")
    command = [sys.executable, "-m", "stream.cli.main", "demo", "--port", "0", "--tickets-per-day", "2600"]
    environment = {**os.environ, "DESKPULSE_LAYOUT_FILE": str(layout)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as running:  # noqa: S603
        try:
            assert running.stdout is not None
            said = ""
            for line in running.stdout:
                said += line
                if "Ctrl-C" in line:
                    break
            found = re.search(r"^live page +(\S+?)/?$", said, re.MULTILINE)
            if found is None:
                raise SystemExit(f"the demo did not start:\n{said}")
            yield found[1]
        finally:
            running.terminate()


def take(url: str) -> None:
    """Take all pictures of the demo at this address."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("there is no Chromium on this machine")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for picture in PICTURES:
            one(browser, url, picture)
        browser.close()


def one(browser: Browser, url: str, picture: Picture) -> None:
    """Take one picture, once the page is live."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        device_scale_factor=picture.ratio,
        locale="en-GB",
        timezone_id=morning(),
    )
    page = context.new_page()
    page.route("**/page/**", from_tree)
    page.goto(url + picture.path)
    if picture.path == "/":
        page.wait_for_selector(".big:not(.none):not(:empty)")
    else:
        for _ in range(picture.turned):
            page.wait_for_selector(".tile")
            page.keyboard.press("ArrowRight")
        page.wait_for_selector("html[data-state=live] .tile .value:not(.none)", timeout=120_000)
        page.wait_for_timeout(2_500)
        page.wait_for_selector("html[data-state=live]", timeout=120_000, state="attached")
        # A machine that is busy elsewhere may be a second behind, which a picture would say for ever.
        page.wait_for_function(ALL_NOW, timeout=120_000)
    page.screenshot(path=FOLDER / picture.file)
    context.close()


def from_tree(route: Route) -> None:
    """Answer with a page's file as it is now, which a worker that was started before does not have."""
    name = route.request.url.split("/page/", 1)[1].split("?")[0]
    route.fulfill(path=PAGES / name)


def morning() -> str:
    """Return a zone in which it is morning, as it is at the demo's desk."""
    ahead = (DESK_HOUR - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}"


if __name__ == "__main__":
    main()
