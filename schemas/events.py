"""Every event a desk sends, as pydantic-validated TypedDicts: the one definition that validation and schemas share.

TypedDicts and not model classes, because validating into plain dicts is measurably faster and the engine only
reads. Validation is strict: a number in quotes is not a number. Unknown fields are ignored, so that a desk may
send more than Deskpulse knows.
"""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from schemas.fields import Comment, Id, Instant, LabelValue

Channel = Literal["phone", "chat", "email", "form", "social", "forum", "in_app", "other"]
Priority = Literal["low", "normal", "high", "urgent"]
Author = Literal["agent", "bot", "system", "customer"]
Status = Literal[
    "pending",
    "resolved",
    "reopened",
    "closed",
    "transferred",
    "escalated",
    "merged",
    "spam",
    "deleted",
    "abandoned",
    "updated",
]
Instrument = Literal["nps", "csat", "ces", "enps"]
Signal = Literal["form_abandoned", "call_missed", "app_uninstalled", "web_return"]

_STRICT = ConfigDict(strict=True, extra="ignore")

# Not Literal[1], which True equals.
Version = Annotated[
    int, Field(ge=1, le=1, json_schema_extra={"const": 1}, description="Version of this event's schema.")
]
EventId = Annotated[Id, Field(description="Unique per event; a second record with it changes nothing.")]
OccurredAt = Annotated[Instant, Field(description="When it happened (event time): RFC 3339 with a zone.")]
TicketId = Annotated[Id, Field(description="The ticket, and the key of the Kafka record.")]


class _Attributes(TypedDict):
    """Attributes of a ticket; the last writer by (occurred_at, event_id) wins, attribute by attribute."""

    channel: NotRequired[Channel]
    priority: NotRequired[Priority]
    queue: NotRequired[Annotated[LabelValue, Field(description="The group or skill that works on it.")]]
    brand: NotRequired[LabelValue]
    segment: NotRequired[LabelValue]
    language: NotRequired[LabelValue]
    customer_id: NotRequired[Id]


@with_config(_STRICT)
class TicketOpened(_Attributes):
    """A customer, or an agent on a customer's behalf, opened a ticket."""

    type: Literal["ticket.opened"]
    version: Version
    event_id: EventId
    occurred_at: OccurredAt
    ticket_id: TicketId
    opened_by: NotRequired[Annotated[Literal["customer", "agent"], Field(description="customer if absent")]]


@with_config(_STRICT)
class TicketResponded(TypedDict):
    """Somebody wrote or spoke on a ticket: an agent, a bot, the system, or the customer."""

    type: Literal["ticket.responded"]
    version: Version
    event_id: EventId
    occurred_at: OccurredAt
    ticket_id: TicketId
    author: Author
    public: NotRequired[Annotated[bool, Field(description="False for an internal note; true if absent.")]]
    agent_id: NotRequired[Id]


@with_config(_STRICT)
class TicketStatus(_Attributes):
    """A ticket changed its status, or an attribute of it changed (status `updated`)."""

    type: Literal["ticket.status"]
    version: Version
    event_id: EventId
    occurred_at: OccurredAt
    ticket_id: TicketId
    status: Status
    to_queue: NotRequired[Annotated[LabelValue, Field(description="The queue a transfer goes to.")]]
    agent_id: NotRequired[Id]
    merged_into: NotRequired[Id]


class _Survey(TypedDict):
    version: Version
    event_id: EventId
    occurred_at: OccurredAt
    survey_id: Annotated[Id, Field(description="The survey; the key of the record if it has no ticket.")]
    ticket_id: NotRequired[TicketId]
    instrument: NotRequired[Annotated[Instrument, Field(description="nps if absent")]]
    touchpoint: NotRequired[LabelValue]
    customer_id: NotRequired[Id]
    channel: NotRequired[Channel]
    segment: NotRequired[LabelValue]


@with_config(_STRICT)
class SurveySent(_Survey):
    """A survey went out to a customer."""

    type: Literal["survey.sent"]


@with_config(_STRICT)
class SurveyAnswered(_Survey):
    """A customer answered a survey; the last answer per survey id wins."""

    type: Literal["survey.answered"]
    score: NotRequired[Annotated[int, Field(ge=0, le=1000, description="0 to 10 for nps and enps.")]]
    scale_max: NotRequired[Annotated[int, Field(ge=1, le=1000, description="The top of the scale.")]]
    comment: NotRequired[Comment]


class _Customer(TypedDict):
    version: Version
    event_id: EventId
    occurred_at: OccurredAt
    customer_id: Annotated[Id, Field(description="The customer, and the key of the Kafka record.")]
    ticket_id: NotRequired[TicketId]


@with_config(_STRICT)
class CustomerAcquired(_Customer):
    """Somebody became a customer."""

    type: Literal["customer.acquired"]


@with_config(_STRICT)
class CustomerLost(_Customer):
    """A customer left."""

    type: Literal["customer.lost"]


@with_config(_STRICT)
class CustomerPurchased(_Customer):
    """A customer bought something."""

    type: Literal["customer.purchased"]
    amount: NotRequired[Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]]


@with_config(_STRICT)
class CustomerSignal(_Customer):
    """A customer showed effort or absence: an abandoned form, a missed call, an uninstall, a web visit."""

    type: Literal["customer.signal"]
    signal: Signal


Event = Annotated[
    TicketOpened
    | TicketResponded
    | TicketStatus
    | SurveySent
    | SurveyAnswered
    | CustomerAcquired
    | CustomerLost
    | CustomerPurchased
    | CustomerSignal,
    Field(discriminator="type"),
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[Event])

# The logical topic each event type is usually sent to. Any type is understood in any of them.
TOPIC_OF_TYPE: dict[str, str] = {
    "ticket.opened": "ticket_opened",
    "ticket.responded": "ticket_response",
    "ticket.status": "ticket_status",
    "survey.sent": "survey",
    "survey.answered": "survey",
    "customer.acquired": "customer",
    "customer.lost": "customer",
    "customer.purchased": "customer",
    "customer.signal": "customer",
}
TYPES = tuple(TOPIC_OF_TYPE)
