"""The last hour of each tile, a point every ten seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from stream.board.layout import Board, Shown

STEP_SECONDS = 10
MOST_POINTS = 360

Point = tuple[int, float | None]


class Trend:
    """What the tiles of one board showed. What looks different and shows the same has the same past."""

    def __init__(self) -> None:
        """Start without a past."""
        self._points: dict[Shown, deque[Point]] = {}
        self._last = 0

    def is_due(self, now_seconds: float) -> bool:
        """Say whether a step has begun of which there is no point yet."""
        return _step(now_seconds) > self._last

    def add(self, board: Board, now_seconds: float, values: Mapping[str, float | None]) -> None:
        """Note the value of each tile by its id; None, also for one that is missing: then it was not known."""
        if not self.is_due(now_seconds):
            return
        self._last = _step(now_seconds)
        wanted = {tile.shown: tile.id for tile in board.tiles if tile.trend}
        for shown, tile_id in wanted.items():
            points = self._points.setdefault(shown, deque(maxlen=MOST_POINTS))
            points.append((self._last, values.get(tile_id)))
        for shown in self._points.keys() - wanted.keys():
            del self._points[shown]

    def document(self, board: Board) -> dict[str, dict[str, list[Point]]]:
        """Return the points of each tile that has a trend, by its id: seconds since the Unix epoch, and the value."""
        oldest = self._last - STEP_SECONDS * (MOST_POINTS - 1)
        return {
            "tiles": {
                tile.id: [point for point in self._points.get(tile.shown, ()) if point[0] >= oldest]
                for tile in board.tiles
                if tile.trend
            }
        }


def _step(now_seconds: float) -> int:
    return int(now_seconds) // STEP_SECONDS * STEP_SECONDS
