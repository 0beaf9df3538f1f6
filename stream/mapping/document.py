"""JSON documents as the cells that a mapping reads: by a column's name, or by an expression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson

from stream.mapping.expression import Steps
from stream.mapping.template import Column

# What a document has besides its own keys: where its items came from, and how the delivery came.
BODY, PARENT, ITEM = "_body", "_parent", "_item"
HEADERS, QUERY, RECEIVED = "_headers", "_query", "_received"


class Cells(Mapping[str, str]):
    """The cells of a document, each looked up when it is asked for first; `get` raises TooCostlyError."""

    def __init__(self, document: Any, columns: Mapping[str, Column], steps: Steps) -> None:
        self._document = document
        self._columns = columns
        self._steps = steps
        self._known: dict[str, str] = {}
        self._folded: dict[int, dict[str, Any]] = {}  # by the id of an object, which lives as long as the document

    def get(self, name: str, default: Any = None) -> Any:
        """Return a cell, the default for what is no column; written out, as it is asked for dozens of times."""
        known = self._known.get(name)
        if known is not None:
            return known
        return self[name] if name in self._columns else default

    def __getitem__(self, name: str) -> str:
        known = self._known.get(name)
        if known is None:
            expression = self._columns[name].expression
            if expression is None:
                value = self._find(self._document, name)
            else:
                value = expression.search(self._document, self._steps)
                self._steps.take_for(value)  # which may be much more than the document
            known = self._known[name] = as_text(value)
            self._steps.take(len(known) >> 10)
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def _find(self, value: Any, name: str) -> Any:
        """Find a key without regard to case; `a.b` is the key `a.b`, or else `b` in the object under `a`."""
        folded = self._folded
        for whole, head in _path(name):
            if not isinstance(value, dict):
                return None
            keys = folded.get(id(value))
            if keys is None:
                self._steps.take(len(value) >> 3)
                # Backwards, so that of keys that differ in case alone the first counts.
                keys = {key.strip().casefold(): below for key, below in reversed(value.items())}
                folded[id(value)] = keys
            if whole in keys:
                return keys[whole]
            value = keys.get(head)
        return None


@lru_cache(maxsize=4_096)  # mappings have some dozens
def _path(name: str) -> tuple[tuple[str, str], ...]:
    """Return for each level of `a.b.c` the key that would end the way there, and the one that leads on."""
    parts = name.split(".")
    return tuple((".".join(parts[level:]), head) for level, head in enumerate(parts))


def as_text(value: Any) -> str:
    """Write a JSON value as the text of a cell; null and an empty list are empty, a list of texts is joined.

    What cannot be written (only expressions make such values, as whole numbers of thousands of digits) is empty.
    """
    if type(value) is str:  # most are
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        if isinstance(value, str | int | float):
            return str(value).strip()
        if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
            return " ".join(map(str, value))
        return orjson.dumps(value).decode()
    except (TypeError, ValueError):  # orjson's errors are TypeErrors
        return ""
