"""Rows of a relation by its labels: the total, each dimension alone, and all of them together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from stream.verify.section import Row


def groupings(labels: Sequence[str]) -> list[tuple[str, ...]]:
    """The sets of dimensions that rows are given for, none twice."""
    return list(dict.fromkeys([(), *((label,) for label in labels), tuple(labels)]))


@dataclass(frozen=True, slots=True)
class Measure:
    """What to select of a group, how to read it, and what would be selected of a group without data."""

    selected: str
    numbers: Callable[[tuple[Any, ...]], Row]
    nothing: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation with the dimensions as columns, none of which is ever null.

    Its rows are grouped by `keys` beside the labels; `totals` are the keys of which a row is given without data.
    """

    name: str
    keys: tuple[str, ...] = ()
    totals: Sequence[tuple[Any, ...]] = ((),)

    def rows(self, database: duckdb.DuckDBPyConnection, labels: Sequence[str], measure: Measure) -> list[Row]:
        """Group by each set of labels and make a row of what is measured."""
        by = [_quoted(name) for name in (*self.keys, *labels)]
        sets = ", ".join(f"({', '.join(map(_quoted, (*self.keys, *some)))})" for some in groupings(labels))
        query = f"SELECT {', '.join([*by, measure.selected])} FROM {self.name} GROUP BY GROUPING SETS ({sets})"  # noqa: S608 - constants, and names that were checked
        found: dict[tuple[Any, ...], Row] = {
            (*total, *(None for _ in labels)): self._row(total, {}) | measure.numbers(measure.nothing)
            for total in self.totals
        }
        for values in database.execute(query).fetchall():
            group = values[: len(by)]
            shown = zip(labels, group[len(self.keys) :], strict=True)  # a null is not grouped by
            row = self._row(group, {label: value for label, value in shown if value is not None})
            found[group] = row | measure.numbers(values[len(by) :])
        return [found[group] for group in sorted(found, key=lambda group: [value or "" for value in group])]

    def _row(self, group: tuple[Any, ...], labels: dict[str, str]) -> Row:
        return {**dict(zip(self.keys, group, strict=False)), "labels": labels}


def _quoted(name: str) -> str:
    return f'"{name}"'  # window is a word of SQL
