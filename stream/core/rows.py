"""Grouping cells into rows: in all, for each value of each single dimension, and for each full combination."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from stream.core.labels import Labels
from stream.core.ledger import SUM, Cells
from stream.core.policy import Policy
from stream.core.windows import SECOND_US
from stream.kpi.families import Counted

Row = dict[str, Any]
Group = tuple[tuple[str, str], ...]  # (dimension, value) pairs; () is the total
Value = TypeVar("Value")
Name = TypeVar("Name", bound=Hashable)


def groups(labels: Labels, dimensions: tuple[str, ...]) -> Iterator[Group]:
    """Yield the groups that a combination of label values belongs to."""
    pairs = tuple(zip(dimensions, labels, strict=True))
    yield ()
    for pair in pairs:
        yield (pair,)
    if len(pairs) > 1:
        yield pairs


def grouped(
    parts: Iterable[tuple[Labels, Value]],
    dimensions: tuple[str, ...],
    add: Callable[[list[Value]], Value],
    none: Value,
) -> Iterator[tuple[dict[str, str], Value]]:
    """Yield each group with what its parts add up to; the total always, also of nothing."""
    by_group: dict[Group, list[Value]] = {(): [none]}
    for labels, value in parts:
        for group in groups(labels, dimensions):
            by_group.setdefault(group, []).append(value)
    for group in sorted(by_group, key=lambda group: (len(group), group)):
        yield dict(group), add(by_group[group])


def by_labels(cells: Cells, names: Mapping[str, Name]) -> dict[Labels, dict[tuple[Name, int], int]]:
    """Sort the cells of some measures by their labels; what is left of a cell is its name and bucket."""
    sorted_out: dict[Labels, dict[tuple[Name, int], int]] = {}
    for (measure, labels, bucket), amount in cells.items():
        if measure in names:
            sorted_out.setdefault(labels, {})[names[measure], bucket] = amount
    return sorted_out


def added(parts: list[dict[Name, int]]) -> dict[Name, int]:
    """Add up counts by their names."""
    total: dict[Name, int] = {}
    for part in parts:
        for name, amount in part.items():
            total[name] = total.get(name, 0) + amount
    return total


def quantiles(counts: Mapping[int, int], policy: Policy, wanted: tuple[float, ...]) -> Row:
    """Return quantiles in seconds of durations by bucket, None of none."""
    values = policy.buckets.quantiles_us(counts, wanted)
    return {
        f"p{round(q * 100)}_seconds": None if value is None else value / SECOND_US
        for q, value in zip(wanted, values, strict=True)
    }


def durations(cells: Cells, measure: str, policy: Policy) -> Iterator[Row]:
    """Yield the rows of a duration: n, sum, mean, quantiles and the counts at the bounds that are shown."""
    for labels, amounts in grouped(by_labels(cells, {measure: measure}).items(), policy.labels, added, {}):
        counts = {bucket: amount for (_, bucket), amount in amounts.items() if bucket != SUM}
        n = sum(counts.values())
        total = amounts.get((measure, SUM), 0)
        yield {
            "labels": labels,
            "n": n,
            "sum_seconds": total / SECOND_US,
            "mean_seconds": total / n / SECOND_US if n else None,
            **quantiles(counts, policy, (0.5, 0.9, 0.95, 0.99)),
            "le": {str(le // SECOND_US): count for le, count in policy.buckets.cumulative(counts)} | {"+Inf": n},
        }


Keys = tuple[str, ...]


def counted(
    cells: Cells, family: Counted, policy: Policy, always: Iterable[Keys] = ((),), *, keyed: bool = True
) -> Iterator[tuple[Keys, dict[str, str], dict[str, int]]]:
    """Yield the keys, the labels and the fields of a counted family; a total for the keys in `always` in any case.

    keyed: whether what has different keys is told apart.
    """
    by_keys: dict[Keys, dict[Labels, dict[str, int]]] = {keys: {} for keys in always}
    for (measure, labels, _), amount in cells.items():
        parsed = family.parse(measure)
        if parsed is not None:
            field, keys = parsed
            fields = by_keys.setdefault(keys if keyed else (), {}).setdefault(labels, {})
            fields[field] = fields.get(field, 0) + amount
    nothing = dict.fromkeys(family.fields, 0)
    for keys in sorted(by_keys):
        if not family.labelled:
            yield keys, {}, added([nothing, *by_keys[keys].values()])
            continue
        for group, amounts in grouped(by_keys[keys].items(), policy.labels, added, nothing):
            yield keys, group, nothing | amounts


def percent(part: float, whole: float) -> float | None:
    """Return a share in percent, None of nothing."""
    return 100 * part / whole if whole > 0 else None
