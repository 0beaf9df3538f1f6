"""When a desk is closed, as receivers.yaml says it: Alertmanager's time intervals, refused here rather than there.

An Alertmanager that does not start tells nobody anything, so what it would refuse does not reach it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import PlainValidator, model_validator

from grafana.told import matching
from stream.policy_file.scalars import LISTED, SOME, Zone, near, wrong
from stream.policy_file.shape import Part

# In Alertmanager's order, in which a range must not go backwards.
WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH_DAYS = 31


def _named(names: Sequence[str], example: str) -> PlainValidator:
    """Return the reader of a name, or of a range of names with a colon in between."""

    def read(value: object) -> str:
        first, colon, last = value.lower().partition(":") if isinstance(value, str) else ("", "", "")
        for name in (first, last) if colon else (first,):
            if name not in names:
                raise ValueError(f"got {value!r}{near(name, names)}; accepts names such as {example}")
        if colon and names.index(first) > names.index(last):
            raise wrong(value, f"a range that goes forward from {names[0]} to {names[-1]}; name the days one by one")
        return f"{first}{colon}{last}"

    return PlainValidator(read)


def _days_of_month(value: object) -> str:
    found = re.fullmatch(r"(-?\d{1,2})(?::(-?\d{1,2}))?", value) if isinstance(value, str) else None
    days = [int(day) for day in found.groups() if day is not None] if found else []
    if (
        not days
        or not all(1 <= abs(day) <= _MONTH_DAYS for day in days)
        or (days[0] < 0) != (days[-1] < 0)
        or days != sorted(days)
    ):
        raise wrong(value, "days such as 1, 1:5, or -3:-1 from the end")
    return str(value)


_Time = Annotated[str, matching(r"([01]\d|2[0-3]):[0-5]\d|24:00", "a time of day such as 08:00, up to 24:00")]
_Weekday = Annotated[str, _named(WEEKDAYS, "saturday or monday:friday")]
_Month = Annotated[str, _named(MONTHS, "december or july:august")]
_Year = Annotated[str, matching(r"\d{4}(:\d{4})?", "years such as 2026 or 2026:2027")]


class TimesPart(Part):
    """A part of a day."""

    start_time: _Time
    end_time: _Time

    @model_validator(mode="after")
    def _forward(self) -> TimesPart:
        if self.start_time >= self.end_time:
            raise ValueError(
                "ends before it starts; accepts two for a night, such as 18:00 to 24:00 and 00:00 to 08:00"
            )
        return self


class ClosedPart(Part):
    """When a desk is closed: whenever all of this is so, and at least one is said."""

    weekdays: Annotated[tuple[_Weekday, ...], LISTED, SOME] | None = None
    times: Annotated[tuple[TimesPart, ...], LISTED, SOME] | None = None
    days_of_month: Annotated[tuple[Annotated[str, PlainValidator(_days_of_month)], ...], LISTED, SOME] | None = None
    months: Annotated[tuple[_Month, ...], LISTED, SOME] | None = None
    years: Annotated[tuple[_Year, ...], LISTED, SOME] | None = None
    location: Zone | None = None

    @model_validator(mode="after")
    def _not_always(self) -> ClosedPart:
        if not self.model_fields_set - {"location"}:
            raise ValueError("is always; accepts one or more of weekdays, times, days_of_month, months, years")
        return self

    def written(self) -> dict[str, Any]:
        """Return it as Alertmanager wants it."""
        return self.model_dump(mode="json", exclude_none=True)
