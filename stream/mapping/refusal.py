"""A row that cannot become an event, as a value: why, and what it should have been."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why a row was refused."""

    COLUMNS = "columns"
    ENCODING = "encoding"
    NOT_JSON = "not_json"
    TOO_LARGE = "too_large"
    NO_TICKET = "no_ticket"
    NO_RULE = "no_rule"
    NO_OPENING = "no_opening"
    TIME = "time"
    VALUE = "value"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused row: the cause, and one line that says what was found and what is accepted."""

    cause: Cause
    detail: str
