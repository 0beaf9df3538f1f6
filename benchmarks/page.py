"""How soon an event is to be read on a wallboard's page, in a real browser.

    python -m benchmarks.page [--rates 1000,10000] [--seconds 30]

A worker reads so many events a second from an embedded broker. Among them are marks, tickets of a queue of their own,
which are opened at random moments and counted by the one tile of the page. A mark has arrived when the text of the page
is a number that counts it, before the next frame is painted. It needs Debian's Chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Error, Page, sync_playwright

from benchmarks.marks import MARKS, latencies, spread
from benchmarks.streams import free_port, start
from benchmarks.throughput import PARTITIONS
from stream.broker.embedded import EmbeddedBroker
from stream.broker.topics import ensure
from stream.settings import Settings

CHROMIUM: Final = "/usr/bin/chromium"
LAYOUT: Final = f"""
boards:
  - name: default
    title: Marks
    language: en
    pages:
      - columns: 1
        tiles:
          - {{metric: inflow, window: all, trend: false, filter: {{queue: {MARKS}}}}}
"""
# Notes each text that the number takes, and when.
WATCH: Final = """
window.heard = [];
const note = () => {
  const shown = document.querySelector(".body.number .value");
  const text = shown === null ? "" : shown.textContent.replace(/\\D/g, "");
  if (text !== "" && text !== window.last) {
    window.last = text;
    window.heard.push([(performance.timeOrigin + performance.now()) / 1000, Number(text)]);
  }
};
new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true });
"""


def measure(rate: int, seconds: int, folder: Path, broker: str) -> None:
    """Print how soon marks are on the page at so many events a second."""
    layout = folder / "layout.yaml"
    layout.write_text(LAYOUT)
    topics = {
        f"topic_{topic}": f"at-{rate}-{topic.replace('_', '-')}"
        for topic in ("ticket_opened", "ticket_response", "ticket_status", "survey", "customer")
    }
    settings = Settings(
        broker=broker,
        partitions=PARTITIONS,
        session_timeout_seconds=6,
        app_id=f"page-{rate}",
        data_dir=folder / str(rate),
        layout_file=layout,
        web_port=free_port(),
        log_level="error",
        **topics,  # type: ignore[arg-type]
    )
    asyncio.run(ensure(settings))
    worker = start("worker", settings, 0)
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if os.getuid() == 0 else [])
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            page.add_init_script(WATCH)
            _open(page, f"http://127.0.0.1:{settings.web_port}/wallboard")
            output, _ = start("producer", settings, seconds, rate).communicate(timeout=seconds * 4 + 60)
            page.wait_for_timeout(3_000)
            heard = [(float(at), int(count)) for at, count in page.evaluate("window.heard")]
            browser.close()
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)
    sent_at = [float(line.split()[1]) for line in output.splitlines() if line.startswith("MARK")]
    events, took = next(line.split()[1:] for line in output.splitlines() if line.startswith("SENT"))
    found = latencies(heard, sent_at)
    print(
        f"{int(events) / float(took):>7,.0f} events/s  event to page  {spread(found)}  "
        f"({len(found)} of {len(sent_at)} marks)",
        flush=True,
    )


def _open(page: Page, address: str) -> None:
    """Open the page and wait until it shows numbers, which takes until the worker has joined its group."""
    deadline = time.monotonic() + 60
    while True:
        try:
            page.goto(address)
            break
        except Error:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    page.wait_for_selector(".body.number", timeout=60_000)
    page.wait_for_timeout(10_000)


def main() -> None:
    """Measure at each rate."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rates", default="1000,10000", help="events a second (default 1000,10000)")
    parser.add_argument("--seconds", type=int, default=30, help="for how long each (default 30)")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores", flush=True)
    with EmbeddedBroker() as broker, tempfile.TemporaryDirectory() as name:
        for rate in map(int, arguments.rates.split(",")):
            measure(rate, arguments.seconds, Path(name), broker.address)


if __name__ == "__main__":
    main()
