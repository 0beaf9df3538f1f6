"""The dashboards against the types that Grafana publishes for its dashboard files, checked by the TypeScript compiler.

A dashboard becomes TypeScript: its JSON as literals that have to be of Grafana's types, where a property that a type
does not have is an error. What that catches is shown by mistakes that are made on purpose.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from grafana.panels import GRAFANA_VERSION
from tests.rules.monitoring_files import DASHBOARDS

Json = dict[str, Any]

PROJECT = Path(__file__).with_name("grafana_schema")
IMPORT = "import type { Board, Panels } from './board';"
MISTAKES_FILE = "mistakes.ts"


def _defaults(panel: Json) -> Json:
    defaults: Json = panel["fieldConfig"]["defaults"]
    return defaults


def _property(panel: Json, **values: Any) -> None:
    panel["fieldConfig"]["overrides"] += [{"matcher": {"id": "byName", "options": "n"}, "properties": [values]}]


PANEL_MISTAKES: dict[str, tuple[str, Callable[[Json], Any]]] = {
    "an unknown property": ("stat", lambda p: p.update(heigth=3)),
    "no place on the grid": ("stat", lambda p: p.pop("gridPos")),
    "an unknown option": ("stat", lambda p: p["options"].update(colourMode="value")),
    "an option of another panel": ("table", lambda p: p["options"].update(graphMode="area")),
    "a word that an option does not know": ("stat", lambda p: p["options"].update(colorMode="vlaue")),
    "an option left out": ("bargauge", lambda p: p["options"].pop("displayMode")),
    "an unknown default": ("table", lambda p: _defaults(p).update(units="s")),
    "a default of another type": ("timeseries", lambda p: _defaults(p).update(decimals="2")),
    "a threshold misspelled": ("table", lambda p: _defaults(p)["thresholds"]["steps"][0].update(colour="red")),
    "an unknown style": ("timeseries", lambda p: _defaults(p)["custom"].update(lineWdth=2)),
    "a style deep inside": ("timeseries", lambda p: _defaults(p)["custom"]["stacking"].update(mode="norml")),
    "a style where there is none": ("stat", lambda p: _defaults(p).update(custom={"lineWidth": 2})),
    "a link misspelled": ("stat", lambda p: _defaults(p).update(links=[{"title": "t", "urll": "/"}])),
    "an override of nothing": ("table", lambda p: _property(p, id="unitt", value="s")),
    "an override of another type": ("table", lambda p: _property(p, id="decimals", value="2")),
    "an override of a style": ("table", lambda p: _property(p, id="custom.cellOptions", value={"type": "colour"})),
    "an unknown query property": ("heatmap", lambda p: p["targets"][0].update(legend="le")),
    "an unknown query format": ("heatmap", lambda p: p["targets"][0].update(format="heat")),
    "a row without its panels": ("row", lambda p: p.pop("panels")),
}
BOARD_MISTAKES: dict[str, Callable[[Json], Any]] = {
    "an unknown property of the board": lambda b: b.update(style="dark"),
    "a number that means nothing": lambda b: b.update(graphTooltip=3),
    "a variable of no type": lambda b: b["templating"]["list"][0].update(type="datasorce"),
    "a variable hidden nowhere": lambda b: b["templating"]["list"][0].update(hide=4),
    "an annotation in no menu": lambda b: b["annotations"]["list"][0].update(placement="menu"),
    "an annotation of an old kind": lambda b: b["annotations"]["list"][0].update(expr="ALERTS"),
    "a link that leads nowhere": lambda b: b["links"][0].pop("type"),
}


def _split(path: Path) -> tuple[Json, list[Json]]:
    board = json.loads(path.read_text(encoding="utf-8"))
    return board, board.pop("panels")


def _const(name: str, type_: str, value: Json) -> str:
    return f"export const {name}: {type_} = {json.dumps(value)};"


def _typescript(path: Path) -> str:
    board, panels = _split(path)
    literals = [_const(f"panel{panel['id']}", f"Panels['{panel['type']}']", panel) for panel in panels]
    return "\n".join([IMPORT, _const("board", "Board", board), *literals])


def _mistakes() -> Iterator[str]:
    board, panels = _split(next(path for path in DASHBOARDS if path.stem == "itself"))
    yield IMPORT
    for number, (kind, spoil) in enumerate(PANEL_MISTAKES.values()):
        panel = deepcopy(next(panel for panel in panels if panel["type"] == kind))
        spoil(panel)
        yield _const(f"panel{number}", f"Panels['{kind}']", panel)
    for number, spoil in enumerate(BOARD_MISTAKES.values()):
        spoiled = deepcopy(board)
        spoil(spoiled)
        yield _const(f"board{number}", "Board", spoiled)


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, str]]:
    """Compile every dashboard and every mistake; return the compiler's (file, line, text)."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed; it comes with Node.js")
    project = tmp_path_factory.mktemp("schema") / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("node_modules"))
    for path in DASHBOARDS:
        (project / f"{path.stem}.ts").write_text(_typescript(path), encoding="utf-8")
    (project / MISTAKES_FILE).write_text("\n".join(_mistakes()), encoding="utf-8")

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300, check=False)

    installed = run(npm, "ci", "--ignore-scripts")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    compiled = run(npm, "exec", "--no", "--", "tsc", "--project", ".", "--pretty", "false")
    found = re.findall(r"^([\w-]+\.ts)\((\d+),\d+\): error (.+)", compiled.stdout, flags=re.MULTILINE)
    # The mistakes make it end with an error; one without a place would be about the check itself.
    assert compiled.returncode, compiled.stderr
    assert len(found) == compiled.stdout.count("error TS"), compiled.stdout
    return [(file, int(line), text) for file, line, text in found]


def test_the_types_are_those_of_the_grafana_that_compose_starts_and_no_host_is_named() -> None:
    package = json.loads((PROJECT / "package.json").read_text(encoding="utf-8"))
    assert package["devDependencies"]["@grafana/schema"] == GRAFANA_VERSION
    lock = (PROJECT / "package-lock.json").read_text(encoding="utf-8")
    assert json.loads(lock)["packages"]["node_modules/@grafana/schema"]["version"] == GRAFANA_VERSION
    assert "://" not in lock


@pytest.mark.slow
@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.name)
def test_a_dashboard_is_what_grafana_s_published_types_allow(
    complaints: list[tuple[str, int, str]], path: Path
) -> None:
    assert not [text for file, _, text in complaints if file == f"{path.stem}.ts"]


@pytest.mark.slow
@pytest.mark.parametrize("mistake", [*PANEL_MISTAKES, *BOARD_MISTAKES])
def test_a_mistake_in_a_dashboard_is_found(complaints: list[tuple[str, int, str]], mistake: str) -> None:
    line = [*PANEL_MISTAKES, *BOARD_MISTAKES].index(mistake) + 2
    assert [text for file, number, text in complaints if (file, number) == (MISTAKES_FILE, line)]


@pytest.mark.slow
def test_the_check_complains_of_nothing_else(complaints: list[tuple[str, int, str]]) -> None:
    assert not [(file, text) for file, _, text in complaints if file in ("board.ts", "tsconfig.json")]
