"""What a mapping must fulfil beyond the shape of its parts: parts that contradict each other, or no event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stream.mapping.declared import EventLog, Rule, TableEvent, TicketTable
from stream.mapping.document import RECEIVED
from stream.mapping.kinds import AS_IT_IS, ATTRIBUTES, NOTHING, Kind, explain_field, kinds
from stream.mapping.refusal import Refusal
from stream.mapping.values import Value
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
    also = False
    for i, rule in enumerate(log.rules):
        place: Place = ("rules", i)
        also = also or rule.also
        meanings = dict.fromkeys((rule.emit, rule.meaning(repeated=True)))
        yield from _of_fields(log, place, [kinds()[word] for word in meanings if word in kinds()], rule)
        yield from _of_keys(log, place, rule)
        if log.case is None and rule.emit != NOTHING:
            yield from _of_time(log, place, rule)
            if also and rule.event_id is None and log.event_id is not None:
                yield Problem(
                    (*place, "event_id"), "is missing; with `also` a row makes several events, which cannot share one"
                )
        if not rule.when.root and not rule.also and i < len(log.rules) - 1:
            yield Problem(place, "every row fits it, so the rules below it are never looked at; put it last")
    if log.body == "cloudevents" and log.each:
        yield Problem(("each",), "is no key beside `body: cloudevents`, which looks at each event of a batch")
    if log.case is not None:
        if log.at is None:
            yield Problem(("at",), "is missing; `case` needs it to put rows in order")
        if log.ticket is None:
            yield Problem(("ticket",), "is missing; `case` needs it to know which rows belong together")
        if log.order == "file":
            yield Problem(("order",), "got 'file'; accepts 'time' beside `case`, which has to sort the file")


def _of_keys(log: EventLog, place: Place, rule: Rule) -> Iterator[Problem]:
    """Find keys of a rule that need a `case` section, or need that there is none."""
    for key in ("again", "touch", "reopens") if log.case is None else ():
        if key in rule.model_fields_set:
            yield Problem((*place, key), "needs a `case` section, which looks at all rows of a ticket together")
    for key in () if log.case is None else ("ticket", "event_id", "at", "also"):
        if key in rule.model_fields_set:
            yield Problem((*place, key), "is no key beside `case`, whose rows are sorted before rules are looked at")
    if log.case is not None and AS_IT_IS in (rule.emit, rule.again):
        yield Problem((*place, "emit"), f"got {AS_IT_IS!r}, whose time and ticket are its own; leave out `case`")


def _of_time(log: EventLog, place: Place, rule: Rule) -> Iterator[Problem]:
    at = rule.at or log.at
    if at is None and rule.emit != AS_IT_IS:
        yield Problem((*place, "at"), "is missing; here, or for all rules at the top")
    elif at is not None and at.is_receipt and not (rule.event_id or log.event_id):
        yield Problem((*place, "event_id"), f"is missing; {RECEIVED} is another time at each attempt to deliver")


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
            yield Problem((*place, "with", name), f"there is no event that could have it: `emit` is {part.emit}")
    for kind in meanings:
        if kind.about_ticket and mapping.ticket is None and (isinstance(part, TableEvent) or part.ticket is None):
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
        found = shape.state(name, text) if text else None
        if isinstance(found, Refusal):
            yield Problem(place, found.detail.removeprefix(f"{name}: "))
