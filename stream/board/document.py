"""A board's layout as pages get it: everything about it but the numbers."""

from __future__ import annotations

from typing import Any

from stream.board.layout import Board, Page, Tile
from stream.board.thresholds import under_policy
from stream.core.policy import Policy

VERSION = 1


def board_document(board: Board, policy: Policy, now_us: int) -> dict[str, Any]:
    """Return a board ready for JSON; targets of the policy file are those for tickets that are opened now."""
    return {
        "version": VERSION,
        "name": board.name,
        "title": board.title,
        "language": board.language,
        "theme": board.theme,
        "sound": board.sound,
        "rotate_seconds": board.rotate_seconds,
        "pages": [_page(page, policy, now_us) for page in board.pages],
    }


def _page(page: Page, policy: Policy, now_us: int) -> dict[str, Any]:
    tiles = [_tile(tile, policy, now_us) for tile in page.tiles]
    return {"title": page.title, "columns": page.columns, "rows": page.rows, "tiles": tiles}


def _tile(tile: Tile, policy: Policy, now_us: int) -> dict[str, Any]:
    threshold = tile.threshold
    if threshold is not None and threshold.from_policy and tile.metric.promised is not None:
        threshold = under_policy(threshold, policy.definitions, tile.metric.promised, tile.filter, now_us)
    return {
        "id": tile.id,
        "kind": tile.kind,
        "metric": tile.metric.name,
        "title": tile.title,
        "unit": tile.metric.unit,
        "window": tile.window,
        "filter": {label: list(values) for label, values in tile.filter},
        "by": tile.by,
        "target": None if threshold is None or threshold.target is None else {threshold.bound: threshold.target},
        "target_from_policy": threshold is not None and threshold.from_policy,
        "warn": None if threshold is None else threshold.warn,
        "width": tile.width,
        "height": tile.height,
        "row": tile.row + 1,
        "column": tile.column + 1,
        "trend": tile.trend,
        "higher_is": tile.metric.direction(policy),
    }
