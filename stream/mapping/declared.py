"""The mapping language: what an annotated YAML file may say about somebody's export, or the bodies of their webhooks.

Two shapes: in an event log a row is an event, in a ticket table a row is a ticket with its times in columns. The body
of a webhook is a row. docs/import.md explains every key for users; a test keeps the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, TypeAdapter, field_validator, model_validator

from stream.mapping.document import RECEIVED
from stream.mapping.expression import Expression
from stream.mapping.kinds import AS_IT_IS, NOTHING, Emit
from stream.mapping.moment import TimeReading
from stream.mapping.template import Column, Template, TemplateText
from stream.mapping.values import Strict, Value, When

Attribute = Literal["channel", "priority", "queue", "brand", "segment", "language", "customer_id"]


def _expression(text: Any) -> Expression:
    return text if isinstance(text, Expression) else Expression.parse(str(text))


class FileShape(Strict):
    """How the file is written."""

    format: Literal["auto", "csv", "jsonl"] = Field(
        "auto", description="`auto` tells it from the file name: .csv and .tsv, or .jsonl and .ndjson; .gz behind it."
    )
    encoding: str = Field("utf-8", description="The text encoding, such as `utf-8` or `cp1252`.")
    delimiter: str | None = Field(
        None,
        description="Between the fields of a CSV: one character. If left out what a line `sep=;` says, a tab for .tsv "
        "files, else the one of `,` `;` tab and `|` by which the header has most of the columns that are read.",
    )

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError as error:
            raise ValueError(f"got {name!r}; accepts an encoding that Python knows, such as utf-8") from error
        return name

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, text: str | None) -> str | None:
        text = "\t" if text == "\\t" else text
        if text is not None and (len(text) != 1 or text in '\r\n"'):
            raise ValueError(f"got {text!r}; accepts one character such as ; or \\t")
        return text


class At(Strict):
    """When it happened. A bare text is short for `from` alone."""

    from_: TemplateText = Field(alias="from", description="A template for the time, usually one `{Column}`.")
    plus: TemplateText | None = Field(
        None, description="A template for a duration that is added to it; with an empty one there is no event."
    )
    unit: Literal["seconds", "minutes", "hours", "clock"] = Field(
        "minutes", description="What `plus` counts; `clock` is hours:minutes:seconds."
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        if isinstance(given, dict) and not set(given) & {"from", "plus", "unit"}:
            return {"from": given}  # {Column} without quotes is a YAML mapping; Template says so
        return given if isinstance(given, dict) else {"from": given}

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns it reads."""
        return self.from_.columns + (self.plus.columns if self.plus else ())

    @property
    def is_receipt(self) -> bool:
        """Say whether it is the time at which a webhook was received, which is another one at each attempt."""
        return any(RECEIVED in column.name for column in self.columns)


class Rule(Strict):
    """What the rows of an event log that fit `when` mean. The first rule that fits a row decides."""

    when: When = Field(default_factory=lambda: When({}), description="Tests by column; left out, every row fits.")
    emit: Emit = Field(description="What happened: the kind of event, or `nothing`.")
    again: Emit | None = Field(
        None,
        description="What a later row of the same case that fits means; if left out the same as `emit`, but "
        "`updated` after `opened`. Needs `case`.",
    )
    with_: dict[str, Value] = Field(
        default_factory=dict, alias="with", description="Further fields of the event, by their name in the event."
    )
    ticket: TemplateText | None = Field(None, description="A template for the ticket id, in place of the mapping's.")
    event_id: TemplateText | None = Field(None, description="A template for the event id, in place of the mapping's.")
    at: At | None = Field(None, description="When it happened, in place of the mapping's `at`.")
    also: bool = Field(False, description="Look at the rules below too: a row may mean several things.")
    touch: bool = Field(False, description="An agent has the ticket in hand: `case.transfer_on` is looked at.")
    reopens: bool = Field(
        False, description="Work: if the case had been ended before, a re-opening is put before it. Needs `case`."
    )

    def meaning(self, repeated: bool) -> Emit:
        """What a row means that fits, given whether an earlier row of its case did."""
        if not repeated:
            return self.emit
        return self.again or ("updated" if self.emit == "opened" else self.emit)


class Case(Strict):
    """Rules that need all rows of a ticket, in order of time."""

    without_opening: Literal["open", "leave", "reject"] = Field(
        "open",
        description="A case that no row opens: its earliest row also opens it (`open`), it stays without an opening "
        "and counts nowhere (`leave`), or its rows are rejected (`reject`).",
    )
    opened_by: Literal["agent", "customer"] = Field(
        "agent",
        description="Who opened a case that `without_opening: open` opened; `agent` keeps a wait that nobody saw "
        "begin out of the first response times.",
    )
    transfer_on: TemplateText | None = Field(
        None,
        description="A template, usually `{Agent}`: where it differs between two touches of a case, a transfer is put "
        "before the second.",
    )
    repeated_rows: Literal["drop", "keep"] = Field(
        "drop", description="Rows of a case that are the same in every column, time included."
    )


class TableEvent(Strict):
    """One event that a row of a ticket table may stand for."""

    emit: Emit = Field(description="What happened: the kind of event.")
    at: At = Field(description="When; an empty time means that it did not happen, except for `opened`.")
    when: When = Field(default_factory=lambda: When({}), description="Tests by column; left out, every row fits.")
    with_: dict[str, Value] = Field(
        default_factory=dict, alias="with", description="Further fields of the event, by their name in the event."
    )

    @field_validator("emit")
    @classmethod
    def _something(cls, emit: Emit) -> Emit:
        if emit in (NOTHING, AS_IT_IS):
            raise ValueError(f"got {emit!r}; accepts a kind of event (leave the entry out instead)")
        return emit


class _Common(Strict):
    version: Literal["1"] = Field(description="The version of the mapping language: 1.")
    title: str = Field("", description="One line for `--list-mappings`.")
    file: FileShape = Field(default_factory=FileShape, description="How the file is written.")
    time: TimeReading = Field(default_factory=TimeReading, description="How its times are written.")
    ticket: TemplateText | None = Field(None, description="A template for the ticket id, such as `zd-{Id}`.")
    event_id: TemplateText | None = Field(
        None,
        description="A template for event ids, for logs that have a unique id per row; left out, they are made of "
        "ticket and time.",
    )
    agent: TemplateText | None = Field(None, description="A template for the agent of a row, for `agent_id`.")
    attributes: dict[Attribute, Value] = Field(
        default_factory=dict, description="The attributes of a ticket, and where each comes from."
    )
    order: Literal["time", "file"] = Field(
        "time",
        description="Events leave in order of `time` (through a temporary file), or as the `file` is read, in "
        "constant memory.",
    )


class EventLog(_Common):
    """A mapping for a file in which a row is an event, or for webhooks."""

    rows: Literal["events"] = Field(description="`events`: a row is an event; `tickets`: a row is a ticket.")
    at: At | None = Field(None, description="When the row happened; left out, each rule has an `at` of its own.")
    body: Literal["auto", "cloudevents"] = Field(
        "auto",
        description="Webhooks alone. `auto`: JSON, or a form, as the Content-Type says; `cloudevents`: CloudEvents in "
        "structured, binary or batched form, each item in structured form.",
    )
    parse_json: tuple[str, ...] = Field(
        (), description="JSON only: keys whose text is JSON itself, such as `TaskAttributes`, to be read as such."
    )
    each: tuple[Annotated[Expression, PlainValidator(_expression)], ...] = Field(
        (),
        description="JSON only: a JMESPath expression for the list whose items are looked at one by one; a list of "
        "expressions goes down step by step.",
    )
    attributes_on: Literal["every", "opening"] = Field(
        "every",
        description="Which events carry the attributes: `every` one that has such a field, or `opening`: opened and "
        "updated.",
    )
    rules: tuple[Rule, ...] = Field(min_length=1, description="What rows mean; the first rule that fits decides.")
    unmatched: Literal["reject", "skip"] = Field("reject", description="A row that no rule fits.")
    case: Case | None = Field(None, description="Rules that need all rows of a ticket; the file is then sorted first.")

    @field_validator("parse_json", "each", mode="before")
    @classmethod
    def _one_or_many(cls, given: object) -> object:
        return [given] if isinstance(given, str) else given

    def at_of(self, rule: Rule) -> At:
        """When a row that fits this rule happened."""
        at = rule.at or self.at
        assert at is not None, "mapping_check refuses a rule without"
        return at

    def carried(self, emit: str) -> Iterable[tuple[str, Value]]:
        """Give the attributes that an event of this kind carries, and where each comes from."""
        return self.attributes.items() if self.attributes_on == "every" or emit in ("opened", "updated") else ()

    def columns(self) -> Iterator[Column]:
        """Every column the mapping reads, repeats included."""
        yield from _common_columns(self)
        if self.at is not None:
            yield from self.at.columns
        for rule in self.rules:
            yield from rule.when.columns
            yield from _value_columns(rule.with_)
            yield from _template_columns(rule.ticket, rule.event_id)
            if rule.at is not None:
                yield from rule.at.columns
        if self.case and self.case.transfer_on:
            yield from self.case.transfer_on.columns


class TicketTable(_Common):
    """A mapping for a file in which a row is a ticket."""

    rows: Literal["tickets"] = Field(description="`events`: a row is an event; `tickets`: a row is a ticket.")
    events: tuple[TableEvent, ...] = Field(min_length=1, description="The events that a row may stand for.")

    def columns(self) -> Iterator[Column]:
        """Every column the mapping reads, repeats included."""
        yield from _common_columns(self)
        for event in self.events:
            yield from event.at.columns
            yield from event.when.columns
            yield from _value_columns(event.with_)


def _common_columns(mapping: _Common) -> Iterator[Column]:
    yield from _template_columns(mapping.ticket, mapping.event_id, mapping.agent)
    yield from _value_columns(mapping.attributes)


def _template_columns(*templates: Template | None) -> Iterator[Column]:
    for template in templates:
        if template:
            yield from template.columns


def _value_columns(values: dict[Any, Value]) -> Iterator[Column]:
    for value in values.values():
        yield from value.columns


Mapping = EventLog | TicketTable
MAPPING: TypeAdapter[Mapping] = TypeAdapter(Annotated[Mapping, Field(discriminator="rows")])


def patterns(mapping: Mapping) -> Iterator[str]:
    """Every regular expression of a mapping."""
    parts: tuple[Rule | TableEvent, ...] = mapping.rules if isinstance(mapping, EventLog) else mapping.events
    for part in parts:
        yield from (test.matches for test in part.when.root.values() if test.matches is not None)
    values = [*mapping.attributes.values(), *(value for part in parts for value in part.with_.values())]
    yield from (value.part for value in values if value.part is not None)


def wanted_columns(mapping: Mapping) -> dict[str, Column]:
    """Return the columns the mapping reads by name; optional if it is so wherever it is read."""
    wanted: dict[str, Column] = {}
    for column in mapping.columns():
        known = wanted.setdefault(column.name, column)
        if known.optional and not column.optional:
            wanted[column.name] = column
    return wanted
