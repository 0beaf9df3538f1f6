"""What the documents say is what the software does."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import orjson
import pytest

from schemas.alerts import ALERT, ALERT_KINDS
from schemas.codec import Limits, decode
from schemas.events import TYPES
from schemas.rejected import Reason, Rejected
from stream import metric_names
from stream.cli.main import app
from stream.notify.shape import ReceiverPart
from stream.settings import Settings
from tests.events import FAR_US

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "grafana").rglob("*.md")])
SERIES = {name for metric in metric_names.METRICS for name in (*metric.series, metric.name)}
# Jobs and rule groups have names like metrics; the tests of the Prometheus files check those.
CONFIGURED = {
    name
    for file in (ROOT / "grafana" / "prometheus").rglob("*.yml")
    for name in re.findall(r"name: (deskpulse_[a-z_]+)$", file.read_text(), flags=re.MULTILINE)
}
RECORDED = {
    name
    for file in (ROOT / "grafana" / "prometheus" / "rules").glob("*.yml")
    for name in re.findall(r"record: \"?([a-zA-Z_:0-9]+)", file.read_text())
}
IN_COMPOSE = {"CONFIG", "RUNBOOK_URL"}  # read before the settings, and by Prometheus
COMMANDS = {info.name or info.callback.__name__ for info in app.registered_commands if info.callback} | {
    group.name for group in app.registered_groups
}


def _fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_settings_page_is_what_the_settings_make():
    made = runpy.run_path(str(ROOT / "docs" / "build_settings.py"))["page"]()
    assert (ROOT / "docs" / "settings.md").read_text() == made, "run: python docs/build_settings.py"


def test_the_table_of_receivers_is_what_their_declarations_make():
    made = runpy.run_path(str(ROOT / "docs" / "build_notify.py"))["page"]
    text = (ROOT / "docs" / "notify.md").read_text()
    assert text == made(text), "run: python -m docs.build_notify"
    part = ReceiverPart(name="a", url="https://a.example", format="slack")
    assert (part.timeout, part.give_up_after) == (10_000_000, 6 * 3600 * 1_000_000), "as the table writes them"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_every_page_that_the_code_names_exists():
    here = {str(page.relative_to(ROOT)) for page in PAGES} | {page.name for page in PAGES}
    named = {
        (str(file.relative_to(ROOT)), name)
        for folder in ("schemas", "stream", "grafana", "benchmarks", "tests", "docs")
        for file in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"\b(?:[\w-]+/)*[\w-]+\.md\b", file.read_text())
    }
    assert not [(file, name) for file, name in sorted(named) if name not in here]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_metric_and_every_setting_that_is_named_exists(page):
    text = page.read_text()
    recorded = re.compile(r"\b[a-z]+:deskpulse_[a-z_]+:[a-z_0-9]+\b")
    for name in recorded.findall(text):
        assert name in RECORDED, name
    for name in re.findall(r"\bdeskpulse_[a-z_]+[a-z]\b", recorded.sub("", text)):
        assert name in SERIES | CONFIGURED, name
    for name in re.findall(r"\bDESKPULSE_([A-Z_]+[A-Z])\b", text):
        assert name in IN_COMPOSE or name.lower() in Settings.model_fields, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_shown_exists(page):
    for block in _fenced(page.read_text(), "sh"):
        for name in re.findall(r"\bdeskpulse ([a-z]+)", block):
            assert name in COMMANDS or name == "help", name
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make ([a-z-]+)", page.read_text(), flags=re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_every_event_in_the_documents_is_accepted_and_every_type_is_shown():
    shown = set()
    for page in PAGES:
        for block in _fenced(page.read_text(), "json"):
            event = orjson.loads(block)
            if "specversion" not in event and event.get("type") not in TYPES:
                continue
            (result,) = decode([orjson.dumps(event)], limits=Limits(), now_us=FAR_US)
            assert not isinstance(result, Rejected), (page, result)
            shown.add(result.type)
    assert shown == set(TYPES)


def test_every_alert_in_the_documents_is_one_and_every_type_is_explained():
    shown = [
        ALERT.validate_json(block)
        for page in PAGES
        for block in _fenced(page.read_text(), "json")
        if orjson.loads(block).get("type") in ALERT_KINDS
    ]
    assert shown
    text = (ROOT / "docs" / "alerts.md").read_text()
    for kind in ALERT_KINDS:
        assert f"| `{kind}` |" in text, kind


def test_every_reason_for_a_rejection_is_explained():
    text = (ROOT / "docs" / "events.md").read_text()
    for reason in Reason:
        assert f"`{reason}`" in text, reason


def test_every_metric_of_the_desk_has_its_page():
    text = "".join(page.read_text() for page in (ROOT / "docs" / "metrics").glob("*.md"))
    for metric in metric_names.METRICS:
        if metric_names.DIMENSIONS in metric.labels:
            assert metric.name in text, metric.name
