"""What somebody is told: a ticket is at risk or breached, or a customer wrote something bad."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from stream.core.due import NEVER_US
from stream.core.instant import instant
from stream.core.policy import Policy
from stream.core.standing import Wait
from stream.core.windows import SECOND_US
from stream.model.state import State
from stream.partition.alarms import BAD_COMMENT, BREACHED, REPLY_BREACHED, Alarm
from stream.partition.keys import TICKET, ticket_id
from stream.partition.watermark import Watermark

LOOKED_AT = 20
"""Alarms looked at for each alert wanted: those that cannot be certain yet stand in front of the queue."""


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


class Due(NamedTuple):
    """What became of the alarms that were looked at.

    alerts: due and certain, to be sent. sent: they were, earlier. let_go: they are too old to tell anybody.
    """

    alerts: list[Alert]
    sent: list[Alarm]
    let_go: list[Alarm]


def due_alerts(  # noqa: PLR0917  # what an alert depends on
    alarms: Iterable[Alarm],
    states: Mapping[bytes, State],
    policy: Policy,
    waits: Callable[[int], Wait],
    watermark: Watermark,
    oldest_us: int,
    limit: int,
) -> Due:
    """Look at alarms that are due, the oldest first, until there are `limit` alerts.

    waits: says what the customer of the ticket at a place waits for. oldest_us: what was due before is let go.
    """
    found = Due([], [], [])
    certain_us = watermark.passed_us
    for alarm in alarms:
        if len(found.alerts) >= limit:
            break
        if alarm.due_us > certain_us and alarm.due_us >= oldest_us and alarm.kind != BAD_COMMENT:
            continue  # as most of them while history is read
        state = states[alarm.key]
        if alarm.mark in state.alerts:
            found.sent.append(alarm)
        elif alarm.due_us < oldest_us:
            found.let_go.append(alarm)
        elif alarm.due_us <= certain_us or _can_be_told(alarm, state):
            if alarm.kind == BAD_COMMENT:
                found.alerts.append(_of_comment(alarm, state, policy))
            else:
                found.alerts.append(_of_promise(alarm, state, policy, waits(state.place)))
    return found


def _can_be_told(alarm: Alarm, state: State) -> bool:
    """Say whether nothing that is still to be read matters: it is a bad comment, and what it is about is known.

    A survey can be read before the opening of its ticket, which says whom to tell.
    """
    return alarm.kind == BAD_COMMENT and (state.is_opened or not alarm.key.startswith(TICKET))


def _of_comment(alarm: Alarm, state: State, policy: Policy) -> Alert:
    survey_id, instrument, event_id = alarm.subject
    survey = next(survey for survey in state.surveys() if survey.survey_id == survey_id)
    answer = survey.answer(instrument)
    assert answer is not None  # the alarm is of it
    said = {"score": answer.score, "scale_max": answer.scale_max, "touchpoint": answer.touchpoint}
    details: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    own = {"channel": answer.channel, "segment": answer.segment, "customer_id": answer.customer_id}
    attributes = {name: value for name, value in own.items() if value is not None} | state.ticket().attributes
    details |= policy.definitions.values.meanings(attributes) | {"survey_id": survey_id, "instrument": instrument}
    alert_id = "/".join((alarm.kind, survey_id, instrument, event_id))
    return Alert(alarm.key, alert_id, alarm.kind, alarm.due_us, ticket_id(alarm.key), details, alarm)


def _of_promise(alarm: Alarm, state: State, policy: Policy, wait: Wait) -> Alert:
    name, opened, promised = ticket_id(alarm.key), state.opened(), wait.due
    assert opened is not None  # else there were no alarm
    assert promised is not None  # as above
    opened_us, said = opened
    details: dict[str, Any] = {
        **policy.definitions.values.meanings(said),
        "opened_at": instant(opened_us),
        "wait_began_at": instant(wait.since_us),
        "deadline": None if promised.deadline_us == NEVER_US else instant(promised.deadline_us),
        "target_seconds": promised.target_us / SECOND_US,
    }
    at_us = promised.deadline_us if alarm.kind in {BREACHED, REPLY_BREACHED} else alarm.due_us
    return Alert(alarm.key, f"{alarm.kind}/{name}/{instant(at_us)}", alarm.kind, at_us, name, details, alarm)
