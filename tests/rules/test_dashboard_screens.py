"""What a laptop and a TV show of a dashboard without scrolling, and whether it can be read there.

Grafana draws a grid of 24 columns; a row of it is 30 pixels high, with 8 between two (GRID_CELL_HEIGHT and
GRID_CELL_VMARGIN in its sources).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.rules.monitoring_files import CHOSEN, DASHBOARDS, fill, panels

Json = dict[str, Any]

CELL, MARGIN, COLUMNS = 30, 8, 24
LAPTOP, TV = (1366, 768), (1920, 1080)
# Above the grid of a browser in full screen: Grafana's bar, and two lines of variables with what is around them.
BARS = 160
# The kiosk has no bars, only the edge.
EDGE = 16
# A letter of a title, and of a number in a table, as wide as Grafana draws it at its usual sizes.
TITLE_LETTER, MENU = 7.5, 32
LEAST_COLUMN = 60

EVERY_DASHBOARD = pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.name)


def rows_that_fit(pixels: int) -> int:
    """Return how many rows of the grid are seen whole."""
    return (pixels + MARGIN) // (CELL + MARGIN)


def wide(panel: Json, screen: tuple[int, int]) -> float:
    """Return the width of a panel in pixels."""
    share: float = panel["gridPos"]["w"] / COLUMNS
    return share * (screen[0] - 2 * EDGE) - MARGIN


def _sections(path: Path) -> dict[str, int]:
    """Return the row of the grid at which each section ends; the first screen has no title."""
    ends: dict[str, int] = {}
    title = ""
    for panel in json.loads(path.read_text())["panels"]:
        if panel["type"] == "row":
            title = panel["title"]
        ends[title] = panel["gridPos"]["y"] + panel["gridPos"]["h"]
    return ends


@EVERY_DASHBOARD
def test_the_first_screen_fits_a_laptop(path: Path) -> None:
    assert _sections(path)[""] <= rows_that_fit(LAPTOP[1] - BARS) == 16


@EVERY_DASHBOARD
def test_a_tv_shows_the_first_screen_and_the_section_under_it(path: Path) -> None:
    on_tv = rows_that_fit(TV[1] - EDGE)
    assert on_tv == 28
    whole = [title for title, end in _sections(path).items() if end <= on_tv]
    assert len(whole) >= 2, _sections(path)


@EVERY_DASHBOARD
def test_every_title_is_seen_whole_on_a_laptop(path: Path) -> None:
    cut = {
        panel["title"]: round(wide(panel, LAPTOP))
        for panel in panels(path)
        if len(fill(panel["title"], CHOSEN)) * TITLE_LETTER + MENU > wide(panel, LAPTOP)
    }
    assert not cut


@EVERY_DASHBOARD
def test_every_column_of_a_table_can_be_read_on_a_laptop(path: Path) -> None:
    narrow = {}
    for panel in panels(path):
        if panel["type"] == "table":
            (organized,) = [each["options"] for each in panel["transformations"] if each["id"] == "organize"]
            names = {*organized["renameByName"].values()}
            hidden = {organized["renameByName"].get(source) for source in organized["excludeByName"]}
            overrides = [each for o in panel["fieldConfig"]["overrides"] for each in o["properties"]]
            fixed = [each["value"] for each in overrides if each["id"] == "custom.width"]
            width = (wide(panel, LAPTOP) - sum(fixed)) / (len(names - hidden) - len(fixed))
            if width < LEAST_COLUMN:
                narrow[panel["title"]] = round(width)
    assert not narrow
