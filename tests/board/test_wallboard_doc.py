"""docs/wallboard.md says what a layout file and a stream are: each key, each metric, and examples that are true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from stream.board.layout import LANGUAGES as SPOKEN
from stream.board.layout import MOST_ROWS, MOST_ROWS_SENT
from stream.board.metric import METRICS
from stream.board.reading import WrongLayoutError, default_text, parse
from stream.board.shape import BoardPart, LayoutPart, PagePart, TilePart
from stream.board.slices import Slices
from stream.board.tiles import tiles
from stream.core.policy import Policy
from stream.policy_file.shape import Part, key_of
from tests.board.desks import totals

DOC = Path("docs/wallboard.md").read_text("utf-8")
PARTS: dict[str, type[Part]] = {
    "Top level": LayoutPart,
    "A board": BoardPart,
    "A page": PagePart,
    "A tile": TilePart,
}
# As the file writes them; what is not here has no default, or is needed.
DEFAULTS = {
    "version": "1",
    "theme": "dark",
    "sound": "false",
    "rotate": "20s",
    "columns": "4",
    "width": "1",
    "height": "1",
    "trend": "true",
    "filter": "{}",
}
BAD = {"worse": "more", "better": "less", "neutral": ""}
WINDOWS = {"tickets": "of tickets", "surveys": "of surveys", "customers": "of surveys", "agents": "up to 1h"}
LANGUAGES = {"en": "English", "de": "German", "es": "Spanish", "ro": "Romanian", "zh": "Chinese"}


def _section(heading: str) -> str:
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", DOC, re.MULTILINE | re.DOTALL)
    assert found, f"docs/wallboard.md has no section {heading}"
    return found[1]


def _rows(text: str) -> list[list[str]]:
    lines = re.findall(r"^\|(.*)\|$", text, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


@pytest.mark.parametrize("heading", PARTS)
def test_every_key_is_documented_with_its_default_and_no_other(heading: str) -> None:
    expected = []
    for name, field in PARTS[heading].model_fields.items():
        key = key_of(name, PARTS[heading])
        default = "needed" if field.is_required() else f"`{DEFAULTS[key]}`" if key in DEFAULTS else ""
        expected.append([f"`{key}`", default, str(field.description)])
    assert _rows(_section(heading)) == expected


def test_the_documented_defaults_are_those_that_serve() -> None:
    bare = parse("boards: [{name: one, pages: [{tiles: [{metric: waiting}]}]}]", "", Policy())
    keys = {key: value for key, value in DEFAULTS.items() if key in BoardPart.model_fields and key != "filter"}
    written = ", ".join(f"{key}: {value}" for key, value in keys.items())
    page = "columns: 4, tiles: [{metric: waiting, width: 1, height: 1, trend: true, filter: {}}]"
    full = f"version: 1\nboards: [{{name: one, {written}, filter: {{}}, pages: [{{{page}}}]}}]"
    assert parse(full, "", Policy()) == bare


def test_every_metric_is_documented_as_it_is() -> None:
    found = {row[0]: row[2:] for row in _rows(_section("Metrics"))}
    assert found == {
        f"`{metric.name}`": [
            metric.unit.replace("_", " "),
            "the last hour" if metric.name == "inflow_vs_usual" else WINDOWS.get(metric.book or "", "now"),
            BAD[metric.figure.higher_is],
            "yes" if metric.labelled else "no",
        ]
        for metric in METRICS.values()
    }


def test_every_snippet_is_a_layout_file() -> None:
    snippets = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
    assert len(snippets) == 2
    for snippet in snippets:
        assert parse(snippet, "docs/wallboard.md", Policy())
    assert snippets[0] == Path("examples/layouts/three-tiles.yaml").read_text()


def test_the_errors_that_are_shown_are_those_that_are_said() -> None:
    (wrong,) = re.findall(r"```text\n(layout\.yaml:.*?)```", DOC, re.DOTALL)
    text = Path("examples/layouts/three-tiles.yaml").read_text()
    with pytest.raises(WrongLayoutError) as raised:
        parse(text.replace("by: channel", "by: chanel").replace("warn: 20", "warn: 50"), "layout.yaml", Policy())
    said = str(raised.value).splitlines()
    for line, full in zip(wrong.splitlines(), said, strict=True):
        assert full.startswith(line.removesuffix(" ...")), full


def test_the_message_that_is_shown_is_one_that_is_sent() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", DOC, re.DOTALL)
    message: dict[str, Any] = orjson.loads(shown)
    policy = Policy()
    board = parse(Path("examples/layouts/three-tiles.yaml").read_text(), "", policy)[message["board"]]
    made = orjson.loads(orjson.dumps(tiles(board, Slices(totals(), policy))))
    rows = made["p0t0"]["rows"]
    made["p0t0"] |= {"rows": rows[:2], "more": len(rows) - 2}  # not all of them are printed
    assert message["tiles"] == made


def test_every_key_is_in_the_default_file_too() -> None:
    text = default_text()
    for part in PARTS.values():
        for key in part.model_fields:
            assert re.search(rf"\b{key}:", text), key
    uncommented = yaml.safe_load(text)
    assert uncommented["boards"][0]["name"] == "default"


def test_the_bounds_and_the_languages_are_those_that_there_are() -> None:
    assert f"into {MOST_ROWS} rows" in DOC
    assert f"more than {MOST_ROWS_SENT} values" in DOC
    spoken = {file.stem for file in Path("stream/serve/page/messages").glob("*.json")}
    assert spoken == LANGUAGES.keys() == set(SPOKEN)
    assert all(name in DOC for name in LANGUAGES.values())
