"""docs/policy.md says what a policy file is: every key and default, and examples whose numbers are computed here."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from stream.core.definitions import Definitions
from stream.policy_file import WrongPolicyError, default_text, parse
from stream.policy_file.shape import (
    CesPart,
    ChangePart,
    CsatPart,
    HolidaysPart,
    Part,
    PolicyPart,
    SchedulePart,
    TargetPart,
    ValuesPart,
    key_of,
    parts,
)
from tests.shares import promised

DOC = Path("docs/policy.md").read_text("utf-8")
DEFAULT: dict[str, Any] = yaml.load(default_text(), Loader=yaml.BaseLoader)
SCHEDULE = DEFAULT["schedules"]["default"]
# Headings of docs/policy.md: the part whose keys stand below, and what the default file says there.
PARTS: dict[str, tuple[type[Part], dict[str, Any]]] = {
    "Top level": (PolicyPart, DEFAULT),
    "A schedule": (SchedulePart, SCHEDULE),
    "`changes`": (ChangePart, {}),
    "`holidays`": (HolidaysPart, SCHEDULE["holidays"]),
    "`targets`": (TargetPart, {"for": "first", "clock": "calendar"}),
    "`csat`": (CsatPart, DEFAULT["csat"]),
    "`ces`": (CesPart, DEFAULT["ces"]),
    "`values`": (ValuesPart, DEFAULT["values"]),
}
BERLIN = ZoneInfo("Europe/Berlin")


def section(heading: str) -> str:
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", DOC, re.MULTILINE | re.DOTALL)
    assert found, f"docs/policy.md has no section {heading}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The rows of the first table of a text, without its head."""
    lines = re.findall(r"^\|(.*)\|$", text, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


def shown(default: Any) -> str:
    """A default as the page writes it; empty for what has keys of its own, and for what is absent."""
    if isinstance(default, list):
        return f"`[{', '.join(default)}]`" if all(isinstance(item, str) for item in default) else "below"
    if isinstance(default, dict):
        flat = all(isinstance(value, str) for value in default.values())
        return f"`{{{', '.join(f'{key}: {value}' for key, value in default.items())}}}`" if flat else "below"
    return "" if default is None else f"`{default}`"


@pytest.mark.parametrize("heading", PARTS)
def test_every_key_is_documented_with_its_default_and_no_other(heading: str) -> None:
    part, defaults = PARTS[heading]
    expected = []
    for name, field in part.model_fields.items():
        key = key_of(name, part)
        default = "needed" if field.is_required() else shown(defaults.get(key))
        expected.append([f"`{key}`", default, str(field.description)])
    assert rows(section(heading)) == expected


def test_every_part_of_the_file_has_its_table() -> None:
    assert {part for part, _ in PARTS.values()} == set(parts())


def test_every_snippet_is_a_policy_file() -> None:
    snippets = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
    assert snippets
    for snippet in snippets:
        assert parse(snippet, "docs/policy.md") != Definitions()


def example() -> Definitions:
    (snippet,) = re.findall(r"```yaml\n(.*?)```", section("A worked example"), re.DOTALL)
    return parse(snippet, "docs/policy.md")


def instant(text: str) -> int:
    """Microseconds of a time of the page, such as `Tue 2026-03-03 11:30`, on the clock of Berlin."""
    local = datetime.strptime(text, "%a %Y-%m-%d %H:%M").replace(tzinfo=BERLIN)
    assert local.strftime("%a %Y-%m-%d %H:%M") == text, "another day of the week"
    return int(local.timestamp()) * 1_000_000


def test_the_seconds_of_the_worked_example_are_what_is_computed() -> None:
    schedules = example().schedules
    shown_rows = rows(section("A worked example"))
    assert len(shown_rows) >= 5
    for queue, opened, answered, calendar, business, _why in shown_rows:
        span = instant(opened), instant(answered)
        assert int(calendar.replace(",", "")) * 1_000_000 == span[1] - span[0], opened
        assert int(business.replace(",", "")) * 1_000_000 == schedules.of({"queue": queue}).elapsed_us(*span), opened


def test_the_deadlines_of_the_worked_example_are_what_is_computed() -> None:
    definitions = example()
    shown_rows = rows(section("When a promise is due"))
    assert len(shown_rows) >= 3
    for queue, opened, within, due in shown_rows:
        found = promised({"queue": queue}, instant(opened), definitions)
        assert found is not None
        hours = {"4 business hours": 4, "1 hour": 1}[within]
        assert (found.target_us, found.deadline_us) == (hours * 3_600_000_000, instant(due)), opened


def test_the_errors_that_are_shown_are_those_that_are_said() -> None:
    (wrong,) = re.findall(r"```text\n(policy\.yaml:.*?)```", DOC, re.DOTALL)
    text = "targets:\n  - within: 4 minutes\n    channels: [fone]\nat_risk: 25\n"
    with pytest.raises(WrongPolicyError) as raised:
        parse(text, "policy.yaml")
    said = str(raised.value).splitlines()
    for line, full in zip(wrong.splitlines(), said, strict=True):
        assert full.startswith(line.removesuffix("...")), full
