"""A webhook's delivery to events: what became events, what was left out on purpose, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from schemas.codec import Limits, decode, key_of, topic_for
from schemas.events import Event
from schemas.rejected import Rejected
from stream.mapping.declared import EventLog, TicketTable, patterns, wanted_columns
from stream.mapping.delivery import Delivery, content_of, texts
from stream.mapping.document import HEADERS, QUERY, RECEIVED, Cells
from stream.mapping.draft import JsonEvent
from stream.mapping.expression import Steps, TooCostlyError
from stream.mapping.items import Item, items_of
from stream.mapping.mapping_file import MappingError, load
from stream.mapping.moment import written
from stream.mapping.refusal import Cause, Refusal
from stream.mapping.rule_book import RuleBook
from stream.mapping.table import table_events
from stream.mapping.values import takes_for_ever


@dataclass(frozen=True, slots=True)
class MappedEvent:
    """An event that the decoder has admitted.

    document is its JSON, value the same in bytes, as the record has to have it; event is what the decoder made of it.
    where is the item it came from, as "3" or "2.1" counted from 1, empty for a body that is one item.
    """

    where: str
    document: JsonEvent
    value: bytes
    event: Event

    @property
    def topic(self) -> str:
        """The logical topic: a key of `Settings.source_topics()`."""
        return topic_for(self.event.type)

    @property
    def key(self) -> str:
        """The key of the record."""
        return key_of(self.event)


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that is meant to make no event, where it stands and why it makes none."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that should have become an event and could not, or that no rule knows, where it stands and why."""

    where: str
    refusal: Refusal


@dataclass(slots=True)
class Reading:
    """What a delivery came to; every item of it is in one of the three, and none of them is ever dropped."""

    events: list[MappedEvent] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


class DeliveryMapping:
    """A mapping, ready to read deliveries. `read` is deterministic and keeps no state between deliveries."""

    def __init__(self, name: str, mapping: EventLog | TicketTable) -> None:
        """Name is what people call it.

        Raises MappingError for a mapping that is for files alone: with `case`, which needs all rows at once, or with a
        regular expression that a text from outside can hold up.
        """
        self.name = name
        self.declared = mapping
        if isinstance(mapping, EventLog) and mapping.case is not None:
            raise MappingError(f"{name}: has `case`, which needs all rows of a ticket at once; webhooks bring one")
        for pattern in patterns(mapping):
            if (why := takes_for_ever(pattern)) is not None:
                raise MappingError(f"{name}: got {pattern!r}, in which {why}")
        self._columns = wanted_columns(mapping)
        self._rules = RuleBook(mapping) if isinstance(mapping, EventLog) else None

    @property
    def title(self) -> str:
        """What the mapping is for, in one line."""
        return self.declared.title

    def read(self, delivery: Delivery, limits: Limits | None = None) -> Reading:
        """Turn a delivery into events that the decoder admits under these limits. Raises nothing, whatever the body.

        One bad item does not keep the others back. Time and memory are bounded: bodies of up to 1 MiB, nested up to
        100 levels, of up to 10,000 items, and 200,000 steps of JMESPath over all of them.
        """
        reading = Reading()
        made: list[tuple[str, JsonEvent]] = []
        headers = texts(delivery.headers)
        form = self.declared.body if isinstance(self.declared, EventLog) else "auto"
        content = content_of(delivery.body, headers, form)
        if isinstance(content, Refusal):
            reading.refused.append(Refused("", content))
            return reading
        steps = Steps()
        extras = {
            HEADERS: headers,
            QUERY: texts(delivery.query),
            RECEIVED: written(delivery.received_us),
        }
        where = ""
        try:
            for item in items_of(self.declared, content, extras, steps):
                where = item.where
                if isinstance(item, Item):
                    made.extend(self._item(item, Cells(item.document, self._columns, steps), reading))
                elif item.refusal is not None:
                    reading.refused.append(Refused(where, item.refusal))
                else:
                    reading.ignored.append(Ignored(where, "has no items"))
        except TooCostlyError as error:
            reading.refused.append(Refused(where, Refusal(Cause.TOO_LARGE, str(error))))
        self._admit(made, delivery.received_us, limits or Limits(), reading)
        return reading

    def _item(self, item: Item, cells: Mapping[str, str], reading: Reading) -> Iterator[tuple[str, JsonEvent]]:
        rules = self._rules
        if rules is None:
            yield from self._ticket(item, cells, reading)
            return
        fitting = rules.match(cells)
        if not fitting:
            unmatched = rules.unmatched(cells)
            if isinstance(self.declared, EventLog) and self.declared.unmatched == "skip":
                reading.ignored.append(Ignored(item.where, unmatched.detail))
            else:
                reading.refused.append(Refused(item.where, unmatched))
        meant = [number for number in fitting if rules.means(number)]
        if fitting and not meant:
            reading.ignored.append(Ignored(item.where, f"rules[{fitting[-1] + 1}] says nothing"))
        for number in meant:
            event = rules.event(number, cells, item.document)
            if isinstance(event, Refusal):
                detail = f"rules[{number + 1}]: {event.detail}"
                reading.refused.append(Refused(item.where, Refusal(event.cause, detail)))
            else:
                yield item.where, event[0]

    def _ticket(self, item: Item, cells: Mapping[str, str], reading: Reading) -> Iterator[tuple[str, JsonEvent]]:
        assert isinstance(self.declared, TicketTable)
        found = table_events(self.declared, cells)
        if isinstance(found, Refusal):
            reading.refused.append(Refused(item.where, found))
            return
        if not found[0]:
            reading.ignored.append(Ignored(item.where, "no entry of `events` fits it"))
        for event in found[0]:
            yield item.where, event

    def _admit(self, made: list[tuple[str, JsonEvent]], now_us: int, limits: Limits, reading: Reading) -> None:
        values = [orjson.dumps(event) for _, event in made]
        outcomes = decode(values, limits=limits, now_us=now_us)
        for (where, document), value, outcome in zip(made, values, outcomes, strict=True):
            if isinstance(outcome, Rejected):
                detail = f"{outcome.reason.value}: {outcome.detail}"
                reading.refused.append(Refused(where, Refusal(Cause.EVENT, detail)))
            else:
                reading.events.append(MappedEvent(where, document, value, outcome))


def load_mapping(name_or_path: str) -> DeliveryMapping:
    """Load a bundled mapping by its name, or a file by its path, for reading deliveries.

    Raises MappingError, whose text has a line for each thing that is wrong: file, line, what was got and is accepted.
    """
    return DeliveryMapping(name_or_path, load(name_or_path))
