"""Texts as numbers: attribute values, agents and labels. The numbers are this process's own and never leave it.

What is sent by hostile hands is bounded: once there are as many values as codes, each new one is `other`, as a value is
that the label book refuses. What the policy names has its code from the beginning, so that it is always told apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from struct import Struct

import numpy as np

from stream.core.labels import OTHER, UNKNOWN, LabelBook, Labels, total_labels
from stream.core.policy import DIMENSIONS, Policy
from stream.core.schedule import Schedule, Schedules
from stream.core.values import KNOWN, Meanings
from stream.model.times import Ints, Mask

MOST_VALUES = 1 << 16  # of one attribute, as a record has two bytes for it
MOST_AGENTS = 1 << 20
MOST_LABELS = 1 << 18

NONE, TAKEN = 0, 2
"""The codes of what is not said, and of a value that is taken away."""

TOUCHPOINT = "touchpoint"  # of surveys; tickets have none
Values = tuple[str | None, ...]
"""The values of the dimensions in their order, None for those that are not said, empty for what is taken away."""

_PACK = Struct(f"<{len(DIMENSIONS)}H").pack


class Codes:
    """Texts as numbers in the order in which they came, from 1 on; 0 is none. All beyond `most` have the last one."""

    def __init__(self, most: int) -> None:
        """Start with `other`, which always has its number, and the one that no text has: `TAKEN`."""
        self.texts: list[str] = ["", OTHER, ""]
        self._codes: dict[str, int] = {"": 0, OTHER: 1}
        self.last = most - 1
        """Of texts for which there is no other number; it is called `other`."""
        self._tables: dict[frozenset[str], Mask] = {}

    def code(self, text: str) -> int:
        """Return the number of a text."""
        code = self._codes.get(text)
        if code is None:
            if len(self.texts) >= self.last:
                self.texts += [OTHER] * (self.last + 1 - len(self.texts))
                return self.last
            code = self._codes[text] = len(self.texts)
            self.texts.append(text)
        return code

    def among(self, texts: frozenset[str]) -> Mask:
        """Return for each number whether its text is one of these."""
        table = self._tables.get(texts)
        if table is None or len(table) < len(self.texts):
            table = self._tables[texts] = np.array([text in texts for text in self.texts], bool)
        return table


class _Admitted:
    """What the values of one attribute count under: as the label book decides when one is first seen."""

    def __init__(self, dimension: str, codes: Codes, book: LabelBook) -> None:
        self._dimension, self._codes, self._book = dimension, codes, book.beside(dimension)
        self._numbers = np.zeros(0, np.int64)  # by code of the value; -1 where it was not seen yet
        self._refused = np.zeros(0, bool)
        self._of: dict[str, int] = {}
        self.values: list[str] = []

    def numbers(self, codes: Ints) -> Ints:
        """Return the numbers of the label values, which `values` names."""
        if len(self._numbers) < len(self._codes.texts):
            more = len(self._codes.texts) - len(self._numbers)
            self._numbers = np.append(self._numbers, np.full(more, -1))
            self._refused = np.append(self._refused, np.zeros(more, bool))
        found = self._numbers[codes]
        if (found < 0).any():
            for code in np.unique(codes[found < 0]).tolist():
                self._admit(code)
            found = self._numbers[codes]
        if self._refused.any():  # counted for each owner, not only once
            self._book.overflows[self._dimension] += int(np.count_nonzero(self._refused[codes]))
        return found

    def _admit(self, code: int) -> None:
        text = self._codes.texts[code] if code else UNKNOWN
        (value,) = self._book.labels({self._dimension: text})
        self._refused[code] = value != text or code == self._codes.last
        if value != text:
            self._book.overflows[self._dimension] -= 1  # it is counted for each owner, below
        if value not in self._of:
            self._of[value] = len(self.values)
            self.values.append(value)
        self._numbers[code] = self._of[value]


class Names:
    """The codes of a worker, and the labels that tickets of these attributes count under."""

    def __init__(self, policy: Policy, book: LabelBook) -> None:
        """Start with what the policy names."""
        self.book = book
        self.attributes = {name: Codes(MOST_VALUES) for name in (*DIMENSIONS, TOUCHPOINT)}
        self.agents = Codes(MOST_AGENTS)
        self.labels: list[Labels] = []
        self._labels: dict[Labels, int] = {}
        self.tails: dict[Hashable, bytes] = {}
        """What records have in common behind their times, by what they say; kept by `stream.model.records`."""
        self._meanings: dict[tuple[str, Meanings], Ints] = {}
        self._admitted = {name: _Admitted(name, codes, book) for name, codes in self.attributes.items()}
        self.unlabelled = self.label(())
        self.total = self.label(total_labels(policy.labels))
        self._other = self.label((OTHER,) * len(policy.labels))
        self.note(policy)

    def note(self, policy: Policy) -> None:
        """Give codes to what a policy names."""
        terms = policy.definitions
        for target in terms.targets:
            named = {"channel": target.channels, "priority": target.priorities, "queue": target.queues}
            for name, values in named.items():
                for value in sorted(values or ()):
                    self.attributes[name].code(value)
        for queue in terms.schedules.by_queue:
            self.attributes["queue"].code(queue)
        for name in DIMENSIONS:
            mapped = terms.values.named.get(name, {})
            for value in sorted({*KNOWN.get(name, ()), *mapped, *mapped.values()}):
                self.attributes[name].code(value)

    def pack(self, values: Values) -> bytes:
        """Return the codes of the values of all dimensions as a record has them: as they were sent."""
        return _PACK(
            *[
                NONE if value is None else self.attributes[name].code(value) if value else TAKEN
                for name, value in zip(DIMENSIONS, values, strict=True)
            ]
        )

    def meanings(self, dimension: str, values: Meanings) -> Ints:
        """Return for the code of each value that was sent the code of what it means under a policy; 0 for nothing."""
        codes = self.attributes[dimension]
        table = self._meanings.get((dimension, values))
        if table is None or len(table) < len(codes.texts):
            begun = 0 if table is None else len(table)
            meant = [values.meaning(dimension, text or None) for text in codes.texts[begun:]]
            more = np.array([NONE if text is None else codes.code(text) for text in meant], np.int64)
            table = more if table is None else np.concatenate((table, more))
            table[codes.last :] = codes.last  # nobody knows what was sent
            self._meanings[dimension, values] = table
        return table

    def label(self, labels: Labels) -> int:
        """Return the number of label values; that of `other` for what is new when there are too many."""
        number = self._labels.get(labels)
        if number is None:
            if len(self.labels) == MOST_LABELS:
                return self._other
            number = self._labels[labels] = len(self.labels)
            self.labels.append(labels)
        return number

    def values(self, dimension: str, codes: Ints) -> tuple[Ints, Sequence[str]]:
        """Return the label value of each code of an attribute, as a number, and what the numbers mean."""
        admitted = self._admitted[dimension]
        return admitted.numbers(codes), admitted.values

    def served(self, schedules: Schedules, queues: Ints, which: Mask) -> Iterator[tuple[Schedule, Ints]]:
        """Yield each schedule with those of these owners that it serves, by the codes of their queues."""
        left, named = which, self.attributes["queue"]
        for queue, schedule in schedules.by_queue.items():
            code = named.code(queue)
            if code == named.last:  # named when there were too many: this is the code of all that came too late
                continue
            its = left & (queues == code)
            if its.any():
                left = left & ~its
                yield schedule, np.flatnonzero(its)
        yield schedules.default, np.flatnonzero(left)

    def labelled(self, attributes: Mapping[str, Ints], n: int) -> Ints:
        """Return the numbers of the labels that n owners of these attributes, given as codes, count under."""
        if not self.book.dimensions:
            return np.full(n, self.label(()))
        columns, values = zip(*(self.values(name, attributes[name]) for name in self.book.dimensions), strict=True)
        _, first, whose = np.unique(_together(columns), return_index=True, return_inverse=True)
        rows = np.stack(columns, axis=1)[first].tolist()
        numbers = [self.label(tuple(of[i] for of, i in zip(values, row, strict=True))) for row in rows]
        return np.array(numbers, np.int64)[whose]


def _together(columns: Sequence[Ints]) -> Ints:
    """Return one column that is equal where all of these are; each of them has values under 2^16."""
    key, *others = columns
    bits = 16
    for column in others:
        if bits + 16 > 62:
            key, bits = np.unique(key, return_inverse=True)[1], 32
        key, bits = key << 16 | column, bits + 16
    return key
