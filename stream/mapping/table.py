"""A row of a ticket table to the events of that ticket."""

from __future__ import annotations

from collections.abc import Mapping

from stream.mapping.declared import TicketTable
from stream.mapping.draft import Draft, JsonEvent, draft_of, moment_of, numbered_id
from stream.mapping.kinds import LIFECYCLE, RETRACTED, kinds
from stream.mapping.moment import Moment
from stream.mapping.refusal import Cause, Refusal


def table_events(table: TicketTable, cells: Mapping[str, str]) -> tuple[list[JsonEvent], list[Moment]] | Refusal:
    """Make the events of a row in order of time, with the instants that were read for them."""
    drafts: list[Draft] = []
    moments: list[Moment] = []
    for part in table.events:
        if not (part.when.holds(cells) and part.when.selects(cells)):
            continue
        moment = moment_of(table, part.at, cells)
        if isinstance(moment, Refusal):
            return Refusal(moment.cause, f"{part.emit}: {moment.detail}")
        if moment is None:
            if part.emit == "opened":
                return Refusal(Cause.TIME, f"opened: {part.at.from_.text} is empty; accepts a time")
            continue
        attributes = table.attributes if _carries_attributes(part.emit) else {}
        values = (*attributes.items(), *part.with_.items())
        draft = draft_of(table, part.emit, moment.at_us, cells, values)
        if isinstance(draft, Refusal):
            return draft
        drafts.append(draft)
        moments.append(moment)
    drafts.sort(key=lambda draft: draft.at_us)
    return _with_ids(table, _settled(drafts), cells), moments


def _carries_attributes(emit: str) -> bool:
    """Say whether an event states the ticket's attributes; in the other statuses they would only be repeated."""
    return emit in ("opened", "updated") or not kinds()[emit].about_ticket


def _settled(drafts: list[Draft]) -> list[Draft]:
    """Leave out what only tidies up a retracted ticket: helpdesks solve and close what they merge."""
    kept: list[Draft] = []
    retracted = False
    for draft in drafts:
        if draft.kind.emit in RETRACTED:
            retracted = True
        elif draft.kind.emit == "reopened":
            retracted = False
        elif retracted and draft.kind.emit in LIFECYCLE:
            continue
        kept.append(draft)
    return kept


def _with_ids(table: TicketTable, drafts: list[Draft], cells: Mapping[str, str]) -> list[JsonEvent]:
    given = table.event_id.render(cells).strip() if table.event_id else ""
    events: list[JsonEvent] = []
    seen: dict[tuple[str, int], int] = {}
    for draft in drafts:
        instant = (draft.key, draft.at_us)
        n = seen.get(instant, 0)
        seen[instant] = n + 1
        events.append(draft.event(given or numbered_id(draft, n)))
    return events
