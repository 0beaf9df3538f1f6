"""Desks whose totals and tiles the tests look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stream.board.layout import Board, Tile
from stream.board.reading import parse
from stream.board.slices import Slices
from stream.board.tiles import Says, says
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.windows import SECOND_US
from stream.partition.books import Books
from stream.partition.partition import Partition
from tests.events import NOON_US, decoded
from tests.served import NOW, STORY


def totals(events: Sequence[dict[str, Any]] = STORY, policy: Policy | None = None, now: float = NOW) -> Totals:
    """Let a partition see events, in any order."""
    policy = policy or Policy()
    partition = Partition(0, Books(policy))
    partition.apply("t", decoded(*events), NOON_US)
    partition.advance(NOON_US + int(now * SECOND_US))
    return partition.snapshot()


def board(*tiles: str, policy: Policy | None = None, more: str = "") -> Board:
    """Read a board of tiles, each a line of YAML, and more keys of the board."""
    listed = "\n".join(f"          - {{{tile}}}" for tile in tiles)
    text = f"boards:\n  - name: one\n    {more}\n    pages:\n      - columns: 8\n        tiles:\n{listed}\n"
    return parse(text, "layout.yaml", policy or Policy())["one"]


def tile(text: str, policy: Policy | None = None, more: str = "") -> Tile:
    """Read one tile."""
    return board(text, policy=policy, more=more).tiles[0]


def said(text: str, of: Totals | None = None, policy: Policy | None = None, more: str = "") -> Says:
    """Return what a tile says about totals."""
    policy = policy or Policy()
    return says(tile(text, policy, more), Slices(of or totals(policy=policy), policy))
