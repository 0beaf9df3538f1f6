"""What each type of event must hold and may hold.

This is a second reading of the event format, written apart from `schemas` on purpose: an oracle that decodes
with the code under test would share its mistakes.
"""

from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]

TEXT_LENGTH = 128
COMMENT_LENGTH = 4_000


def _text(value: Any) -> bool:
    """Ids and label values."""
    return isinstance(value, str) and 1 <= len(value) <= TEXT_LENGTH


def _comment(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= COMMENT_LENGTH


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _score(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000


def _scale(value: Any) -> bool:
    return _score(value) and value > 0


def _amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1e12


def _one_of(*values: str) -> Check:
    return lambda value: isinstance(value, str) and value in values


# Any other channel is `other`, and any other priority is none, unless the policy maps it.
CHANNELS = ("phone", "chat", "email", "form", "social", "forum", "in_app", "other")
PRIORITIES = ("low", "normal", "high", "urgent")

_ATTRIBUTES: dict[str, Check] = {
    "channel": _text,
    "priority": _text,
    "queue": _text,
    "brand": _text,
    "segment": _text,
    "language": _text,
    "customer_id": _text,
}
_STATUS = _one_of(
    *("pending", "resolved", "reopened", "closed", "abandoned", "merged", "spam", "deleted"),
    *("transferred", "escalated", "updated"),
)
_SURVEY: dict[str, Check] = {
    "ticket_id": _text,
    "instrument": _one_of("nps", "csat", "ces", "enps"),
    "touchpoint": _text,
    "customer_id": _text,
    "channel": _text,
    "segment": _text,
}
_OF_TICKET: dict[str, Check] = {"event_id": _text, "ticket_id": _text}
_OF_SURVEY: dict[str, Check] = {"event_id": _text, "survey_id": _text}
_OF_CUSTOMER: dict[str, Check] = {"event_id": _text, "customer_id": _text}
_CUSTOMER: dict[str, Check] = {"ticket_id": _text}
_SIGNAL = _one_of("form_started", "form_abandoned", "call_missed", "app_uninstalled", "web_return")

# type -> (fields that must be there, fields that may be); type, version and occurred_at apart
SHAPES: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "ticket.opened": (_OF_TICKET, _ATTRIBUTES | {"opened_by": _text}),
    "ticket.responded": (
        _OF_TICKET | {"author": _one_of("agent", "bot", "system", "customer")},
        {"public": _flag, "agent_id": _text},
    ),
    "ticket.status": (
        _OF_TICKET | {"status": _STATUS},
        _ATTRIBUTES | {"to_queue": _text, "agent_id": _text, "merged_into": _text},
    ),
    "survey.sent": (_OF_SURVEY, _SURVEY),
    "survey.answered": (_OF_SURVEY, _SURVEY | {"score": _score, "scale_max": _scale, "comment": _comment}),
    "customer.acquired": (_OF_CUSTOMER, _CUSTOMER),
    "customer.lost": (_OF_CUSTOMER, _CUSTOMER),
    "customer.purchased": (_OF_CUSTOMER, _CUSTOMER | {"amount": _amount, "purchase_id": _text}),
    "customer.refunded": (_OF_CUSTOMER, _CUSTOMER | {"amount": _amount}),
    "customer.signal": (_OF_CUSTOMER | {"signal": _SIGNAL}, _CUSTOMER),
}

# What `null` takes away in a change that is there to change attributes: an absent field, elsewhere.
ATTRIBUTES = tuple(_ATTRIBUTES)
# Fields of text, in which a desk may write an integer.
TEXTS = frozenset(
    (*_ATTRIBUTES, *_OF_TICKET, *_OF_SURVEY, *_OF_CUSTOMER, "to_queue", "agent_id", "merged_into", "touchpoint")
)
# Fields with a fixed set of words, whose letter case does not matter.
WORDS = frozenset(("type", "author", "status", "instrument", "signal"))

# What an absent field means.
DEFAULTS: dict[str, dict[str, Any]] = {
    "ticket.opened": {"opened_by": "customer"},
    "ticket.responded": {"public": True},
    "survey.sent": {"instrument": "nps"},
    "survey.answered": {"instrument": "nps"},
}
