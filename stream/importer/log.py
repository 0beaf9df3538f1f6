"""A row of an event log: which rule it fits, and its event if no other row of the ticket matters."""

from __future__ import annotations

from collections.abc import Mapping

from stream.importer.draft import JsonEvent, content_id, draft_of, moment_of
from stream.importer.kinds import NOTHING
from stream.importer.mapping import EventLog
from stream.importer.moment import Moment
from stream.importer.refusal import Cause, Refusal
from stream.importer.values import shown


def matching_rule(log: EventLog, cells: Mapping[str, str]) -> int | Refusal | None:
    """Return the number of the first rule that fits; None for a row to skip."""
    for i, rule in enumerate(log.rules):
        if rule.when.holds(cells):
            return i if rule.emit != NOTHING or rule.again or rule.touch or rule.reopens else None
    if log.unmatched == "skip":
        return None
    looked_at = dict.fromkeys(column.name for rule in log.rules for column in rule.when.columns)
    cell = "; ".join(f"{name} is {shown(cells.get(name, ''))}" for name in looked_at)
    return Refusal(Cause.NO_RULE, f"no rule fits: {cell}")


def time_of(log: EventLog, cells: Mapping[str, str]) -> Moment | Refusal:
    """Return when the row happened."""
    moment = moment_of(log, log.at, cells)
    return moment or Refusal(Cause.TIME, f"{log.at.from_.text} is empty; accepts a time")


def row_events(log: EventLog, cells: Mapping[str, str]) -> tuple[list[JsonEvent], list[Moment]] | Refusal:
    """Make the event of a row by itself, with the instant that was read for it; no event for a row to skip."""
    rule_number = matching_rule(log, cells)
    if rule_number is None:
        return [], []
    if isinstance(rule_number, Refusal):
        return rule_number
    rule, moment = log.rules[rule_number], time_of(log, cells)
    if isinstance(moment, Refusal):
        return moment
    draft = draft_of(log, rule.emit, moment.at_us, cells, (*log.attributes.items(), *rule.with_.items()))
    if isinstance(draft, Refusal):
        return draft
    given = log.event_id.render(cells).strip() if log.event_id else ""
    return [draft.event(given or content_id(draft))], [moment]
