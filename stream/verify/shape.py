"""What each type of event must hold and may hold.

This is a second reading of the event format, written apart from `schemas` on purpose: an oracle that decodes
with the code under test would share its mistakes.
"""

from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]

TEXT_LENGTH = 128
COMMENT_LENGTH = 4_000


def text(value: Any) -> bool:
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


_CHANNEL = _one_of("phone", "chat", "email", "form", "social", "forum", "in_app", "other")
_ATTRIBUTES: dict[str, Check] = {
    "channel": _CHANNEL,
    "priority": _one_of("low", "normal", "high", "urgent"),
    "queue": text,
    "brand": text,
    "segment": text,
    "language": text,
    "customer_id": text,
}
_STATUS = _one_of(
    *("pending", "resolved", "reopened", "closed", "abandoned", "merged", "spam", "deleted"),
    *("transferred", "escalated", "updated"),
)
_SURVEY: dict[str, Check] = {
    "ticket_id": text,
    "instrument": _one_of("nps", "csat", "ces", "enps"),
    "touchpoint": text,
    "customer_id": text,
    "channel": _CHANNEL,
    "segment": text,
}
_TICKET: dict[str, Check] = {"ticket_id": text}
_CUSTOMER: dict[str, Check] = {"customer_id": text}
_SIGNAL = _one_of("form_abandoned", "call_missed", "app_uninstalled", "web_return")

# type -> (fields that must be there, fields that may be)
SHAPES: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "ticket.opened": (_TICKET, _ATTRIBUTES | {"opened_by": _one_of("customer", "agent")}),
    "ticket.responded": (
        _TICKET | {"author": _one_of("agent", "bot", "system", "customer")},
        {"public": _flag, "agent_id": text},
    ),
    "ticket.status": (
        _TICKET | {"status": _STATUS},
        _ATTRIBUTES | {"to_queue": text, "agent_id": text, "merged_into": text},
    ),
    "survey.sent": ({"survey_id": text}, _SURVEY),
    "survey.answered": (
        {"survey_id": text},
        _SURVEY | {"score": _score, "scale_max": _scale, "comment": _comment},
    ),
    "customer.acquired": (_CUSTOMER, _TICKET),
    "customer.lost": (_CUSTOMER, _TICKET),
    "customer.purchased": (_CUSTOMER, _TICKET | {"amount": _amount}),
    "customer.signal": (_CUSTOMER | {"signal": _SIGNAL}, _TICKET),
}

# What an absent field means.
DEFAULTS: dict[str, dict[str, Any]] = {
    "ticket.opened": {"opened_by": "customer"},
    "ticket.responded": {"public": True},
    "survey.sent": {"instrument": "nps"},
    "survey.answered": {"instrument": "nps"},
}
