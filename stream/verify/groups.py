"""Rows of a relation by its labels: the total, each dimension alone, and all of them together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from stream.verify.layout import Row


def groupings(labels: Sequence[str]) -> list[tuple[str, ...]]:
    """The sets of dimensions that rows are given for, none twice."""
    return list(dict.fromkeys([(), *((label,) for label in labels), tuple(labels)]))


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation with the dimensions as columns.

    Its rows are grouped by `keys` beside the labels; `totals` are the keys of which a row is given without data.
    """

    name: str
    keys: tuple[str, ...] = ()
    totals: Sequence[tuple[str, ...]] = ((),)

    def rows(
        self,
        database: duckdb.DuckDBPyConnection,
        labels: Sequence[str],
        selected: str,
        numbers: Callable[[tuple[Any, ...]], Row],
    ) -> list[Row]:
        """Group by each set of labels and make a row of what is `selected`. Groups without data have none."""
        selecting = f"SELECT {selected} FROM {self.name}"  # noqa: S608 - constants, and names that were checked
        found: dict[tuple[tuple[str, ...], tuple[str, ...]], Row] = {}
        (nothing,) = database.execute(f"{selecting} WHERE false").fetchall()
        for total in self.totals:
            found[(), total] = dict(zip(self.keys, total, strict=True)) | {"labels": {}} | numbers(nothing)
        for grouping in groupings(labels):
            by = ", ".join(f'"{name}"' for name in (*self.keys, *grouping))
            query = f"SELECT {by}, {selected} FROM {self.name} GROUP BY {by}" if by else selecting  # noqa: S608 - as above
            for values in database.execute(query).fetchall():
                end = len(self.keys) + len(grouping)
                row: Row = dict(zip(self.keys, values, strict=False))
                row["labels"] = dict(zip(grouping, values[len(self.keys) : end], strict=True))
                found[grouping, values[:end]] = row | numbers(values[end:])
        return list(found.values())
