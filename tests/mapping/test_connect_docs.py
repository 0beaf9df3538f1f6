"""docs/connect: a page for each mapping of a webhook, and what the pages show works."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest

from stream.mapping import DeliveryMapping, load_mapping
from stream.mapping.declared import EventLog
from stream.mapping.expression import MOST_STEPS
from stream.mapping.mapping_file import bundled, parse
from stream.mapping.refusal import Cause
from tests.mapping.deliveries import delivery, documents
from tests.mapping.test_vendors import webhook_mappings

FOLDER = Path("docs/connect")
GUIDE = (FOLDER / "mapping.md").read_text("utf-8")


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("name", sorted(webhook_mappings() - {"deskpulse-events"}))
def test_each_mapping_of_a_webhook_has_a_page_that_says_what_is_missing_and_what_was_checked(name: str) -> None:
    page = (FOLDER / f"{name}.md").read_text("utf-8")
    assert "eeds a real" in page
    assert "does not send" in page or "do not send" in page or "does\nnot send" in page
    assert f"docs/connect/{name}.md" in bundled()[name].read_text("utf-8")


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.md")), ids=lambda page: page.name)
def test_each_mapping_that_a_page_names_is_bundled(page: Path) -> None:
    assert page.name == "README.md" or "eeds a real" in page.read_text("utf-8") or page.name == "mapping.md"
    for name in re.findall(r"--mapping\s+([a-z][a-z-]+)`|Mapping: `([a-z-]+)`", page.read_text("utf-8")):
        assert "".join(name) in bundled(), name


def test_the_mapping_of_the_guide_reads_the_body_of_the_guide() -> None:
    mapping = DeliveryMapping("guide", parse(fenced(GUIDE, "yaml")[0], "guide.yaml"))
    (event,) = documents(mapping.read(delivery(fenced(GUIDE, "json")[0].encode())))
    assert (event["event_id"], event["ticket_id"], event["agent_id"]) == ("oh:c88", "oh-1042", "7")


def test_the_body_that_is_to_be_pasted_is_read_and_each_meaning_of_it_is_an_event() -> None:
    page = (FOLDER / "deskpulse-body.md").read_text("utf-8")
    mapping = load_mapping("deskpulse-body")
    body = orjson.loads(fenced(page, "json")[0])
    assert len(documents(mapping.read(delivery(body)))) == 1
    cells = " ".join(re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE))
    assert isinstance(mapping.declared, EventLog)
    conditions = [test for rule in mapping.declared.rules for test in rule.when.root.values()]
    known = {text for test in conditions for text in test.is_ or ()}
    assert known - {"solved"} <= set(re.findall(r"`(\w+)`", cells))
    for what in known:
        assert len(documents(mapping.read(delivery({**body, "what": what, "group": "a", "score": 5})))) == 1, what


@pytest.mark.parametrize("name", ["deskpulse-body", "freshdesk", "gorgias", "liveagent", "servicenow", "qualtrics"])
def test_each_body_that_is_to_be_pasted_becomes_an_event_once_its_placeholders_are_filled(name: str) -> None:
    mapping = load_mapping("deskpulse-body")
    bodies = fenced((FOLDER / f"{name}.md").read_text("utf-8"), "json")
    assert bodies
    for body in bodies:
        dated = re.sub(r'("at": )"[^"]*"', r'\1"2026-03-02 09:20:00"', body)
        filled = re.sub(r"\{\{[^}]*\}\}|\$?\{[$a-z][^}\"]*\}", "7", dated)
        assert "{{" not in filled
        (event,) = documents(mapping.read(delivery(filled.replace('"public": "7"', '"public": "true"').encode())))
        assert event["ticket_id"] in ("desk-7", "desk-17")
        assert event["occurred_at"] == "2026-03-02T09:20:00Z"


def test_the_bounds_of_the_guide_are_those_in_force() -> None:
    assert f"{MOST_STEPS:,} steps" in GUIDE
    assert Cause.TOO_LARGE.value in Path("docs/import.md").read_text("utf-8")
