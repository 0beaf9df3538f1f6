"""`deskpulse mapping` as a person and as a program meets it."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner, Result

from stream.cli.main import app

VENDORS = Path(__file__).parents[1] / "intake" / "vendors"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["mapping", *map(str, arguments)], env={"COLUMNS": "100"})


def test_a_body_is_shown_with_its_events_and_headers_come_from_beside_it() -> None:
    done = run("test", "helpscout", VENDORS / "helpscout" / "rating.json")
    assert done.exit_code == 0, done.output
    assert 'input   {"id":66,"threadId":2' in done.stdout
    assert 'event   {"type":"survey.answered","version":1,"event_id":"hs:r66"' in done.stdout


def test_what_is_ignored_or_refused_is_shown_with_the_reason_and_refusing_is_a_failure(tmp_path: Path) -> None:
    sample = tmp_path / "two.jsonl"
    sample.write_text('{"topic": "ping"}\n\n{"topic": "conversation.admin.closed", "data": {"item": {"id": 7}}}\n')
    done = run("test", "intercom", sample)
    assert done.exit_code == 1
    assert "ignored rules[13] says nothing" in done.stdout
    assert "refused time: rules[7]: {=data.item.conversation_parts.conversation_parts[-1].created_at} is empty" in (
        done.stdout
    )
    records = [orjson.loads(line) for line in run("test", "intercom", sample, "--json").stdout.splitlines()]
    assert [record["sample"].rpartition(":")[2] for record in records] == ["1", "3"]
    assert records[0]["ignored"] == [{"item": "", "why": "rules[13] says nothing"}]
    assert records[1]["refused"][0]["reason"] == "time"


def test_headers_and_the_address_can_be_given(tmp_path: Path) -> None:
    sample = tmp_path / "deleted.json"
    sample.write_text('{"id": 7}')
    done = run("test", "helpscout", sample, "--header", "X-HelpScout-Event: convo.deleted", "--json")
    assert orjson.loads(done.stdout)["events"][0]["event_id"] == "hs:7:deleted"
    sample.write_text('{"what": "created", "ticket": 7, "at": "2026-03-02T09:14:07Z"}')
    done = run("test", "deskpulse-body", sample, "--query", "desk=fd", "--json")
    assert orjson.loads(done.stdout)["events"][0]["ticket_id"] == "fd-7"


def test_a_proposed_mapping_is_printed_and_works(tmp_path: Path) -> None:
    sample, mapping = VENDORS / "freshdesk" / "created.json", tmp_path / "mine.yaml"
    done = run("new", "--from", sample)
    assert done.exit_code == 0, done.output
    mapping.write_text(done.stdout)
    done = run("test", mapping, sample, "--json")
    assert done.exit_code == 0, done.output
    assert orjson.loads(done.stdout)["events"][0]["type"] == "ticket.opened"


@pytest.mark.parametrize(
    ("arguments", "status", "expected"),
    [
        (["test", "zendeks", VENDORS / "zendesk" / "csat.json"], 2, "MAPPING: got 'zendeks'; accepts amazon-connect,"),
        (["test", "zendesk", "nowhere.json"], 1, "nowhere.json: cannot be read: No such file or directory"),
        (["test", "zendesk", VENDORS / "zendesk" / "csat.json", "--query", "x"], 2, "accepts NAME=VALUE"),
        (["test", "zendesk", VENDORS / "zendesk" / "csat.json", "--header", "x"], 2, "accepts NAME: VALUE"),
        (["new", "--from", "README.md"], 1, "README.md: "),
        (["new", "--from", VENDORS / "zendesk" / "csat.expected.jsonl", "--from", "nowhere"], 1, "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(arguments: list[str | Path], status: int, expected: str) -> None:
    done = run(*arguments)
    assert done.exit_code == status, done.output
    assert expected in " ".join(done.output.split())
