"""A row of an event log: which rule it fits, and its event if no other row of the ticket matters."""

from __future__ import annotations

from collections.abc import Mapping

from stream.importer.draft import JsonEvent, content_id, draft_of, moment_of
from stream.importer.kinds import NOTHING
from stream.importer.mapping import EventLog
from stream.importer.moment import Moment
from stream.importer.refusal import Cause, Refusal
from stream.importer.values import shown

# Logs have few different tasks; a log with more, such as one whose rules look at free texts, is looked up each time.
_REMEMBERED = 4_096


class RuleBook:
    """The rules of an event log, and what they said of cells that were seen before."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._looked_at = tuple(dict.fromkeys(column.name for rule in log.rules for column in rule.when.columns))
        self._known: dict[tuple[str, ...], int | Refusal | None] = {}

    def match(self, cells: Mapping[str, str]) -> int | Refusal | None:
        """Return the number of the first rule that fits a row; None for a row to skip."""
        key = tuple(cells.get(name, "") for name in self._looked_at)
        if key in self._known:
            return self._known[key]
        found = self._look(cells)
        if len(self._known) < _REMEMBERED:
            self._known[key] = found
        return found

    def place(self, cells: Mapping[str, str]) -> tuple[str, Moment, int] | Refusal | None:
        """Tell the ticket, the time and the number of the rule of a row; None for a row to skip."""
        rule, template = self.match(cells), self._log.ticket
        if rule is None or isinstance(rule, Refusal):
            return rule
        ticket = template.render(cells).strip() if template else ""
        if not ticket:
            return Refusal(Cause.NO_TICKET, f"{template.text if template else ''} is empty; accepts a ticket")
        moment = self._time(cells)
        return moment if isinstance(moment, Refusal) else (ticket, moment, rule)

    def events(self, cells: Mapping[str, str]) -> tuple[list[JsonEvent], list[Moment]] | Refusal:
        """Make the event of a row by itself, with the instant that was read for it; no event for a row to skip."""
        log, number = self._log, self.match(cells)
        if number is None:
            return [], []
        if isinstance(number, Refusal):
            return number
        rule, moment = log.rules[number], self._time(cells)
        if isinstance(moment, Refusal):
            return moment
        draft = draft_of(log, rule.emit, moment.at_us, cells, (*log.attributes.items(), *rule.with_.items()))
        if isinstance(draft, Refusal):
            return draft
        given = log.event_id.render(cells).strip() if log.event_id else ""
        return [draft.event(given or content_id(draft))], [moment]

    def _look(self, cells: Mapping[str, str]) -> int | Refusal | None:
        for i, rule in enumerate(self._log.rules):
            if rule.when.holds(cells):
                return i if rule.emit != NOTHING or rule.again or rule.touch or rule.reopens else None
        if self._log.unmatched == "skip":
            return None
        cell = "; ".join(f"{name} is {shown(cells.get(name, ''))}" for name in self._looked_at)
        return Refusal(Cause.NO_RULE, f"no rule fits: {cell}")

    def _time(self, cells: Mapping[str, str]) -> Moment | Refusal:
        moment = moment_of(self._log, self._log.at, cells)
        return moment or Refusal(Cause.TIME, f"{self._log.at.from_.text} is empty; accepts a time")
