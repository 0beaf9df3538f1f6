"""docs/import.md says what the mapping language is: every key, default, word and reason, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from stream.mapping.declared import At, Attribute, Case, EventLog, FileShape, Rule, TableEvent, TicketTable
from stream.mapping.kinds import ATTRIBUTES, Emit
from stream.mapping.mapping_file import bundled
from stream.mapping.moment import TimeReading
from stream.mapping.refusal import Cause
from stream.mapping.values import CellTest, Value

DOC = Path("docs/import.md").read_text("utf-8")
PARTS: dict[str, tuple[type[BaseModel], ...]] = {
    "Top level": (EventLog, TicketTable),
    "`file`": (FileShape,),
    "`time`": (TimeReading,),
    "A value": (Value,),
    "A condition": (CellTest,),
    "`at`": (At,),
    "`rules`": (Rule,),
    "`case`": (Case,),
    "`events`": (TableEvent,),
}


def section(heading: str) -> str:
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", DOC, re.MULTILINE | re.DOTALL)
    assert found, f"docs/import.md has no section {heading}"
    return found[1]


def table(heading: str) -> dict[str, list[str]]:
    """The rows of a section's table: the first cell, without its backticks, and the others."""
    rows = re.findall(r"^\| `([^`]+)` \|(.*)\|$", section(heading), re.MULTILINE)
    assert len({key for key, _ in rows}) == len(rows)
    return {key: [cell.strip() for cell in rest.split("|")] for key, rest in rows}


def shown(default: Any) -> str:
    """A default as the documentation writes it; empty for none and for parts with keys of their own."""
    if default in (None, PydanticUndefined, ""):
        return ""
    if isinstance(default, tuple):
        return ", ".join(f"`{item}`" for item in default)
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


@pytest.mark.parametrize("heading", PARTS)
def test_every_key_is_documented_with_its_default_and_no_other(heading: str) -> None:
    expected = {
        field.alias or name: shown(field.default)
        for model in PARTS[heading]
        for name, field in model.model_fields.items()
    }
    assert {key: cells[0] for key, cells in table(heading).items()} == expected


@pytest.mark.parametrize("heading", PARTS)
def test_every_choice_of_a_key_is_named_where_the_key_is_documented(heading: str) -> None:
    documented = table(heading)
    for model in PARTS[heading]:
        for name, field in model.model_fields.items():
            if name == "emit":
                continue  # has a table of its own
            for choice in get_args(field.annotation):
                if isinstance(choice, str):
                    assert f"`{choice}`" in " ".join(documented[field.alias or name]), (heading, name, choice)


def test_every_word_of_emit_is_documented_and_no_other() -> None:
    assert list(table("What can happen: `emit`")) == list(get_args(Emit))


def test_every_reason_of_a_rejected_row_is_documented_and_no_other() -> None:
    assert list(table("What happens to rows that cannot be imported")) == [cause.value for cause in Cause]


def test_every_bundled_mapping_is_documented_and_no_other() -> None:
    assert set(table("Mappings")) == set(bundled())


def test_every_attribute_is_documented() -> None:
    assert get_args(Attribute) == ATTRIBUTES
    assert all(f"`{name}`" in table("Top level")["attributes"][-1] for name in ATTRIBUTES)


def test_every_key_describes_itself() -> None:
    for models in PARTS.values():
        for model in models:
            assert all(field.description for field in model.model_fields.values())


def test_the_yaml_snippets_are_parts_of_a_mapping() -> None:
    snippets = [yaml.load(text, Loader=yaml.BaseLoader) for text in re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)]
    for snippet in snippets:
        for key, part in snippet.items():
            (Value if key in ATTRIBUTES else Rule.model_fields[key].annotation).model_validate(part)  # type: ignore[union-attr]
    assert len(snippets) == 2


def test_every_file_that_the_text_links_to_exists() -> None:
    links = re.findall(r"\]\((\.\./[^)]+)\)", DOC)
    assert links
    assert all((Path("docs") / link).exists() for link in links)
