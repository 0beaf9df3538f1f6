"""The field types that several events share: ids, label values and instants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

MAX_ID_CHARACTERS = 128
MAX_COMMENT_CHARACTERS = 4_000
MAX_FRACTION_DIGITS = 12
TAKEN_AWAY = ""
"""An attribute that an event takes away. No event says an empty text otherwise: it is as if absent."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Business hours are laid out up to here. A "never" such as 9999-12-31, taken for a time, would be the now of a replay.
END_OF_TIME = datetime(2200, 1, 1, tzinfo=UTC)

# RFC 3339: a full date, a full time, and a zone that must be there. pydantic alone would also take Unix
# timestamps, dates without a time and strings of digits.
_RFC_3339 = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}"
    rf"(\.[0-9]{{1,{MAX_FRACTION_DIGITS}}})?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})$"
)


class Rfc3339:
    """Annotation for an instant: an RFC 3339 string with a zone, decoded to an aware datetime.

    The whole chain runs in pydantic-core, without a Python callback per event. Fractions finer than a
    microsecond are cut off; times before 1970 and after 2199 are refused.
    """

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.chain_schema(
            [
                core_schema.str_schema(strict=True, pattern=_RFC_3339),
                core_schema.datetime_schema(
                    strict=False, tz_constraint="aware", ge=EPOCH, lt=END_OF_TIME, microseconds_precision="truncate"
                ),
            ]
        )

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


def instant_us(at: datetime) -> int:
    """Return an aware datetime in microseconds since the Unix epoch."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds  # half the cost of a division


Instant = Annotated[datetime, Rfc3339()]
Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARACTERS)]
LabelValue = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARACTERS)]
Comment = Annotated[str, Field(max_length=MAX_COMMENT_CHARACTERS)]
