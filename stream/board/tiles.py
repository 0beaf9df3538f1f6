"""What each tile says about a snapshot, ready for JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stream.board.layout import MOST_ROWS_SENT, Board, Filter, Threshold, Tile
from stream.board.slices import IN_ALL, Slices
from stream.board.thresholds import level, under_policy
from stream.core.instant import instant
from stream.core.labels import OTHER, UNKNOWN
from stream.numbers.tile import Figure

Says = dict[str, Any]

_NO_DATA = Figure(None, why="no_data")
_SWITCHED_OFF = Figure(None, why="switched_off")


def tiles(board: Board, slices: Slices) -> dict[str, Says]:
    """Return what each tile of a board says, by the tile's id."""
    return {tile.id: says(tile, slices) for tile in board.tiles}


def says(tile: Tile, slices: Slices) -> Says:
    """Return a tile's value, its level, and its rows by a dimension."""
    figures = figures_of(tile, slices)
    threshold = _threshold(tile, tile.filter, slices)
    figure = figures[IN_ALL]
    told = _told(figure, threshold)
    if told["why"] is None and _unmet_promise(tile, threshold):
        told["why"] = "no_target"
    rows, more = _rows(tile, figures, slices)
    return told | {
        "parts": figure.parts,
        "rows": rows,
        "more": more,
        "fresh_as_of": instant(slices.totals.as_of_us),
    }


def figures_of(tile: Tile, slices: Slices) -> Mapping[str | None, Figure]:
    """Return the figure of all tickets of a tile (IN_ALL), and that of each value of its dimension."""
    if tile.metric.number.name in slices.definitions.numbers_off:
        return {IN_ALL: _SWITCHED_OFF}
    rows = slices.rows(tile.metric, tile.window, tile.filter, tile.by)
    return {value: tile.metric.read(found, slices.policy) or _NO_DATA for value, found in rows.items()}


def _rows(tile: Tile, figures: Mapping[str | None, Figure], slices: Slices) -> tuple[list[Says] | None, int]:
    """Return the rows in the order of their labels, and how many of the smallest are left out."""
    if tile.by is None:
        return None, 0
    by_value = {value: figure for value, figure in figures.items() if value is not None}
    largest = sorted(by_value, key=lambda value: (-(by_value[value].n or 0), value))[:MOST_ROWS_SENT]
    rows = []
    for value in sorted(largest, key=lambda value: (value in (OTHER, UNKNOWN), value)):
        of = (*(pair for pair in tile.filter if pair[0] != tile.by), (tile.by, (value,)))
        told = _told(by_value[value], _threshold(tile, of, slices) if _holds_for_rows(tile) else None)
        rows.append({"label": value, **told})
    return rows, len(by_value) - len(rows)


def _holds_for_rows(tile: Tile) -> bool:
    """A target for the sum is none for its summands; a duration, share or score is measured by it wherever it is."""
    return tile.metric.unit not in ("count", "per_hour")


def _told(figure: Figure, threshold: Threshold | None) -> Says:
    judged = level(figure.value, threshold)
    return {
        "value": figure.value,
        "n": figure.n,
        "low": figure.low,
        "high": figure.high,
        "level": figure.judged if judged == "neutral" and figure.judged is not None else judged,
        "target": None if threshold is None else threshold.target,
        "why": figure.why,
    }


def _threshold(tile: Tile, of: Filter, slices: Slices) -> Threshold | None:
    threshold, promise = tile.threshold, tile.metric.promised
    if threshold is None or not threshold.from_policy or promise is None:
        return threshold
    return under_policy(threshold, slices.definitions, promise, of, slices.totals.as_of_us)


def _unmet_promise(tile: Tile, threshold: Threshold | None) -> bool:
    """Say whether the policy was asked for a target and has none for all of these tickets together."""
    return tile.threshold is not None and tile.threshold.from_policy and (threshold is None or threshold.target is None)
