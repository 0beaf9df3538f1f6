"""An import from file to events: read, translate, check with the decoder, sort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import orjson

from schemas.codec import Limits, decode
from schemas.rejected import Rejected
from stream.importer.case import CaseRow, Made, case_events
from stream.importer.rejects import Rejects
from stream.importer.rows import BadRow, Row, Source
from stream.importer.spool import Spool
from stream.mapping.declared import Case, EventLog, Mapping, TicketTable
from stream.mapping.draft import JsonEvent
from stream.mapping.moment import REPEATED, SKIPPED, Moment
from stream.mapping.refusal import Cause, Refusal
from stream.mapping.rule_book import RuleBook
from stream.mapping.table import table_events

Translate = Callable[[Row], tuple[list[JsonEvent], list[Moment]] | Refusal]

_BATCH = 500
_TICK_ROWS = 256


@dataclass(slots=True)
class Tally:
    """What an import has seen so far."""

    rows: int = 0
    skipped: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    repeated_hour: int = 0
    skipped_hour: int = 0

    @property
    def events(self) -> int:
        """Events made."""
        return self.kinds.total()

    @property
    def tickets(self) -> int:
        """Tickets opened."""
        return self.kinds["opened"]


@dataclass(slots=True)
class Importing:
    """One import.

    `on_step` is told every few hundred rows what is being done, how far that is, and of how much if that is known:
    bytes while reading, rows while translating case by case. `now_us` is the present in microseconds since the epoch,
    since the decoder refuses events of the future.
    """

    source: Source
    mapping: Mapping
    rejects: Rejects
    limits: Limits
    now_us: int
    limit_rows: int | None = None
    on_step: Callable[[str, int, int | None], None] = lambda _step, _done, _total: None
    tally: Tally = field(default_factory=Tally)

    def events(self) -> Iterator[JsonEvent]:
        """Make every event, in order of time unless the mapping says `order: file`; each has passed the decoder."""
        if self.mapping.order == "file":
            for _, event, _ in self._admitted():
                yield event
            return
        with Spool() as spool:
            for instant, _, body in self._admitted():
                spool.put("", instant, body)
            for _, _, body in spool.sorted():
                yield orjson.loads(body)

    def _admitted(self) -> Iterator[tuple[int, JsonEvent, bytes]]:
        """Pass events through the decoder, a batch at a time; one that it refuses takes its whole row along."""
        batch: list[tuple[Row, list[JsonEvent]]] = []
        size = 0
        for made in self._made():
            if isinstance(made.events, Refusal):
                self.rejects.add(made.row.line, made.events, made.row.original)
            elif not made.events:
                self.tally.skipped += 1
            else:
                batch.append((made.row, made.events))
                size += len(made.events)
                if size >= _BATCH:
                    yield from self._checked(batch)
                    batch, size = [], 0
        yield from self._checked(batch)

    def _checked(self, batch: list[tuple[Row, list[JsonEvent]]]) -> Iterator[tuple[int, JsonEvent, bytes]]:
        values = [orjson.dumps(event) for _, events in batch for event in events]
        outcomes = decode(values, limits=self.limits, now_us=self.now_us)
        end = 0
        for row, events in batch:
            here = slice(end, end := end + len(events))
            refused = next((outcome for outcome in outcomes[here] if isinstance(outcome, Rejected)), None)
            if refused is not None:
                detail = f"{refused.reason.value}: {refused.detail}"
                self.rejects.add(row.line, Refusal(Cause.EVENT, detail), row.original)
                continue
            for event, outcome, body in zip(events, outcomes[here], values[here], strict=True):
                if not isinstance(outcome, Rejected):
                    self.tally.kinds[_word(event)] += 1
                    yield outcome.at_us, event, body

    def _made(self) -> Iterator[Made]:
        mapping = self.mapping
        if isinstance(mapping, EventLog) and mapping.case is not None:
            yield from self._by_case(mapping, mapping.case)
            return
        translate = _of_log(mapping) if isinstance(mapping, EventLog) else _of_table(mapping)
        for row in self._rows():
            found = translate(row)
            if isinstance(found, Refusal):
                yield Made(row, found)
                continue
            events, moments = found
            for moment in moments:
                self._note(moment)
            yield Made(row, events)

    def _by_case(self, log: EventLog, case: Case) -> Iterator[Made]:
        rules = RuleBook(log)
        with Spool() as spool:
            for row in self._rows():
                placed = rules.place(row.cells)
                if placed is None:
                    self.tally.skipped += 1
                elif isinstance(placed, Refusal):
                    self.rejects.add(row.line, placed, row.original)
                else:
                    ticket, moment, rule = placed
                    self._note(moment)
                    spool.put(ticket, moment.at_us, orjson.dumps((rule, row.line, row.cells, row.original)))
            done = 0
            for _, items in groupby(spool.sorted(), key=lambda item: item[0]):
                rows = []
                for _, instant, body in items:
                    rule, line, cells, original = orjson.loads(body)
                    rows.append(CaseRow(instant, rule, Row(line, cells, original)))
                    if (done := done + 1) % _TICK_ROWS == 0:
                        self.on_step("translating", done, len(spool))
                yield from case_events(log, case, rows)

    def _rows(self) -> Iterator[Row]:
        for row in self.source.rows():
            if self.tally.rows == self.limit_rows:
                break
            self.tally.rows += 1
            if self.tally.rows % _TICK_ROWS == 0:
                self.on_step("reading", self.source.read_bytes, self.source.size_bytes)
            if isinstance(row, BadRow):
                self.rejects.add(row.line, row.refusal, row.original)
            else:
                yield row
        self.on_step("reading", self.source.read_bytes, self.source.size_bytes)

    def _note(self, moment: Moment) -> None:
        self.tally.repeated_hour += moment.clock == REPEATED
        self.tally.skipped_hour += moment.clock == SKIPPED


def _of_log(log: EventLog) -> Translate:
    rules = RuleBook(log)
    return lambda row: rules.events(row.cells, row.original)


def _of_table(table: TicketTable) -> Translate:
    return lambda row: table_events(table, row.cells)


def _word(event: JsonEvent) -> str:
    if event["type"] == "ticket.status":
        return str(event["status"])
    family, what = str(event["type"]).split(".")
    return what if family == "ticket" else f"{family}_{what}"
