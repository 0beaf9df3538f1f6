"""What a worker serves: metrics that promtool accepts, health, the snapshot, and the page; over a real socket."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from yarl import URL

from stream import metric_names
from stream.core.unread import Unread
from stream.engine.desk.view import Phase
from stream.report.document import report
from stream.serve.http.assets import TYPES
from stream.serve.server import Pages, PortTakenError
from stream.settings import load_settings
from tests.events import NOON_US
from tests.served import Compared, View, seen

PAGE = Path(__file__).parents[2] / "stream" / "serve" / "page"


def _view(**settings: Any) -> View:
    view = seen(**settings)
    view.counters.records["ticket-opened"] = 3
    view.counters.rejected["ticket-opened", "not_json"] = 2
    view.counters.rekeyed["ticket-opened"] = 1
    view.counters.reused["ticket-opened"] = 1
    view.counters.notices["contact"] = 1
    view.counters.lag["ticket-opened", 0] = 5
    view.counters.misplaced["ticket-opened", "grown"] = 0
    view.counters.changelog_bad["0"] = 0
    view.counters.newest_event_us = NOON_US
    view.counters.freshness.observe(1.5)
    return view


@pytest.fixture
async def served() -> AsyncIterator[tuple[View, str]]:
    view = _view()
    pages = Pages(view, view.settings)  # type: ignore[arg-type]  # View has what Pages reads of a WorkerView
    host, port = await pages.start()
    yield view, f"http://{host}:{port}"
    await pages.stop()


async def _get(url: str, **headers: str) -> tuple[int, str, Any]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.text(), response.headers


def _sample(text: str, name: str, **labels: str) -> float:
    found = [
        sample.value
        for family in parse_text(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    return sum(found)


async def test_metrics_show_the_snapshot(served):
    _, url = served
    status_code, text, headers = await _get(f"{url}/metrics")
    assert status_code == 200
    assert headers["Content-Type"].startswith("text/plain")
    by_response = {"window": "24h", "attribute_to": "response"}
    assert _sample(text, "deskpulse_first_responses", **by_response) == 2
    assert _sample(text, "deskpulse_first_response_seconds_gsum", **by_response) == 90 + 2900
    assert _sample(text, "deskpulse_first_response_seconds_bucket", le="120.0", **by_response) == 1
    assert _sample(text, "deskpulse_backlog_tickets", state="unanswered", channel="chat") == 1
    assert _sample(text, "deskpulse_open_wait_oldest_seconds", queue="sales") == 3599
    assert _sample(text, "deskpulse_nps_answers", window="24h", attribute_to="answered", group="promoter") == 1
    assert _sample(text, "deskpulse_nps_unscored", window="24h", attribute_to="answered") == 1
    assert _sample(text, "deskpulse_rejected_total", reason="not_json") == 2


async def test_an_empty_window_has_a_count_of_zero_but_no_distribution(served):
    _, url = served
    _, text, _ = await _get(f"{url}/metrics")
    names = {s.name for f in parse_text(text) for s in f.samples if s.labels.get("window") == "5m"}
    assert _sample(text, "deskpulse_first_responses", window="5m", attribute_to="opened") == 0
    assert "deskpulse_first_responses" in names
    assert "deskpulse_first_response_seconds_bucket" not in {
        s.name
        for f in parse_text(text)
        for s in f.samples
        if s.labels.get("window") == "5m" and s.labels.get("attribute_to") == "opened"
    }


async def test_every_metric_is_in_the_one_list_and_every_listed_metric_is_exposed(served):
    _, url = served
    _, text, _ = await _get(f"{url}/metrics")
    ours = {s.name for f in parse_text(text) for s in f.samples if s.name.startswith("deskpulse_")}
    assert ours == {name for metric in metric_names.OF_WORKERS for name in metric.series}


async def test_openmetrics_is_negotiated_and_parses(served):
    _, url = served
    _, text, headers = await _get(f"{url}/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert headers["Content-Type"].startswith("application/openmetrics-text")
    families = {family.name: family for family in parse_openmetrics(text)}
    assert families["deskpulse_first_response_seconds"].type == "gaugehistogram"
    assert families["deskpulse_first_response_seconds"].documentation


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian package prometheus) is not installed")
async def test_promtool_finds_nothing_to_complain_about(served):
    _, url = served
    _, text, _ = await _get(f"{url}/metrics")
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


async def test_answers_are_compressed_for_clients_that_accept_it(served):
    _, url = served
    assert (await _get(f"{url}/metrics", **{"Accept-Encoding": "gzip"}))[2]["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in (await _get(f"{url}/metrics", **{"Accept-Encoding": "identity"}))[2]


async def test_the_live_api_gives_the_same_snapshot(served):
    view, url = served
    async with aiohttp.ClientSession() as session, session.get(f"{url}/api/v1/live") as response:
        live = await response.json()
    desk = live.pop("desk")
    assert live == report(view.totals, view.policy)
    assert desk == {
        "partitions": 1,
        "sources": [{"partition": 0, "worker": "a-worker", "as_of": "2026-03-02T12:59:59.000000Z"}],
        "missing": [],
        "not_comparable": [],
        "newest_event_at": "2026-03-02T12:58:20.000000Z",
        "catching_up": None,
        "feed": "alive",
        "send_to": None,
        "clock_wrong": None,
        "stale_after_seconds": 5.0,
    }


async def test_the_live_api_can_be_asked_for_some_windows_and_refuses_unknown_ones(served):
    _, url = served
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{url}/api/v1/live?window=1h&window=30d") as response:
            live = await response.json()
        async with session.get(f"{url}/api/v1/live?window=2h") as response:
            refused, error = response.status, (await response.json())["error"]
    assert {row["window"] for row in live["first_response"]} == {"1h"}
    assert {row["window"] for row in live["nps"]} == {"1h", "30d"}
    assert refused == 400
    assert "window: got 2h; accepts 5m, 30m, 1h" in error


async def test_a_ready_worker_says_in_one_line_how_current_it_is(served):
    view, url = served

    async def says(**changed: Any) -> tuple[int, str]:
        assert view.totals is not None
        view.totals = replace(view.totals, **changed)
        code, text, _ = await _get(f"{url}/readyz")
        return code, orjson.loads(text)["says"]

    newest_us = time.time_ns() // 1000 - 90_000_000
    assert (await says(newest_event_us=newest_us, unread=Unread()))[0] == 200
    assert re.fullmatch(r"newest event 9\d s ago", (await says(newest_event_us=newest_us))[1])
    assert await says(newest_event_us=None) == (200, "never an event")
    # Not being ready would hide a desk that is behind, and hold up a rolling update.
    assert await says(unread=Unread(12_345, 40.2)) == (200, "catching up: 12,345 records, about 40 s")


async def test_a_worker_whose_clock_is_wrong_is_not_ready_says_why_and_shows_its_numbers(served):
    view, url = served
    view.broker_time = Compared(offset_seconds=600.0, right=False)
    code, text, _ = await _get(f"{url}/readyz")
    assert (code, orjson.loads(text)["says"]) == (503, "not ready: this worker's clock is 600.0 s fast")
    _, metrics, _ = await _get(f"{url}/metrics")
    assert _sample(metrics, "deskpulse_ready") == 0
    assert _sample(metrics, "deskpulse_clock_wrong") == 1
    assert _sample(metrics, "deskpulse_clock_offset_seconds") == 600
    assert "deskpulse_backlog_tickets" in metrics  # they go by the broker's clock


async def test_a_worker_that_recovers_is_alive_but_not_ready_and_shows_no_numbers(served):
    view, url = served
    view.ready, view.phase = False, Phase.RECOVERING
    assert (await _get(f"{url}/healthz"))[0] == 200
    ready, text, _ = await _get(f"{url}/readyz")
    assert ready == 503
    assert orjson.loads(text)["says"] == "not ready: recovering"
    assert (await _get(f"{url}/api/v1/live"))[0] == 503
    _, metrics, _ = await _get(f"{url}/metrics")
    assert "deskpulse_backlog_tickets" not in metrics
    assert _sample(metrics, "deskpulse_ready") == 0
    assert _sample(metrics, "deskpulse_up_phase", phase="recovering") == 1


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/wallboard", "text/html; charset=utf-8"),
        ("/wallboard/support", "text/html; charset=utf-8"),
        ("/page/live.js", "text/javascript; charset=utf-8"),
        ("/page/live.css", "text/css; charset=utf-8"),
        ("/page/messages/en.json", "application/json"),
        ("/page/icon.svg", "image/svg+xml; charset=utf-8"),
    ],
)
async def test_the_page_comes_from_the_package_with_a_content_policy(served, path, kind):
    _, url = served
    code, text, headers = await _get(url + path)
    assert code == 200
    assert headers["Content-Type"].startswith(kind)
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    for address in re.findall(r"https?://[\w./]+", text):
        assert address.startswith("http://www.w3.org/"), address  # the name of a format: nothing is fetched


async def test_a_taken_port_is_said(served):
    _, url = served
    port = int(url.rsplit(":", 1)[1])
    settings = load_settings(web_port=port)
    with pytest.raises(PortTakenError, match=rf"cannot serve on 127\.0\.0\.1:{port}.*DESKPULSE_WEB_PORT"):
        await Pages(_view(), settings).start()  # type: ignore[arg-type]  # as above


async def _raw(url: str, path: str, **headers: str) -> tuple[int, bytes, Any]:
    """Ask for exactly this path, and take the body as it comes."""
    address = URL(url + path, encoded=True)
    async with aiohttp.ClientSession(auto_decompress=False) as session, session.get(address, headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


@pytest.mark.parametrize("accepted", ["identity", "gzip, deflate, br", "deflate"])
async def test_a_file_of_a_page_that_a_browser_has_is_not_sent_again(served, accepted):
    _, url = served
    for path in ("/wallboard", "/page/wallboard.js", "/page/messages/de.json"):
        code, body, headers = await _raw(url, path, **{"Accept-Encoding": accepted})
        assert (code, headers["Cache-Control"]) == (200, "no-cache")
        assert headers.get("Content-Encoding") in (None, "gzip")
        again = {"Accept-Encoding": accepted, "If-None-Match": headers["ETag"]}
        code, nothing, still = await _raw(url, path, **again)
        assert (code, nothing, still["ETag"]) == (304, b"", headers["ETag"])
        assert "default-src 'none'" in still["Content-Security-Policy"]
        assert body


@pytest.mark.parametrize(
    "path",
    [
        "/page/../server.py",
        "/page/%2e%2e/server.py",
        "/page/..%2fserver.py",
        "/page//etc/passwd",
        "/page/messages",
        "/page/messages/",
        "/page/nothing.js",
        "/page/%00",
        "/wallboard/a/b",
    ],
)
async def test_only_what_lies_in_the_folder_of_the_pages_is_served(served, path):
    _, url = served
    code, text, headers = await _raw(url, path)
    assert code == 404
    assert orjson.loads(text).keys() == {"error"}
    assert headers["Content-Type"] == "application/json"


def test_every_file_of_the_pages_is_of_a_type_that_is_served():
    found = [file for file in PAGE.rglob("*") if file.is_file()]
    assert found
    assert {file.suffix for file in found} <= TYPES.keys()
