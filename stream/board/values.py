"""Values of thresholds, as a layout file writes them for numbers of each unit."""

from __future__ import annotations

import math

from stream.core.windows import DAY_US, SECOND_US, parse_duration_us
from stream.numbers.tile import Unit
from stream.policy_file.scalars import wrong

# By unit: the least and the most that is accepted, and how that is said.
_RANGES: dict[Unit, tuple[float, float, str]] = {
    "count": (0, 1e9, "a number from 0 on, such as 10"),
    "per_hour": (0, 1e9, "a number from 0 on, such as 10"),
    "percent": (0, 100, "a percentage from 0 to 100, such as 80"),
    "score": (-100, 1000, "a score, such as 40 or 2.5"),
}


def read_value(text: str, unit: Unit) -> float:
    """Return a value in the unit of a metric; raises ValueError that says what is accepted."""
    if unit == "seconds":
        accepts = "a duration from 1s to 366d, such as 90s, 4m or 24h"
        try:
            length_us = parse_duration_us(text)
        except ValueError as error:
            raise wrong(text, accepts) from error
        if length_us > 366 * DAY_US:
            raise wrong(text, accepts)
        return length_us / SECOND_US
    least, most, accepts = _RANGES[unit]
    try:
        value = float(text.removesuffix("%") if unit == "percent" else text)
    except ValueError as error:
        raise wrong(text, accepts) from error
    if not math.isfinite(value) or not least <= value <= most:
        raise wrong(text, accepts)
    return value
