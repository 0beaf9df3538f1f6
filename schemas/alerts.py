"""What Deskpulse sends to the alerts topic: the one definition that the worker writes and its schemas are made of.

An alert is sent at least once. A second record with the same `alert_id` says nothing new: anyone who acts on alerts
remembers the ids, for as long as `alert_max_age_seconds`, and acts once.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, get_args

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from schemas.events import Channel, Instrument, Priority
from schemas.fields import Id, Instant, LabelValue

AlertKind = Literal["sla.at_risk", "sla.breached", "reply.at_risk", "reply.breached", "survey.bad_comment"]
ALERT_KINDS: tuple[AlertKind, ...] = get_args(AlertKind)

# Consumers are to live with fields that are added later.
_TOLERANT = ConfigDict(strict=True, extra="ignore")

# Not Literal[1], which True equals.
Version = Annotated[
    int, Field(ge=1, le=1, json_schema_extra={"const": 1}, description="Version of this alert's schema.")
]


class _Alert(TypedDict):
    """Fields of all alerts. The attributes are those that the ticket, else the answer, had when it was noticed."""

    version: Version
    alert_id: Annotated[str, Field(min_length=1, description="The same in every copy of one alert.")]
    occurred_at: Annotated[Instant, Field(description="When it became so: event time, RFC 3339 with a zone.")]
    noticed_at: Annotated[Instant, Field(description="When the worker wrote this copy, by its clock.")]
    channel: NotRequired[Channel]
    priority: NotRequired[Priority]
    queue: NotRequired[LabelValue]
    brand: NotRequired[LabelValue]
    segment: NotRequired[LabelValue]
    language: NotRequired[LabelValue]
    customer_id: NotRequired[Id]


class _Promise(_Alert):
    ticket_id: Annotated[Id, Field(description="The ticket, and the key of the record.")]
    target_seconds: Annotated[float, Field(ge=0, description="What was promised for the answer.")]
    opened_at: Annotated[Instant, Field(description="When the ticket was opened.")]
    wait_began_at: NotRequired[Annotated[Instant, Field(description="Since when the customer waits.")]]
    deadline: NotRequired[Annotated[Instant, Field(description="When the answer is due, if it ever is.")]]


@with_config(_TOLERANT)
class SlaAtRisk(_Promise):
    """A ticket waits for its first response, and little of its target is left."""

    type: Literal["sla.at_risk"]


@with_config(_TOLERANT)
class SlaBreached(_Promise):
    """A ticket waits for its first response, and its target is over."""

    type: Literal["sla.breached"]


@with_config(_TOLERANT)
class ReplyAtRisk(_Promise):
    """A customer who wrote after a first response waits for a reply, and little of its target is left."""

    type: Literal["reply.at_risk"]


@with_config(_TOLERANT)
class ReplyBreached(_Promise):
    """A customer who wrote after a first response waits for a reply, and its target is over."""

    type: Literal["reply.breached"]


@with_config(_TOLERANT)
class BadComment(_Alert):
    """A survey was answered with a low score and a comment. The comment itself is not kept, so it is not here."""

    type: Literal["survey.bad_comment"]
    survey_id: Annotated[Id, Field(description="The survey; the key of the record if it has no ticket.")]
    ticket_id: NotRequired[Annotated[Id, Field(description="The ticket it is about; then the key of the record.")]]
    instrument: Instrument
    score: int
    scale_max: NotRequired[Annotated[int, Field(description="The top of the scale, if the answer said it.")]]
    touchpoint: NotRequired[LabelValue]


Alert = Annotated[SlaAtRisk | SlaBreached | ReplyAtRisk | ReplyBreached | BadComment, Field(discriminator="type")]

ALERT: TypeAdapter[Alert] = TypeAdapter(Alert)
