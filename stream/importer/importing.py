"""An import from file to events: read, translate, check with the decoder, sort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

import orjson

from schemas.codec import Limits, at_us, decode
from schemas.rejected import Rejected
from stream.importer.case import CaseRow, Made, case_events
from stream.importer.draft import JsonEvent
from stream.importer.log import matching_rule, row_events, time_of
from stream.importer.mapping import Case, EventLog, Mapping
from stream.importer.moment import REPEATED, SKIPPED, Moment
from stream.importer.refusal import Cause, Refusal
from stream.importer.rejects import Rejects
from stream.importer.rows import BadRow, Row, Source
from stream.importer.spool import Spool
from stream.importer.table import table_events

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

    `on_read` is told every few hundred rows how many bytes of the file are read. `now_us` is the present in
    microseconds since the epoch, since the decoder refuses events of the future.
    """

    source: Source
    mapping: Mapping
    rejects: Rejects
    limits: Limits
    now_us: int
    limit_rows: int | None = None
    on_read: Callable[[int], None] = lambda _: None
    tally: Tally = field(default_factory=Tally)

    def events(self) -> Iterator[JsonEvent]:
        """Make every event, in order of time unless the mapping says `order: file`; each has passed the decoder."""
        if self.mapping.order == "file":
            for _, event in self._admitted():
                yield event
            return
        with Spool() as spool:
            for instant, event in self._admitted():
                spool.put("", instant, orjson.dumps(event))
            for _, _, body in spool.sorted():
                yield orjson.loads(body)

    def _admitted(self) -> Iterator[tuple[int, JsonEvent]]:
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

    def _checked(self, batch: list[tuple[Row, list[JsonEvent]]]) -> Iterator[tuple[int, JsonEvent]]:
        values = [orjson.dumps(event) for _, events in batch for event in events]
        outcomes = iter(decode(values, limits=self.limits, now_us=self.now_us))
        for row, events in batch:
            decoded = [next(outcomes) for _ in events]
            refused = next((outcome for outcome in decoded if isinstance(outcome, Rejected)), None)
            if refused is not None:
                detail = f"{refused.reason.value}: {refused.detail}"
                self.rejects.add(row.line, Refusal(Cause.EVENT, detail), row.original)
                continue
            for event, outcome in zip(events, decoded, strict=True):
                if not isinstance(outcome, Rejected):
                    self.tally.kinds[_word(event)] += 1
                    yield at_us(outcome), event

    def _made(self) -> Iterator[Made]:
        mapping = self.mapping
        if isinstance(mapping, EventLog) and mapping.case is not None:
            yield from self._by_case(mapping, mapping.case)
            return
        for row in self._rows():
            found = (
                row_events(mapping, row.cells) if isinstance(mapping, EventLog) else table_events(mapping, row.cells)
            )
            if isinstance(found, Refusal):
                yield Made(row, found)
                continue
            events, moments = found
            for moment in moments:
                self._note(moment)
            yield Made(row, events)

    def _by_case(self, log: EventLog, case: Case) -> Iterator[Made]:
        with Spool() as spool:
            for row in self._rows():
                placed = _place(log, row.cells)
                if placed is None:
                    self.tally.skipped += 1
                elif isinstance(placed, Refusal):
                    self.rejects.add(row.line, placed, row.original)
                else:
                    ticket, moment, rule = placed
                    self._note(moment)
                    spool.put(ticket, moment.at_us, orjson.dumps((rule, row.line, row.cells, row.original)))
            for _, items in groupby(spool.sorted(), key=lambda item: item[0]):
                rows = []
                for _, instant, body in items:
                    rule, line, cells, original = orjson.loads(body)
                    rows.append(CaseRow(instant, rule, Row(line, cells, original)))
                yield from case_events(log, case, rows)

    def _rows(self) -> Iterator[Row]:
        for row in self.source.rows():
            if self.tally.rows == self.limit_rows:
                break
            self.tally.rows += 1
            if self.tally.rows % _TICK_ROWS == 0:
                self.on_read(self.source.read_bytes)
            if isinstance(row, BadRow):
                self.rejects.add(row.line, row.refusal, row.original)
            else:
                yield row
        self.on_read(self.source.read_bytes)

    def _note(self, moment: Moment) -> None:
        self.tally.repeated_hour += moment.clock == REPEATED
        self.tally.skipped_hour += moment.clock == SKIPPED


def _place(log: EventLog, cells: dict[str, str]) -> tuple[str, Moment, int] | Refusal | None:
    """Tell the case, the time and the rule of a row."""
    rule = matching_rule(log, cells)
    if rule is None or isinstance(rule, Refusal):
        return rule
    ticket = log.ticket.render(cells).strip() if log.ticket else ""
    if not ticket:
        return Refusal(Cause.NO_TICKET, f"{log.ticket.text if log.ticket else ''} is empty; accepts a ticket")
    moment = time_of(log, cells)
    return moment if isinstance(moment, Refusal) else (ticket, moment, rule)


def _word(event: JsonEvent) -> str:
    if event["type"] == "ticket.status":
        return str(event["status"])
    family, what = str(event["type"]).split(".")
    return what if family == "ticket" else f"{family}_{what}"
