"""The items of a document that a mapping looks at one by one, as its `parse_json` and `each` say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stream.mapping.declared import EventLog, TicketTable
from stream.mapping.delivery import json_of
from stream.mapping.document import BODY, ITEM, PARENT
from stream.mapping.expression import Expression, Steps, TooCostlyError
from stream.mapping.refusal import Cause, Refusal

MOST_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """An item: where it stands, counted from 1 (empty for the document itself), what it is, and what is read of it.

    document has besides the item's keys what is above it, and the extras.
    """

    where: str
    content: Any
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NoItem:
    """A place where there is nothing to look at: why, or None for a list that is there and empty."""

    where: str
    refusal: Refusal | None


def items_of(
    mapping: EventLog | TicketTable, content: Any, extras: Mapping[str, Any], steps: Steps
) -> Iterator[Item | NoItem]:
    """Walk the items of a document; extras are put beside the keys of each. Raises TooCostlyError."""
    walk = _Walk(extras, steps)
    if isinstance(mapping, TicketTable):
        yield walk.item("", content, {})
        return
    for name in mapping.parse_json:
        content = _parsed(content, name.split("."))
    if mapping.body == "cloudevents" and isinstance(content, list):
        yield from walk.listed("", content, {}, ())
    elif mapping.each:
        yield from walk.below("", content, {BODY: content, PARENT: content}, mapping.each)
    else:
        yield walk.item("", content, {})


@dataclass(slots=True)
class _Walk:
    """A walk from a document down to its items; `above` is what each item is given of what it stands in."""

    extras: Mapping[str, Any]
    steps: Steps
    items: int = 0

    def below(
        self, where: str, document: Any, above: Mapping[str, Any], each: tuple[Expression, ...]
    ) -> Iterator[Item | NoItem]:
        expression, *rest = each
        found = expression.search({**document, **self.extras} if isinstance(document, dict) else document, self.steps)
        if isinstance(found, list):
            yield from self.listed(where, found, above, tuple(rest))
        else:
            wrong = f"each: {expression.text} selects {_kind(found)}; accepts a list"
            yield NoItem(where, Refusal(Cause.VALUE, wrong))

    def listed(
        self, where: str, items: list[Any], above: Mapping[str, Any], each: tuple[Expression, ...]
    ) -> Iterator[Item | NoItem]:
        if not items:
            yield NoItem(where, None)
        for i, item in enumerate(items, start=1):
            self.items += 1
            if self.items > MOST_ITEMS:
                raise TooCostlyError(f"there are more than {MOST_ITEMS:,} items; accepts fewer at once")
            place = f"{where}.{i}" if where else str(i)
            if each:
                yield from self.below(place, item, {**above, PARENT: item}, each)
            else:
                yield self.item(place, item, above)

    def item(self, where: str, content: Any, above: Mapping[str, Any]) -> Item | NoItem:
        if isinstance(content, dict):
            more = above or self.extras
            return Item(where, content, {**content, **above, **self.extras} if more else content)
        if above:
            return Item(where, content, {ITEM: content, **above, **self.extras})
        return NoItem(where, Refusal(Cause.NOT_JSON, f"got {_kind(content)}; accepts a JSON object"))


def _parsed(content: Any, path: list[str]) -> Any:
    """Return a document with the JSON that is in the text at a path in place of that text."""
    if not isinstance(content, dict) or path[0] not in content:
        return content
    name, *rest = path
    value = content[name]
    if rest:
        return {**content, name: _parsed(value, rest)}
    found = json_of(value) if isinstance(value, str) and value else value
    return content if isinstance(found, Refusal) else {**content, name: found}


def _kind(value: Any) -> str:
    return "nothing" if value is None else type(value).__name__
