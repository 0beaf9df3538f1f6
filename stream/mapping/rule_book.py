"""A row of an event log: which rules it fits, and its events if no other row of the ticket matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.cloudevents import is_structured, unwrap_structured
from schemas.leniency import taken_away
from schemas.rejected import Rejected
from stream.mapping.declared import EventLog, Rule
from stream.mapping.draft import JsonEvent, content_id, draft_of, moment_of, within
from stream.mapping.kinds import AS_IT_IS, NOTHING, OWN_KEYS, kind_of_type
from stream.mapping.moment import Moment, written
from stream.mapping.refusal import Cause, Refusal
from stream.mapping.template import Template
from stream.mapping.values import shown

# Logs have few different tasks; a log with more, such as one whose rules look at free texts, is looked up each time.
_REMEMBERED, _REMEMBERED_CHARACTERS = 4_096, 512


class RuleBook:
    """The rules of an event log, and what they said of cells that were seen before."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        columns = dict.fromkeys(column for rule in log.rules for column in rule.when.columns)
        self._looked_at = tuple(column.name for column in columns)
        self._named = tuple(column.name for column in columns if column.expression is None)
        self._known: dict[tuple[str, ...], tuple[int, ...]] = {}

    def match(self, cells: Mapping[str, str]) -> tuple[int, ...]:
        """Return the numbers of the rules that a row fits: the first, and further ones behind `also`."""
        fitting: list[int] = []
        for i in self._candidates(cells):
            rule = self._log.rules[i]
            if rule.when.selects(cells):
                fitting.append(i)
                if not rule.also:
                    break
        return tuple(fitting)

    def _candidates(self, cells: Mapping[str, str]) -> tuple[int, ...]:
        """Return the rules whose tests of named columns hold: expressions cost more, and are left to those."""
        key = tuple([cells.get(name, "") for name in self._named])
        found = self._known.get(key)
        if found is None:
            found = tuple(i for i, rule in enumerate(self._log.rules) if rule.when.holds(cells))
            if len(self._known) < _REMEMBERED and sum(map(len, key)) < _REMEMBERED_CHARACTERS:
                self._known[key] = found
        return found

    def unmatched(self, cells: Mapping[str, str]) -> Refusal:
        """Say what a row has that no rule fits."""
        cell = "; ".join(f"{name} is {shown(cells.get(name, ''))}" for name in self._looked_at)
        return Refusal(Cause.NO_RULE, f"no rule fits: {cell}")

    def place(self, cells: Mapping[str, str]) -> tuple[str, Moment, int] | Refusal | None:
        """Tell the ticket, the time and the number of the rule of a row; None for a row to skip."""
        rules, template = self._meant(cells), self._log.ticket
        if isinstance(rules, Refusal):
            return rules
        if not rules:
            return None
        ticket = template.render(cells).strip() if template else ""
        if not ticket:
            return Refusal(Cause.NO_TICKET, f"{template.text if template else ''} is empty; accepts a ticket")
        moment = self._time(self._log.rules[rules[0]], cells)
        return moment if isinstance(moment, Refusal) else (ticket, moment, rules[0])

    def events(self, cells: Mapping[str, str], document: Any = None) -> tuple[list[JsonEvent], list[Moment]] | Refusal:
        """Make the events of a row by itself, with the instants read for them; no event for a row to skip."""
        rules = self._meant(cells)
        if isinstance(rules, Refusal):
            return rules
        events: list[JsonEvent] = []
        moments: list[Moment] = []
        for number in rules:
            made = self.event(number, cells, document)
            if isinstance(made, Refusal):
                return made
            events.append(made[0])
            if made[1] is not None:
                moments.append(made[1])
        return events, moments

    def event(self, number: int, cells: Mapping[str, str], document: Any) -> tuple[JsonEvent, Moment | None] | Refusal:
        """Make the event that the rule of this number makes of a row, with the instant if one was read for it.

        document is what the cells come from, of which only `emit: event` makes use.
        """
        log, rule = self._log, self._log.rules[number]
        if rule.emit == AS_IT_IS:
            return self._as_it_is(rule, cells, document)
        moment = self._time(rule, cells)
        if isinstance(moment, Refusal):
            return moment
        values = (*log.carried(rule.emit), *rule.with_.items())
        draft = draft_of(log, rule.emit, moment.at_us, cells, values, ticket=rule.ticket)
        if isinstance(draft, Refusal):
            return draft
        template = rule.event_id or log.event_id
        given = template.render(cells).strip() if template else ""
        if template is not None and not given and log.at_of(rule).is_receipt:
            return Refusal(Cause.VALUE, f"event_id: {template.text} is empty; an event that has no time needs one")
        return draft.event(within(given) if given else content_id(draft)), moment

    def _as_it_is(
        self, rule: Rule, cells: Mapping[str, str], document: Any
    ) -> tuple[JsonEvent, Moment | None] | Refusal:
        """Take a document for the event that it is; what it lacks of id, time and ticket the templates give."""
        if not isinstance(document, dict):
            return Refusal(Cause.NOT_JSON, f"got {type(document).__name__}; accepts an event, which is a JSON object")
        fields = unwrap_structured(document) if is_structured(document) else document
        if isinstance(fields, Rejected):
            return Refusal(Cause.EVENT, f"{fields.reason.value}: {fields.detail}")
        kind = kind_of_type(str(fields.get("type")))
        accepted = (*OWN_KEYS, *(kind.fields if kind else ()))
        taken = taken_away(fields)
        event: JsonEvent = {"version": 1}
        for name, value in fields.items():
            if name in accepted and isinstance(value, dict | list):
                return Refusal(Cause.EVENT, f"{name}: got {type(value).__name__}; accepts a text, a number or a truth")
            if name in accepted and (value is not None or name in taken):
                event[name] = value
        for name, template in (("event_id", rule.event_id or self._log.event_id), ("ticket_id", self._ticket_of(rule))):
            given = template.render(cells).strip() if template else ""
            if given and name not in event:
                event[name] = within(given) if name == "event_id" else given
        if "occurred_at" in event or (rule.at or self._log.at) is None:
            return event, None
        moment = self._time(rule, cells)
        return moment if isinstance(moment, Refusal) else ({**event, "occurred_at": written(moment.at_us)}, moment)

    def _ticket_of(self, rule: Rule) -> Template | None:
        return rule.ticket or self._log.ticket

    def means(self, number: int) -> bool:
        """Say whether the rule of this number makes an event of a row, here or with the other rows of its ticket."""
        rule = self._log.rules[number]
        return rule.emit != NOTHING or bool(rule.again or rule.touch or rule.reopens)

    def _meant(self, cells: Mapping[str, str]) -> tuple[int, ...] | Refusal:
        """Return the rules that make an event of a row; none for a row to skip."""
        fitting = self.match(cells)
        if not fitting and self._log.unmatched == "reject":
            return self.unmatched(cells)
        return tuple([number for number in fitting if self.means(number)])

    def _time(self, rule: Rule, cells: Mapping[str, str]) -> Moment | Refusal:
        at = self._log.at_of(rule)
        return moment_of(self._log, at, cells) or Refusal(Cause.TIME, f"{at.from_.text} is empty; accepts a time")
