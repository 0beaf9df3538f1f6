"""The parts of the totals that tiles are of: some labels, in all and by one of them.

What is filtered are the cells that numbers are made of, never the numbers: a ratio of two channels is made of the sums
of both. A part has no labels left, so that every section of the report has one row for it: that of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from stream.board.layout import Filter
from stream.board.metric import Metric
from stream.core.cells import Cells
from stream.core.definitions import Definitions
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.rows import Row, added
from stream.core.snapshot import Totals
from stream.core.standing import Queue
from stream.core.sums import ByLabels, Sums
from stream.core.windows import AHEAD
from stream.numbers.declare import Book
from stream.numbers.rows import rows

# The measures of a window by their first word.
_Index = dict[str, list[tuple[str, ByLabels]]]
_BOOKS: tuple[Book, ...] = ("tickets", "surveys", "customers", "agents")
_BOOKS_AHEAD: tuple[Book, ...] = ("surveys", "customers")
# What a part is called that is of all values of the dimension.
IN_ALL = None


class Slices:
    """One snapshot, cut as the tiles of all boards want it; what several want is cut once."""

    def __init__(self, totals: Totals, policy: Policy) -> None:
        """Nothing is looked at before a tile asks for it."""
        self.totals = totals
        self.policy = policy
        self._without_labels = replace(policy, labels=())
        self._indices: dict[tuple[Book, str], _Index] = {}
        self._part_names: dict[tuple[Filter, str | None], dict[Labels, tuple[str | None, ...]]] = {}
        self._queues: dict[tuple[Filter, str | None], dict[str | None, Queue]] = {}
        self._rows: dict[tuple[str, str | None, Filter, str | None], dict[str | None, list[Row]]] = {}

    @property
    def definitions(self) -> Definitions:
        """Return the definitions of the policy file in force."""
        return self.policy.definitions

    def rows(self, metric: Metric, window: str | None, of: Filter, by: str | None) -> dict[str | None, list[Row]]:
        """Return the rows of a metric's section for all tickets of the filter, and for each value of `by`."""
        number = metric.number
        key = (number.name, window, of, by)
        if key not in self._rows:
            only = None if window is None else {window}
            self._rows[key] = {
                value: list(rows(number, View(part, self._without_labels, only)))
                for value, part in self._parts(metric, window, of, by)
            }
        return self._rows[key]

    def breached(self, of: Filter) -> tuple[int, dict[int, int]]:
        """Return how many waiting tickets of the filter are breached; those of the last minute by its seconds."""
        queues = self.totals.queues.items()
        found = [
            waiting
            for labels, queue in queues
            for waiting in (queue.first, queue.reply)
            if waiting.sla["breached"] and self._matches(labels, of)
        ]
        return sum(waiting.sla["breached"] for waiting in found), added([each.lately_breached for each in found])

    def _parts(
        self, metric: Metric, window: str | None, of: Filter, by: str | None
    ) -> Iterator[tuple[str | None, Totals]]:
        books: dict[Book, dict[str | None, dict[str, Cells]]] = {}
        if metric.book is not None and window is not None:
            books[metric.book] = self._cells(metric.book, metric.number.section, (window, AHEAD), of, by)
        queues = self._queues_of(of, by)
        values = {IN_ALL, *queues, *(value for parts in books.values() for value in parts)}
        for value in values:
            cells = {book: parts.get(value, {}) for book, parts in books.items()}
            here = {book: self._with_windows(book, cells.get(book, {}), window) for book in _BOOKS}
            queue = queues.get(value)
            yield value, replace(self.totals, **here, queues={} if queue is None else {(): queue})  # type: ignore[arg-type]

    def _with_windows(self, book: Book, cells: dict[str, Cells], window: str | None) -> dict[str, Sums]:
        if book == "agents" and not self.totals.agents:
            return {}  # nobody was ever named or told of, which is not that nobody works
        ahead = {AHEAD: Sums(cells.get(AHEAD, {}))} if book in _BOOKS_AHEAD else {}
        return ahead if window is None else {window: Sums(cells.get(window, {})), **ahead}

    def _cells(
        self, book: Book, section: str, windows: Iterable[str], of: Filter, by: str | None
    ) -> dict[str | None, dict[str, Cells]]:
        parts: dict[str | None, dict[str, Cells]] = {IN_ALL: {}}
        names = self._part_names.setdefault((of, by), {})
        for window in windows:
            index = self._index(book, window)
            for measure, by_labels in index.get(section, ()):
                for labels, amounts in by_labels.items():
                    belongs = names.get(labels)
                    if belongs is None:
                        belongs = names[labels] = self._parts_of(labels, of, by)
                    for value in belongs:
                        cells = parts.setdefault(value, {}).setdefault(window, {})
                        for bucket, amount in amounts.items():
                            cell = (measure, (), bucket)
                            cells[cell] = cells.get(cell, 0) + amount
        return parts

    def _index(self, book: Book, window: str) -> _Index:
        found = self._indices.get((book, window))
        if found is None:
            found = self._indices[book, window] = {}
            sums: Sums | None = (getattr(self.totals, book) or {}).get(window)
            for measure, by_labels in ({} if sums is None else sums.measures).items():
                found.setdefault(measure.partition("/")[0], []).append((measure, by_labels))
        return found

    def _queues_of(self, of: Filter, by: str | None) -> dict[str | None, Queue]:
        found = self._queues.get((of, by))
        if found is None:
            parts: dict[str | None, list[Queue]] = {}
            for labels, queue in self.totals.queues.items():
                for value in self._parts_of(labels, of, by):
                    parts.setdefault(value, []).append(queue)
            found = self._queues[of, by] = {value: Queue.merge(queues) for value, queues in parts.items()}
        return found

    def _matches(self, labels: Labels, of: Filter) -> bool:
        place = self.policy.labels.index
        return all(labels[place(dimension)] in values for dimension, values in of)

    def _parts_of(self, labels: Labels, of: Filter, by: str | None) -> tuple[str | None, ...]:
        """Return the parts that a ticket of these labels belongs to; none if it is filtered out."""
        if not self._matches(labels, of):
            return ()
        return (IN_ALL,) if by is None else (IN_ALL, labels[self.policy.labels.index(by)])
