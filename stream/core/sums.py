"""What a window holds, of one partition or several: added up, and sorted by what it measures, when somebody looks.

Of the numbers that are counted each second few are looked at, and from one second to the next few change. So adding up
partitions only notes what belongs together; a window that nobody asks for costs nothing, and one that was asked for
lately is made of what it was and of what has changed since.

Reading goes from measure to labels to bucket: a reader wants a few of the measures, and finds a bucket much sooner than
a cell.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Mapping, Sequence
from typing import Protocol

from stream.core.cells import Cell, Cells
from stream.core.labels import Labels

# Amounts, none of them 0: by bucket; by labels; by what they measure.
Amounts = Mapping[int, int]
ByLabels = Mapping[Labels, Amounts]
Measures = Mapping[str, ByLabels]


class Changed(Protocol):
    """What was added to cells. It may be made only when somebody asks for it."""

    def __len__(self) -> int: ...

    def items(self) -> ItemsView[Cell, int]: ...


# In several goes.
Changes = Sequence[Changed]

_NOTHING: ByLabels = {}
# Behind so many changes, starting from what it was is no gain any more.
_MOST_CHANGES = 50_000


class Sums:
    """The amounts of one window, or over all time. It does not change, and may be read in any thread.

    Equal to what holds the same amounts.
    """

    __slots__ = ("_after", "_base", "_cells", "_mark", "_measures", "_parts", "_pending", "_step")

    def __init__(self, cells: Cells | Callable[[], Cells] | None = None, parts: Sequence[Sums] = ()) -> None:
        """Hold the cells of one partition, none of them 0, which nobody changes any more; or add up parts.

        cells: or what makes them, when somebody looks.
        """
        self._cells = cells
        self._parts = tuple(parts)
        self._measures: Measures | None = None
        # Amounts of some time ago, which somebody has looked at, and what has changed since.
        self._base: Measures | None = None
        self._pending: Changes = ()
        # What has changed since which other one. That is known by its mark: to keep it would keep all before it.
        self._mark = object()
        self._after: object = None
        self._step: Changes = ()

    def then(self, cells: Cells | Callable[[], Cells], step: Changes) -> Sums:
        """Return what the partition holds after these changes, which come to the given cells."""
        later = Sums(cells)
        later._after, later._step = self._mark, step
        later._begin_with(self, step)
        return later

    @staticmethod
    def merge(parts: Sequence[Sums], before: Sums | None = None) -> Sums:
        """Add up what different partitions hold; before: the sums of a moment ago, returned if nothing has changed."""
        if len(parts) == 1:
            return parts[0]
        merged = Sums(parts=parts)
        if before is None or len(before._parts) != len(parts):
            return merged
        changed = [(old, new) for old, new in zip(before._parts, parts, strict=True) if old is not new]
        if not changed:
            return before
        if all(new._after is old._mark for old, new in changed):
            merged._begin_with(before, [amounts for _, new in changed for amounts in new._step])
        return merged

    def _begin_with(self, before: Sums, step: Changes) -> None:
        """Be made of what was there before, if somebody has looked at that lately."""
        measures, base = before._measures, before._base
        if measures is not None:
            base, pending = measures, step
        else:
            pending = [*before._pending, *step]
        if base is not None and sum(map(len, pending)) <= _MOST_CHANGES:
            self._base, self._pending = base, pending

    @property
    def measures(self) -> Measures:
        """The amounts by measure, labels and bucket."""
        if self._measures is None:
            base = self._base  # another thread may be about to do the same
            self._measures = self._added() if base is None else _changed(base, self._pending)
            self._base = None
        return self._measures

    @property
    def cells(self) -> Cells:
        """The amounts by cell."""
        if self._cells is not None:
            return self._cells() if callable(self._cells) else self._cells
        return {
            (measure, labels, bucket): amount
            for measure, by_labels in self.measures.items()
            for labels, amounts in by_labels.items()
            for bucket, amount in amounts.items()
        }

    def of(self, measure: str) -> ByLabels:
        """Return what there is of a measure, by labels."""
        return self.measures.get(measure, _NOTHING)

    def _added(self) -> Measures:
        if self._cells is not None:
            return _sorted(self.cells)
        measures: dict[str, dict[Labels, dict[int, int]]] = {}
        for part in self._parts:
            for measure, by_labels in part.measures.items():
                totals = measures.setdefault(measure, {})
                for labels, amounts in by_labels.items():
                    total = totals.get(labels)
                    if total is None:
                        totals[labels] = dict(amounts)
                    else:
                        for bucket, amount in amounts.items():
                            total[bucket] = total.get(bucket, 0) + amount
        return {measure: found for measure, by_labels in measures.items() if (found := _without_zeros(by_labels))}

    def __eq__(self, other: object) -> bool:
        return self.measures == other.measures if isinstance(other, Sums) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # what is equal would have to have the same

    def __repr__(self) -> str:
        return f"Sums({self.cells!r})"


def _sorted(cells: Cells) -> Measures:
    measures: dict[str, dict[Labels, dict[int, int]]] = {}
    for (measure, labels, bucket), amount in cells.items():
        by_labels = measures.get(measure)
        if by_labels is None:
            by_labels = measures[measure] = {}
        amounts = by_labels.get(labels)
        if amounts is None:
            by_labels[labels] = {bucket: amount}
        else:
            amounts[bucket] = amount
    return measures


def _changed(base: Measures, changes: Changes) -> Measures:
    """Return the amounts after changes. What did not change is shared with the base."""
    touched: dict[str, dict[Labels, dict[int, int]]] = {}
    for step in changes:
        for (measure, labels, bucket), amount in step.items():
            by_labels = touched.get(measure)
            if by_labels is None:
                by_labels = touched[measure] = {}
            amounts = by_labels.get(labels)
            if amounts is None:
                amounts = by_labels[labels] = dict(base.get(measure, _NOTHING).get(labels, {}))
            amounts[bucket] = amounts.get(bucket, 0) + amount
    measures = dict(base)
    for measure, by_labels in touched.items():
        untouched = {labels: found for labels, found in base.get(measure, _NOTHING).items() if labels not in by_labels}
        if found := untouched | _without_zeros(by_labels):
            measures[measure] = found
        else:
            measures.pop(measure, None)
    return measures


def _without_zeros(by_labels: dict[Labels, dict[int, int]]) -> dict[Labels, Amounts]:
    """Leave out what adds up to nothing: what is not there is 0."""
    found: dict[Labels, Amounts] = {}
    for labels, amounts in by_labels.items():
        some = {bucket: amount for bucket, amount in amounts.items() if amount} if 0 in amounts.values() else amounts
        if some:
            found[labels] = some
    return found
