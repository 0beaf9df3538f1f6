"""A record that cannot be an event, as a value: why, and where in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a record was rejected. A bounded set, because it is the value of a metric label."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    BAD_CLOUDEVENT = "bad_cloudevent"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_VERSION = "unknown_version"
    MISSING_FIELD = "missing_field"
    WRONG_VALUE = "wrong_value"
    IN_THE_FUTURE = "in_the_future"
    BAD_NOTICE = "bad_notice"
    NOT_MAPPED = "not_mapped"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected record: the reason, and one line that says where, what was found and what is accepted."""

    reason: Reason
    detail: str
