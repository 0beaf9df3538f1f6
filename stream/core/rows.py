"""Grouping sums into rows: in all, for each value of each single dimension, and for each full combination."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.windows import SECOND_US

Row = dict[str, Any]
Group = tuple[tuple[str, str], ...]  # (dimension, value) pairs; () is the total
Value = TypeVar("Value")
Name = TypeVar("Name", bound=Hashable)


def grouped(
    parts: Iterable[tuple[Labels, Value]],
    dimensions: tuple[str, ...],
    add: Callable[[list[Value]], Value],
    none: Value,
) -> Iterator[tuple[dict[str, str], Value]]:
    """Yield each group with what its parts add up to, which may be a part itself; the total always, also of nothing.

    add: adds up values of which there is at least one, in any order and by any steps.
    """
    combinations = sorted(parts, key=lambda part: part[0])
    by_value: list[dict[str, list[Value]]] = [{} for _ in dimensions]
    for labels, value in combinations:
        for values, name in zip(by_value, labels, strict=True):
            values.setdefault(name, []).append(value)
    sums = [{name: add(values) for name, values in sorted(found.items())} for found in by_value]
    # The total is the sum of what any dimension comes to; of that with the fewest values it takes the fewest steps.
    fewest = min(sums, key=len) if sums else None
    yield {}, add([none, *([value for _, value in combinations] if fewest is None else fewest.values())])
    for place in sorted(range(len(dimensions)), key=lambda place: dimensions[place]):
        for name, value in sums[place].items():
            yield {dimensions[place]: name}, value
    if len(dimensions) > 1:
        for labels, value in combinations:
            yield dict(zip(dimensions, labels, strict=True)), value


def added(parts: Sequence[Mapping[Name, int]]) -> dict[Name, int]:
    """Add up counts by their names."""
    total = dict(parts[0]) if parts else {}
    for part in parts[1:]:
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


def percent(part: float, whole: float) -> float | None:
    """Return a share in percent, None of nothing."""
    return 100 * part / whole if whole > 0 else None
