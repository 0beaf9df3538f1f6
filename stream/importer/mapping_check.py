"""What a mapping must fulfil beyond the shape of its parts: parts that contradict each other, or no event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stream.importer.kinds import ATTRIBUTES, NOTHING, Kind, explain_field, kinds
from stream.importer.mapping import EventLog, Rule, TableEvent, TicketTable
from stream.importer.refusal import Refusal
from stream.importer.values import Value
from stream.yaml_lines import Place


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a mapping: where, and what was found and is accepted."""

    place: Place
    message: str


def problems(mapping: EventLog | TicketTable) -> list[Problem]:
    """Return everything in a well-formed mapping that cannot work, each thing once."""
    found = [*_of_attributes(mapping), *(_of_log(mapping) if isinstance(mapping, EventLog) else _of_table(mapping))]
    return list(dict.fromkeys(found))


def _of_attributes(mapping: EventLog | TicketTable) -> Iterator[Problem]:
    opened = kinds()["opened"]
    for name, value in mapping.attributes.items():
        yield from _of_value(("attributes", name), opened, name, value)


def _of_log(log: EventLog) -> Iterator[Problem]:
    for i, rule in enumerate(log.rules):
        place: Place = ("rules", i)
        meanings = dict.fromkeys((rule.emit, rule.meaning(repeated=True)))
        yield from _of_fields(log, place, [kinds()[word] for word in meanings if word != NOTHING], rule)
        if log.case is None:
            for key in ("again", "touch", "reopens"):
                if key in rule.model_fields_set:
                    yield Problem((*place, key), "needs a `case` section, which looks at all rows of a ticket together")
        if not rule.when.root and i < len(log.rules) - 1:
            yield Problem(place, "every row fits it, so the rules below it are never looked at; put it last")
    if log.case is not None:
        if log.ticket is None:
            yield Problem(("ticket",), "is missing; `case` needs it to know which rows belong together")
        if log.order == "file":
            yield Problem(("order",), "got 'file'; accepts 'time' beside `case`, which has to sort the file")


def _of_table(table: TicketTable) -> Iterator[Problem]:
    for i, event in enumerate(table.events):
        yield from _of_fields(table, ("events", i), [kinds()[event.emit]], event)
    if table.event_id is not None and len(table.events) > 1:
        yield Problem(("event_id",), "one row makes several events here, which cannot share one id; leave it out")


def _of_fields(
    mapping: EventLog | TicketTable, place: Place, meanings: Iterable[Kind], part: Rule | TableEvent
) -> Iterator[Problem]:
    meanings = list(meanings)
    for name, value in part.with_.items():
        fitting = [kind for kind in meanings if name in kind.fields]
        if fitting:
            yield from _of_value((*place, "with", name), fitting[0], name, value)
        elif meanings:
            yield Problem((*place, "with", name), explain_field(meanings[0], name) or "")
        else:
            yield Problem((*place, "with", name), "there is no event that could have it: `emit` is nothing")
    for kind in meanings:
        if kind.about_ticket and mapping.ticket is None:
            yield Problem(("ticket",), f"is missing; a {kind.type} event needs it")
        missing = [
            name
            for name, shape in kind.fields.items()
            if shape.required and name not in part.with_ and not (name in ATTRIBUTES and name in mapping.attributes)
        ]
        for name in missing:
            yield Problem((*place, "with"), f"{name} is missing; a {kind.type} event needs it")


def _of_value(place: Place, kind: Kind, name: str, value: Value) -> Iterator[Problem]:
    shape = kind.fields[name]
    for text in value.possible():
        found = shape.read(name, text) if text else None
        if isinstance(found, Refusal):
            yield Problem(place, found.detail.removeprefix(f"{name}: "))
