"""Times as text and as microseconds since the Unix epoch."""

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_END_US = (datetime(2200, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND

# RFC 3339: a zone is required, and a colon stands in a numeric one.
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,12})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)


def microseconds(text: str) -> int:
    """An RFC 3339 time as microseconds since the Unix epoch; digits under a microsecond are cut off.

    Raises ValueError when it is not one, or lies before 1970 or after 2199 in UTC.
    """
    time_us = -1
    if _RFC_3339.fullmatch(text):
        time_us = (datetime.fromisoformat(text.upper()) - EPOCH) // MICROSECOND
    if not 0 <= time_us < _END_US:
        raise ValueError(f"got {text!r}; accepts an RFC 3339 time with a zone, such as 2026-01-31T08:00:00Z")
    return time_us


def rfc3339(time_us: int) -> str:
    """The text of a time, as a snapshot writes it."""
    return (EPOCH + timedelta(microseconds=time_us)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
