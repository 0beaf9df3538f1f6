"""What somebody is told: a ticket is at risk or breached, or a customer wrote something bad."""

from __future__ import annotations

from typing import Any, NamedTuple

from stream.core.alarms import AT_RISK, BAD_COMMENT, Alarm
from stream.core.due import NEVER_US
from stream.core.instant import instant
from stream.core.seal import TICKET
from stream.core.ticket import Ticket
from stream.core.tickets import Tickets
from stream.core.watermark import Watermark
from stream.core.windows import SECOND_US

# Alarms looked at for each alert wanted: those that cannot be certain yet stand in front of the queue.
_LOOKED_AT = 20


class Alert(NamedTuple):
    """An alert to be sent. Its id follows from what it is about, so one that is sent twice is known by it.

    at_us: when it became so, in microseconds. details: values ready for JSON.
    """

    key: bytes
    id: str
    kind: str
    at_us: int
    ticket_id: str | None
    details: dict[str, Any]
    alarm: Alarm


def due_alerts(
    tickets: Tickets, watermark: Watermark, now_us: int, oldest_us: int, limit: int
) -> tuple[list[Alert], list[Alarm]]:
    """Return the alerts that are due and certain, and the alarms that are let go: they are older than oldest_us."""
    found: list[Alert] = []
    sent: list[Alarm] = []
    let_go: list[Alarm] = []
    certain_us = watermark.passed_us
    for looked, alarm in enumerate(tickets.alarms.until(now_us)):
        if len(found) >= limit or looked >= limit * _LOOKED_AT:
            break
        if alarm.due_us > certain_us and alarm.due_us >= oldest_us and alarm.kind != BAD_COMMENT:
            continue  # as most of them while history is read
        state = tickets.states[alarm.key]
        if alarm.mark in state.alerts:
            sent.append(alarm)
        elif alarm.due_us < oldest_us:
            let_go.append(alarm)
        elif alarm.due_us <= certain_us or _can_be_told(alarm, state):
            found.append(_alert(alarm, state, tickets))
    for alarm in (*sent, *let_go):
        tickets.alarms.drop(alarm)
    return found, let_go


def _can_be_told(alarm: Alarm, state: Ticket) -> bool:
    """Say whether nothing that is still to be read matters: it is a bad comment, and what it is about is known.

    A survey can be read before the opening of its ticket, which says whom to tell.
    """
    return alarm.kind == BAD_COMMENT and (state.opening is not None or not alarm.key.startswith(TICKET))


def _alert(alarm: Alarm, state: Ticket, tickets: Tickets) -> Alert:
    ticket_id = alarm.key[len(TICKET) :].decode() if alarm.key.startswith(TICKET) else None
    details: dict[str, Any] = dict(state.attributes)
    if alarm.kind == BAD_COMMENT:
        survey_id, instrument, event_id = alarm.subject
        survey = next(survey for survey in state.surveys if survey.survey_id == survey_id)
        answer = survey.answer(instrument)
        assert answer is not None  # the alarm is of it
        said = {"score": answer.score, "scale_max": answer.scale_max, "touchpoint": answer.touchpoint}
        said |= {"channel": answer.channel, "segment": answer.segment, "customer_id": answer.customer_id}
        details = {name: value for name, value in said.items() if value is not None} | details
        details |= {"survey_id": survey_id, "instrument": instrument}
        alert_id = "/".join((alarm.kind, survey_id, instrument, event_id))
        return Alert(alarm.key, alert_id, alarm.kind, alarm.due_us, ticket_id, details, alarm)
    due = tickets.share(alarm.key).open
    assert due is not None
    assert due.due is not None  # else there were no alarm
    assert state.opening is not None
    details |= {
        "opened_at": instant(state.opening.at_us),
        "deadline": None if due.due.deadline_us == NEVER_US else instant(due.due.deadline_us),
        "target_seconds": due.due.target_us / SECOND_US,
    }
    at_us = alarm.due_us if alarm.kind == AT_RISK else due.due.deadline_us
    return Alert(alarm.key, f"{alarm.kind}/{ticket_id}/{instant(at_us)}", alarm.kind, at_us, ticket_id, details, alarm)
