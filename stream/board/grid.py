"""Where tiles lie in the grid of a page: each in the first place that is free, row by row."""

from __future__ import annotations

from collections.abc import Iterable


def places(sizes: Iterable[tuple[int, int]], columns: int, most_rows: int) -> list[tuple[int, int] | None]:
    """Return (row, column) from 0 for each (width, height); None for what does not fit into the rows that are left."""
    taken: set[tuple[int, int]] = set()
    found: list[tuple[int, int] | None] = []
    for width, height in sizes:
        place = next(
            (
                (row, column)
                for row in range(most_rows - height + 1)
                for column in range(columns - width + 1)
                if taken.isdisjoint(_cells(row, column, width, height))
            ),
            None,
        )
        if place is not None:
            taken |= _cells(*place, width, height)
        found.append(place)
    return found


def _cells(row: int, column: int, width: int, height: int) -> set[tuple[int, int]]:
    return {(row + down, column + right) for down in range(height) for right in range(width)}
