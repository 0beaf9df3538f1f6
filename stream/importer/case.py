"""All rows of one ticket of an event log, in order of time, to the events of that ticket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from stream.importer.rows import Row
from stream.mapping.declared import Case, EventLog
from stream.mapping.draft import Draft, JsonEvent, draft_of, fields_of, numbered_id
from stream.mapping.kinds import ATTRIBUTES, ENDED, LIFECYCLE, NOTHING, RETRACTED, kinds
from stream.mapping.refusal import Cause, Refusal


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A row of a case: when it happened, the number of the rule that it fits, and the row."""

    at_us: int
    rule: int
    row: Row


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a row: its events, none for a row that says nothing new, or why it was refused."""

    row: Row
    events: list[JsonEvent] | Refusal


@dataclass(slots=True)
class _Story:
    """What is known of the ticket so far."""

    fitted: set[int] = field(default_factory=set)
    ended: str | None = None
    in_hand_of: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    instant: int = -1
    in_instant: int = 0


def case_events(log: EventLog, case: Case, rows: Sequence[CaseRow]) -> Iterator[Made]:
    """Make the events of a case from its rows, which must be in order of time and then of the file."""
    opens = any("opened" in (log.rules[r.rule].emit, log.rules[r.rule].again) for r in rows)
    if not opens and case.without_opening == "reject":
        for case_row in rows:
            yield Made(case_row.row, Refusal(Cause.NO_OPENING, "no row of this case opens it"))
        return
    story = _Story()
    to_open = not opens and case.without_opening == "open"
    this_instant: list[Any] = []  # rows that are the same have the same time
    for i, case_row in enumerate(rows):
        if i == 0 or rows[i - 1].at_us != case_row.at_us:
            this_instant.clear()
        if case.repeated_rows == "drop" and case_row.row.original in this_instant:
            yield Made(case_row.row, [])
            continue
        this_instant.append(case_row.row.original)
        drafts = _drafts(log, case, case_row, story, to_open)
        if isinstance(drafts, Refusal):
            yield Made(case_row.row, drafts)
            continue
        to_open = False
        _remember(log, case, story, case_row, drafts)
        yield Made(case_row.row, [_with_id(log, case_row, story, draft) for draft in drafts])


def _drafts(log: EventLog, case: Case, row: CaseRow, story: _Story, to_open: bool) -> list[Draft] | Refusal:
    """Draft what a row means after what is known: an opening, a re-opening and a transfer come before itself."""
    rule, cells = log.rules[row.rule], row.row.cells
    meaning = rule.meaning(repeated=row.rule in story.fitted)
    attributes = _attributes_of(log, cells)
    if isinstance(attributes, Refusal):
        return attributes
    drafts: list[Draft | Refusal] = []
    ended = story.ended
    if to_open:
        opening = draft_of(log, "opened", row.at_us, cells, log.attributes.items())
        drafts.append(_with_fields(opening, {"opened_by": case.opened_by}))
    if rule.reopens and ended is not None and meaning != "reopened":
        drafts.append(draft_of(log, "reopened", row.at_us, cells, ()))
        ended = None
    if rule.touch and meaning != "transferred":
        who = _who(case, row)
        if who and story.in_hand_of and who != story.in_hand_of:
            drafts.append(draft_of(log, "transferred", row.at_us, cells, ()))
    if meaning != NOTHING and not _tidies_up(meaning, ended):
        drafts.append(_main(log, row, meaning, attributes if to_open else story.attributes, attributes))
    refused = next((draft for draft in drafts if isinstance(draft, Refusal)), None)
    if refused is not None:
        return refused
    made = [draft for draft in drafts if isinstance(draft, Draft)]
    if not attributes:
        return made
    written = {**story.attributes}
    for draft in made:
        written.update(_attributes_in(draft))
    changed = {name: value for name, value in attributes.items() if written.get(name) != value}
    if changed:
        made.append(Draft(kinds()["updated"], row.at_us, _ticket(log, row), changed))
    return made


def _attributes_of(log: EventLog, cells: dict[str, str]) -> dict[str, Any] | Refusal:
    if not log.attributes:
        return {}
    return fields_of(kinds()["opened"], cells, agent=None, values=log.attributes.items())


def _main(
    log: EventLog, row: CaseRow, meaning: str, known: dict[str, Any], attributes: dict[str, Any]
) -> Draft | Refusal:
    """Draft the event that the row itself is; a status carries the attributes that it changes."""
    draft = draft_of(log, meaning, row.at_us, row.row.cells, log.rules[row.rule].with_.items())
    kind = kinds()[meaning]
    changed = {
        name: value
        for name, value in attributes.items()
        if name in kind.fields and (meaning == "opened" or not kind.about_ticket or known.get(name) != value)
    }
    return draft if isinstance(draft, Refusal) else _with_fields(draft, {**changed, **draft.fields})


def _tidies_up(meaning: str, ended: str | None) -> bool:
    """Say whether a status only tidies up a retracted ticket: helpdesks solve and close what they merge."""
    return ended in RETRACTED and meaning in LIFECYCLE - RETRACTED - {"reopened"}


def _remember(log: EventLog, case: Case, story: _Story, row: CaseRow, drafts: list[Draft]) -> None:
    story.fitted.add(row.rule)
    if log.rules[row.rule].touch:
        story.in_hand_of = _who(case, row) or story.in_hand_of
    for draft in drafts:
        if draft.kind.emit in ENDED:
            story.ended = draft.kind.emit
        elif draft.kind.emit == "reopened":
            story.ended = None
        story.attributes.update(_attributes_in(draft))


def _attributes_in(draft: Draft) -> dict[str, Any]:
    """Return the ticket's attributes that an event writes; surveys and customers have such fields of their own."""
    if not draft.kind.about_ticket:
        return {}
    written = {name: draft.fields[name] for name in ATTRIBUTES if name in draft.fields}
    if "to_queue" in draft.fields:
        written["queue"] = draft.fields["to_queue"]
    return written


def _with_id(log: EventLog, row: CaseRow, story: _Story, draft: Draft) -> JsonEvent:
    n = story.in_instant if row.at_us == story.instant else 0
    story.instant, story.in_instant = row.at_us, n + 1
    given = log.event_id.render(row.row.cells).strip() if log.event_id else ""
    if not given:
        return draft.event(numbered_id(draft, n))
    rule = log.rules[row.rule]
    derived = draft.kind.emit not in (rule.emit, rule.meaning(repeated=True))
    # "!" sorts before letters and digits, so of one instant what comes before the row is in force before it.
    return draft.event(f"!{draft.kind.emit}/{given}" if derived else given)


def _with_fields(draft: Draft | Refusal, more: dict[str, Any]) -> Draft | Refusal:
    if isinstance(draft, Refusal):
        return draft
    return Draft(draft.kind, draft.at_us, draft.ticket, {**draft.fields, **more})


def _who(case: Case, row: CaseRow) -> str:
    return case.transfer_on.render(row.row.cells).strip() if case.transfer_on else ""


def _ticket(log: EventLog, row: CaseRow) -> str:
    return log.ticket.render(row.row.cells).strip() if log.ticket else ""
