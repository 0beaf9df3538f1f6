"""Single values of a policy file: each reader takes the text of the file, and says what it accepts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, PlainValidator, TypeAdapter, ValidationError

from schemas.fields import MAX_ID_CHARACTERS, Instant, instant_us
from stream.core.schedule import DAY_MINUTES, DAY_NAMES
from stream.core.windows import parse_duration_us

_TIME = r"([0-9]{1,2}):([0-9]{2})"
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_SHOWN = 80
# What a database of zones may hold besides them: what this one machine has, and clocks that count leap seconds.
_NO_ZONES = re.compile("localtime$|posixrules$|posix/|right/")


def got(value: object) -> str:
    """Return how a message quotes what it got."""
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")


def wrong(value: object, accepts: str) -> ValueError:
    """Return the error of a value that is not accepted."""
    return ValueError(f"got {got(value)}; accepts {accepts}")


def near(name: str, accepts: Sequence[str]) -> str:
    """Return a question for the accepted name that is nearest, empty if none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for people who mistype

    found = get_close_matches(name, accepts, n=1)
    return f" (did you mean {found[0]}?)" if found else ""


def whole_number(least: int, most: int) -> PlainValidator:
    """Return the reader of a whole number from `least` to `most`."""

    def read(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"0|[1-9][0-9]{0,8}", value) and least <= int(value) <= most:
            return int(value)
        raise wrong(value, f"{least}" if least == most else f"a whole number from {least:,} to {most:,}")

    return PlainValidator(read)


def one_of(*words: str) -> PlainValidator:
    """Return the reader of a word that is one of these."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        hint = near(value, words) if isinstance(value, str) else ""
        raise ValueError(f"got {got(value)}{hint}; accepts {', '.join(words)}")

    return PlainValidator(read)


def _flag(value: object) -> bool:
    if value in ("true", "false"):
        return value == "true"
    raise wrong(value, "true or false")


def _name(value: object) -> str:
    # Half a surrogate pair can be written with YAML's escapes, and no event can have it.
    if isinstance(value, str) and 0 < len(value) <= MAX_ID_CHARACTERS and not re.search("[\ud800-\udfff]", value):
        return value
    raise wrong(value, f"a text of 1 to {MAX_ID_CHARACTERS} characters")


def duration(least_us: int, most_us: int, accepts: str) -> PlainValidator:
    """Return the reader of a duration such as `90s`, `4m`, `24h` or `2d`, in microseconds."""

    def read(value: object) -> int:
        try:
            length = 0 if value == "0s" else parse_duration_us(str(value))
        except ValueError:
            length = -1
        if not least_us <= length <= most_us:
            raise wrong(value, accepts)
        return length

    return PlainValidator(read)


def _zone(value: object) -> str:
    try:
        if _NO_ZONES.match(str(value)):
            raise LookupError(value)
        ZoneInfo(str(value))
    except (LookupError, ValueError, OSError) as error:
        hint = near(str(value), sorted(name for name in available_timezones() if not _NO_ZONES.match(name)))
        raise ValueError(f"got {got(value)}{hint}; accepts an IANA zone such as Europe/Berlin") from error
    return str(value)


def _date(value: object) -> date:
    # `date.fromisoformat` alone would take 20261225 and 2026-W52-5 too.
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # no such day; said below like any other text that is no date
    raise wrong(value, "a date such as 2026-12-25")


def _instant(value: object) -> int:
    try:
        return instant_us(_INSTANT.validate_python(value))
    except ValidationError as error:
        accepts = "RFC 3339 with a zone, such as 2026-07-01T00:00:00+02:00, from 1970 to 2199"
        raise wrong(value, accepts) from error


def _days(value: object) -> str:
    if isinstance(value, str) and days_of(value):
        return value
    raise ValueError(
        f"is no day{near(str(value), DAY_NAMES)}; accepts {', '.join(DAY_NAMES)}, or a range such as mon-fri or sun-thu"
    )


def days_of(text: str) -> Sequence[int]:
    """Return the days that a text such as `sat`, `mon-fri` or `sun-thu` names, Monday is 0; empty if it names none."""
    first, _, last = text.partition("-")
    if first not in DAY_NAMES or (last or first) not in DAY_NAMES:
        return ()
    begin, end = DAY_NAMES.index(first), DAY_NAMES.index(last or first)
    return [day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1)]


def _span(value: object) -> tuple[int, int]:
    found = re.fullmatch(f"{_TIME} ?- ?{_TIME}", value) if isinstance(value, str) else None
    if found is None:
        raise wrong(value, "hours such as 09:00-17:00")
    start, end = (_minute(value, found[i], found[i + 1]) for i in (1, 3))
    if start >= end:
        advice = "; hours over midnight are two, such as 22:00-24:00 and 00:00-06:00 of the next day"
        raise ValueError(f"got {got(value)}; accepts an end after the start{advice}")
    return start, end


def _minute(value: object, hour: str, minute: str) -> int:
    total = int(hour) * 60 + int(minute)
    if int(minute) > 59 or total > DAY_MINUTES:
        raise wrong(value, "times of day from 00:00 to 24:00")
    return total


def _ascending(spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            shown = f"{start // 60:02d}:{start % 60:02d} behind {end // 60:02d}:{end % 60:02d}"
            raise ValueError(f"got {shown}; accepts hours in order that do not overlap")
    return spans


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _some(values: tuple[object, ...]) -> tuple[object, ...]:
    if not values:
        raise ValueError("got an empty list; accepts at least one, or no such key")
    return values


Flag = Annotated[bool, PlainValidator(_flag)]
Name = Annotated[str, PlainValidator(_name)]
Zone = Annotated[str, PlainValidator(_zone)]
Date = Annotated[date, PlainValidator(_date)]
InstantUs = Annotated[int, PlainValidator(_instant)]
Days = Annotated[str, PlainValidator(_days)]
Span = Annotated[tuple[int, int], PlainValidator(_span)]

LISTED = BeforeValidator(_listed)
"""A single value is short for a list of it."""
SOME = AfterValidator(_some)
"""A list has something in it."""
DayHours = Annotated[tuple[Span, ...], LISTED, AfterValidator(_ascending)]
