"""`deskpulse verify` as people run it: what it prints, and the status it ends with."""

import copy
import gzip
import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from stream.cli.main import app
from stream.replay import replay
from stream.settings import load_settings
from tests.verify.story import Desk, Story, row, write

Answer = tuple[int, Any]


@pytest.fixture
def events(tmp_path: Path, story: Story) -> Path:
    for i in range(8):
        story.opened(f"T{i}", f"10:0{i}", channel="chat")
        story.responded(f"T{i}", f"10:1{i}")
        story.answered(f"S{i}", f"10:2{i}", 9, ticket_id=f"T{i}")
    return write(tmp_path / "told.jsonl", [*story.lines(), story.lines()[0], "{", '{"type": "ticket.opened"}'])


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["verify", *map(str, arguments)], env={"COLUMNS": "140"})


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[str | None], Answer]], str]]:
    """Serve /api/v1/live on a port of its own: the answer is made from the Authorization header."""
    servers: list[ThreadingHTTPServer] = []

    def start(answer: Callable[[str | None], Answer]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.path == "/api/v1/live?scope=worker"
                status, body = answer(self.headers.get("Authorization")) if asked else (404, "")
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_files_without_one_event_are_an_error_that_names_them(tmp_path: Path) -> None:
    empty, bad = tmp_path / "empty.jsonl", tmp_path / "bad.jsonl"
    empty.touch()
    bad.write_text("{\n")
    done = run(empty, bad, "--json")
    assert done.exit_code == 2
    assert not done.stdout
    assert f"not one event in {empty}, {bad}: 1 lines are no event" in done.stderr


def test_a_replay_that_is_right_ends_with_0_and_says_what_was_checked(events: Path) -> None:
    result = run(events)
    assert result.exit_code == 0, result.output
    assert "as of 2026-03-02T10:27:00.000000Z; responder human, agent_opened exclude, nps_min_n 5" in result.output
    assert "24 events, 1 duplicates, 2 lines that are no event" in result.output
    assert "8 tickets, " in result.output
    assert "numbers compared, 0 differences" in result.output


def test_it_checks_at_an_instant_and_under_the_settings_in_force(events: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKPULSE_RESPONDER", "any")
    result = run(events, "--as-of", "2026-03-02T11:05:00+01:00", "--json")
    assert result.exit_code == 0, result.output
    verdict = json.loads(result.output)
    assert verdict["as_of"] == "2026-03-02T10:05:00.000000Z"
    assert verdict["variants"]["responder"] == "any"
    assert verdict["tickets"] == 6  # what happened later is left out
    assert verdict["rejected"] == {"not_json": 1, "unknown_version": 1}
    assert verdict["numbers"] > 500
    assert verdict["differences"] == []


def test_it_checks_under_the_policy_file_in_force(
    events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy_file = tmp_path / "policy.yaml"
    policy_file.write_text("targets: [{within: 1h, clock: business}]\navoidance_days: [7]\nnps_low: 9\n")
    monkeypatch.setenv("DESKPULSE_POLICY_FILE", str(policy_file))
    result = run(events, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["unchecked"] == ["watermark", "final_until", "partitions"]


def test_a_live_worker_is_checked_under_the_policy_that_it_shows(
    events: Path, serve: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy_file = tmp_path / "policy.yaml"
    policy_file.write_text("targets: [{within: 1h}]\n")
    other = replay([events], load_settings(policy_file=policy_file)).snapshot
    assert row(other, "service_level")["answered_within"] == 8  # all were answered after ten minutes
    monkeypatch.delenv("DESKPULSE_POLICY_FILE", raising=False)
    assert run(events, "--live", serve(lambda _: (200, other))).exit_code == 0
    told_otherwise = {**other, "policy": replay([events], load_settings()).snapshot["policy"]}
    result = run(events, "--live", serve(lambda _: (200, told_otherwise)), "--json")
    assert result.exit_code == 1
    found = {difference["path"] for difference in json.loads(result.output)["differences"]}
    assert "service_level.answered_within" in found  # by default a chat is promised two minutes


def test_gzipped_and_several_files_are_read(events: Path, tmp_path: Path) -> None:
    packed = tmp_path / "more.jsonl.gz"
    packed.write_bytes(gzip.compress(events.read_bytes()))
    result = run(events, packed, "--json")
    assert result.exit_code == 0, result.output
    assert (json.loads(result.output)["events"], json.loads(result.output)["duplicates"]) == (24, 26)


@pytest.fixture
def snapshot(events: Path) -> dict[str, Any]:
    return replay([events], load_settings()).snapshot


def test_a_live_worker_that_is_right_ends_with_0(
    events: Path, snapshot: dict[str, Any], serve: Callable[..., str]
) -> None:
    url = serve(lambda _: (200, snapshot))
    for address in (url, f"{url}/", f"{url}/api/v1/live"):
        result = run(events, "--live", address)
        assert result.exit_code == 0, result.output
        assert "0 differences" in result.output


def test_a_live_worker_that_is_wrong_ends_with_1_and_shows_where(
    events: Path, snapshot: dict[str, Any], serve: Callable[..., str]
) -> None:
    wrong = {name: copy.deepcopy(snapshot[name]) for name in ("first_response", *snapshot)}
    row(wrong, "first_response", "1h", "opened", channel="chat")["sum_seconds"] += 1
    row(wrong, "backlog")["answered"] = 7
    url = serve(lambda _: (200, wrong))
    result = run(events, "--live", url)
    assert result.exit_code == 1
    assert "2 differences" in result.output
    assert "first_response.opened.sum_seconds" in result.output
    assert "channel=chat" in result.output
    assert "4801.0" in result.output
    first_only = run(events, "--live", url, "--show", "1")  # in the order of the snapshot
    assert "2 differences (the first 1 shown)" in first_only.output
    assert "backlog.answered" not in first_only.output
    found = json.loads(run(events, "--live", url, "--json").output)["differences"]
    assert {"path": "backlog.answered", "labels": {}, "window": None, "expected": 8, "actual": 7} in found


def test_a_worker_that_has_not_read_an_event_differs(
    events: Path, snapshot: dict[str, Any], serve: Callable[..., str], story: Story
) -> None:
    story.responded("T9", "10:30")
    write(events, story.lines())
    assert run(events, "--live", serve(lambda _: (200, snapshot))).exit_code == 1


def test_workers_are_added_up(desk: Desk, events: Path, story: Story, serve: Callable[..., str]) -> None:
    halves = Story(), Story()
    for event in story.events:
        halves[int(event["ticket_id"][1:]) % 2].events.append(event)
    reports = [{**desk.snapshot(half, "10:30"), "partitions": [i]} for i, half in enumerate(halves)]
    urls = [serve(lambda _, report=report: (200, report)) for report in reports]
    result = run(events, "--live", urls[0], "--live", urls[1])
    assert result.exit_code == 0, result.output
    assert "partitions 0, 1" in result.output
    alone = run(events, "--live", urls[0])
    assert alone.exit_code == 1
    twice = run(events, "--live", urls[0], "--live", urls[0])
    assert twice.exit_code == 2
    assert "partitions: [0] would count twice" in twice.output


def test_the_token_of_the_settings_is_sent(
    events: Path, snapshot: dict[str, Any], serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "0123456789abcdef"

    def guarded(authorization: str | None) -> Answer:
        return (200, snapshot) if authorization == f"Bearer {token}" else (401, {"error": "a bearer token is needed"})

    url = serve(guarded)
    refused = run(events, "--live", url)
    assert refused.exit_code == 2
    assert "HTTP 401" in refused.output
    assert "a bearer token is needed" in refused.output
    monkeypatch.setenv("DESKPULSE_WEB_TOKEN", token)
    assert run(events, "--live", url).exit_code == 0


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((503, {"error": "not ready: recovering"}), "not ready: recovering"),
        ((200, b"<html>"), "Expecting value"),
        ((200, [1]), "the answer is no snapshot"),
        ((200, {"error": "?"}), "the answer is no snapshot"),
    ],
)
def test_a_worker_that_gives_no_snapshot_ends_with_2(
    events: Path, serve: Callable[..., str], answer: Answer, says: str
) -> None:
    url = serve(lambda _: answer)
    result = run(events, "--live", url)
    assert result.exit_code == 2
    assert url in result.output
    assert says in result.output


@pytest.mark.parametrize("url", ["localhost:6066", "file:///etc/passwd", "http://", "http://127.0.0.1:1"])
def test_an_address_without_a_worker_ends_with_2_and_is_named(events: Path, url: str) -> None:
    result = run(events, "--live", url)
    assert result.exit_code == 2
    assert url in result.output


def test_wrong_arguments_end_with_2_and_are_named(events: Path, tmp_path: Path) -> None:
    missing = run(tmp_path / "none.jsonl")
    assert (missing.exit_code, "none.jsonl" in missing.output.replace("\n", "")) == (2, True)
    when = run(events, "--as-of", "yesterday")
    assert when.exit_code == 2
    assert "got 'yesterday'; accepts" in when.output
    both = run(events, "--live", "http://127.0.0.1:1", "--as-of", "2026-03-02T10:00:00Z")
    assert both.exit_code == 2
    assert "--as-of and --live exclude each other" in both.output
    broken = tmp_path / "broken.jsonl.gz"
    broken.write_bytes(b"no gzip")
    assert run(broken).exit_code == 2


def test_without_duckdb_it_says_what_to_install(events: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    result = run(events)
    assert result.exit_code == 2
    assert "pip install 'deskpulse[verify]'" in result.output


def test_ids_that_are_of_several_tickets_are_counted(tmp_path: Path, story: Story) -> None:
    opened = story.opened("T", "10:00")
    story.events += [{**opened, "ticket_id": "U"}, {**opened, "ticket_id": "V"}, dict(opened)]
    told = run(write(tmp_path / "told.jsonl", story.lines()))
    assert told.exit_code == 0, told.output
    assert "1 event ids are of several tickets, surveys or customers, and count for each of them" in told.output
    assert "3 tickets" in told.output
