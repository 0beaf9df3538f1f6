"""Every event a desk sends, declared once with pydantic's field types.

`event` makes of each declaration the class that decoded events have, and the shape that pydantic validates and from
which the published schemas are made. Validation is strict: a number in quotes is not a number; what is read leniently
all the same is put as declared before (`schemas.leniency`). Unknown fields are ignored, so that a desk may send more
than Deskpulse knows. What may be absent is None then, and an attribute that is taken away is `TAKEN_AWAY`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter

from schemas.declaration import event, shape_of
from schemas.fields import Comment, Id, LabelValue, Rfc3339

Channel = Literal["phone", "chat", "email", "form", "social", "forum", "in_app", "other"]
Priority = Literal["low", "normal", "high", "urgent"]
OpenedBy = Literal["customer", "agent"]
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
Signal = Literal["form_started", "form_abandoned", "call_missed", "app_uninstalled", "web_return"]


def _known(field: str, values: Any, otherwise: str) -> Any:
    """Return the info of a field of which these values are known, and every other one is taken for something too."""
    names = list(get_args(values))
    said = f"{', '.join(names)}; letter case does not matter. {otherwise}"
    return Field(description=f"{field}{said}", json_schema_extra={"examples": names})


# What a desk calls these is kept as it is sent: what it means, the policy says (`values`).
_MAPPED = "unless `values` of the policy file maps it"
ChannelSaid = Annotated[LabelValue, _known("", Channel, f"Any other counts as `other`, {_MAPPED}.")]
PrioritySaid = Annotated[LabelValue, _known("", Priority, f"Any other counts as none, {_MAPPED}.")]
OpenedBySaid = Annotated[LabelValue, _known("customer if absent. ", OpenedBy, "Any other counts as customer.")]

# Not Literal[1], which True equals.
Version = Annotated[
    int, Field(ge=1, le=1, json_schema_extra={"const": 1}, description="Version of this event's schema.")
]
EventId = Annotated[Id, Field(description="Unique per event; a second record with it changes nothing.")]
# Sent as text, kept as microseconds since the Unix epoch.
OccurredAt = Annotated[
    int, Rfc3339(), Field(alias="occurred_at", description="When it happened (event time): RFC 3339 with a zone.")
]
TicketId = Annotated[Id, Field(description="The ticket, and the key of the Kafka record.")]


class _Attributes:
    """Attributes of a ticket; the last writer by (occurred_at, event_id) wins, attribute by attribute.

    With status `updated` null takes one away.
    """

    channel: ChannelSaid | None = None
    priority: PrioritySaid | None = None
    queue: Annotated[LabelValue, Field(description="The group or skill that works on it.")] | None = None
    brand: LabelValue | None = None
    segment: LabelValue | None = None
    language: LabelValue | None = None
    customer_id: Id | None = None


@event
class TicketOpened(_Attributes):
    """A customer, or an agent on a customer's behalf, opened a ticket."""

    type: Literal["ticket.opened"]
    version: Version
    event_id: EventId
    at_us: OccurredAt
    ticket_id: TicketId
    opened_by: OpenedBySaid | None = None


@event
class TicketResponded:
    """Somebody wrote or spoke on a ticket: an agent, a bot, the system, or the customer."""

    type: Literal["ticket.responded"]
    version: Version
    event_id: EventId
    at_us: OccurredAt
    ticket_id: TicketId
    author: Author
    public: Annotated[bool, Field(description="False for an internal note; true if absent.")] | None = None
    agent_id: Id | None = None


@event
class TicketStatus(_Attributes):
    """A ticket changed its status, or an attribute of it changed (status `updated`)."""

    type: Literal["ticket.status"]
    version: Version
    event_id: EventId
    at_us: OccurredAt
    ticket_id: TicketId
    status: Status
    to_queue: Annotated[LabelValue, Field(description="The queue a transfer goes to.")] | None = None
    agent_id: Id | None = None
    merged_into: Id | None = None


class _Survey:
    version: Version
    event_id: EventId
    at_us: OccurredAt
    survey_id: Annotated[Id, Field(description="The survey; the key of the record if it has no ticket.")]
    ticket_id: TicketId | None = None
    instrument: Annotated[Instrument, Field(description="nps if absent")] | None = None
    touchpoint: LabelValue | None = None
    customer_id: Id | None = None
    channel: ChannelSaid | None = None
    segment: LabelValue | None = None


@event
class SurveySent(_Survey):
    """A survey went out to a customer."""

    type: Literal["survey.sent"]


@event
class SurveyAnswered(_Survey):
    """A customer answered a survey; the last answer per survey id wins."""

    type: Literal["survey.answered"]
    score: Annotated[int, Field(ge=0, le=1000, description="0 to 10 for nps and enps.")] | None = None
    scale_max: Annotated[int, Field(ge=1, le=1000, description="The top of the scale.")] | None = None
    comment: Comment | None = None


class _Customer:
    version: Version
    event_id: EventId
    at_us: OccurredAt
    customer_id: Annotated[Id, Field(description="The customer, and the key of the Kafka record.")]
    ticket_id: TicketId | None = None


@event
class CustomerAcquired(_Customer):
    """Somebody became a customer."""

    type: Literal["customer.acquired"]


@event
class CustomerLost(_Customer):
    """A customer left."""

    type: Literal["customer.lost"]


@event
class CustomerPurchased(_Customer):
    """A customer bought something."""

    type: Literal["customer.purchased"]
    amount: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)] | None = None
    purchase_id: Annotated[Id, Field(description="Events that name the same purchase are one.")] | None = None


@event
class CustomerRefunded(_Customer):
    """Money for something that a customer bought was given back."""

    type: Literal["customer.refunded"]
    amount: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)] | None = None


@event
class CustomerSignal(_Customer):
    """A customer showed effort or absence: an abandoned form, a missed call, an uninstall, a web visit."""

    type: Literal["customer.signal"]
    signal: Signal


Event = (
    TicketOpened
    | TicketResponded
    | TicketStatus
    | SurveySent
    | SurveyAnswered
    | CustomerAcquired
    | CustomerLost
    | CustomerPurchased
    | CustomerRefunded
    | CustomerSignal
)
CLASSES: tuple[type[Event], ...] = get_args(Event)

_list: Any = list  # of a type that is made at run time
EVENT: TypeAdapter[dict[str, Any]] = TypeAdapter(shape_of(CLASSES))
EVENTS: TypeAdapter[list[dict[str, Any]]] = TypeAdapter(_list[shape_of(CLASSES)])

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
    "customer.refunded": "customer",
    "customer.signal": "customer",
}
TYPES = tuple(TOPIC_OF_TYPE)
