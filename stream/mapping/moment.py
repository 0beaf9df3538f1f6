"""Times in a file to microseconds since the Unix epoch: formats, zones, and the two hours a year that go wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from schemas.fields import END_OF_TIME
from stream.mapping.refusal import Cause, Refusal
from stream.mapping.values import Strict, shown

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the base for local times whose offset is taken off by hand
_MICROSECOND = timedelta(microseconds=1)
_END_US = (END_OF_TIME.replace(tzinfo=None) - _EPOCH) // _MICROSECOND
_UTC_WORD = re.compile(r"\s*(?:UTC|GMT|Z)$", re.IGNORECASE)
_SPACED_OFFSET = re.compile(r"\s+([+-][0-9]{2}:?[0-9]{2})$")
_RFC_2822 = "rfc_2822"
_LONGEST = 100  # no time is longer, and to look through a text for one takes the square of its length
_SECONDS_DIGITS, _MILLISECONDS_DIGITS = 11, 14
_FACTORS = {"unix": 1_000_000, "unix_ms": 1_000, "unix_us": 1}

# What happened to the clock at a local time.
PLAIN, REPEATED, SKIPPED = "plain", "repeated", "skipped"


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in microseconds since the epoch, and whether the local clock was being moved then."""

    at_us: int
    clock: str = PLAIN


class TimeReading(Strict):
    """How the times of the file are written."""

    zone: str | None = Field(
        None,
        description="The IANA zone of times that carry none, such as `Europe/Rome`; a zone in the time itself wins.",
    )
    formats: tuple[str, ...] = Field(
        ("iso",),
        min_length=1,
        description="Tried in order: `iso`, `rfc_2822`, `unix`, `unix_ms`, `unix_us`, or strptime patterns such as "
        "`%d/%m/%Y %H:%M`. Of several Unix times the one that has so many digits is tried first.",
    )
    repeated_hour: Literal["earlier", "later", "reject"] = Field(
        "earlier", description="A local time that came twice, when clocks went back: which of the two it is."
    )
    skipped_hour: Literal["forward", "reject"] = Field(
        "forward",
        description="A local time that never was, when clocks went forward: `forward` takes the clock for one that "
        "was not moved yet.",
    )

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                ZoneInfo(name)
            # IsADirectoryError and friends: ZoneInfo("Europe") opens a folder of its database.
            except (KeyError, ValueError, OSError) as error:
                raise ValueError(f"got {name!r}; accepts an IANA zone such as Europe/Rome or UTC") from error
        return name

    @field_validator("formats", mode="before")
    @classmethod
    def _one_or_many(cls, given: object) -> object:
        return (given,) if isinstance(given, str) else given

    @field_validator("formats")
    @classmethod
    def _known_formats(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for text in given:
            if text not in ("iso", _RFC_2822, *_FACTORS) and "%" not in text:
                accepts = ", ".join(("iso", _RFC_2822, *_FACTORS))
                raise ValueError(f"got {text!r}; accepts {accepts} or a pattern with %Y, %m, %d …")
        return given

    def read(self, text: str) -> Moment | Refusal:
        """Turn a cell into an instant, or say what it accepts."""
        refusal = None
        for pattern in self._formats_of(text) if len(text) <= _LONGEST else ():
            found = _number(text, _FACTORS[pattern]) if pattern in _FACTORS else self._written(text, pattern)
            if isinstance(found, Moment):
                return found
            refusal = refusal or found
        return refusal or Refusal(Cause.TIME, f"got {shown(text)}; accepts a time as {' or '.join(self.formats)}")

    def _formats_of(self, text: str) -> Iterable[str]:
        """Return the formats in the order in which they are tried; of several Unix times first the one that it is.

        By its size: seconds have up to 11 digits before the point until the year 5138, milliseconds up to 14.
        """
        unix = [pattern for pattern in self.formats if pattern in _FACTORS]
        if len(unix) < 2:
            return self.formats
        digits = len(text.partition(".")[0].lstrip("-0"))
        meant = "unix" if digits <= _SECONDS_DIGITS else "unix_ms" if digits <= _MILLISECONDS_DIGITS else "unix_us"
        return sorted(self.formats, key=lambda pattern: pattern in _FACTORS and pattern != meant)

    def _written(self, text: str, pattern: str) -> Moment | Refusal | None:
        try:
            moment = _READERS[pattern](text) if pattern in _READERS else _from_pattern(text, pattern)
        except (ValueError, OverflowError):  # OverflowError: an offset of years, before the first of them
            return None
        offset = moment.utcoffset()
        clock = PLAIN
        if offset is None:
            settled = self._settle(moment, text)
            if isinstance(settled, Refusal):
                return settled
            offset, clock = settled
        return _bounded((moment.replace(tzinfo=None) - _EPOCH - offset) // _MICROSECOND, clock, text)

    def _settle(self, local: datetime, text: str) -> tuple[timedelta, str] | Refusal:
        """Find the offset of a local time; where there are two, the policy chooses."""
        if self.zone is None:
            return Refusal(Cause.TIME, f"got {shown(text)} without a zone; set `time.zone` in the mapping, or --zone")
        zone = ZoneInfo(self.zone)
        first = zone.utcoffset(local) or timedelta()
        second = zone.utcoffset(local.replace(fold=1)) or timedelta()
        if first == second:
            return first, PLAIN
        if first > second:
            if self.repeated_hour == "reject":
                return Refusal(Cause.TIME, f"got {shown(text)}, which came twice in {self.zone}")
            return (first if self.repeated_hour == "earlier" else second), REPEATED
        if self.skipped_hour == "reject":
            return Refusal(Cause.TIME, f"got {shown(text)}, which the clocks of {self.zone} skipped")
        return first, SKIPPED


def _from_iso(text: str) -> datetime:
    """Read an ISO 8601 time, or one that only ends differently: in UTC, GMT, or an offset behind a space."""
    if len(text) <= len("2026-11-21"):
        raise ValueError("a day alone is no time: it would become midnight")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(_UTC_WORD.sub("+00:00", _SPACED_OFFSET.sub(r"\1", text)))


_READERS: dict[str, Callable[[str], datetime]] = {"iso": _from_iso, _RFC_2822: parsedate_to_datetime}


def _from_pattern(text: str, pattern: str) -> datetime:
    return datetime.strptime(text, pattern)  # noqa: DTZ007 - the caller settles the zone


def _number(text: str, factor: int) -> Moment | Refusal | None:
    try:
        at_us = round(float(text) * factor) if "." in text else int(text) * factor
    except (ValueError, OverflowError):
        return None
    return _bounded(at_us, PLAIN, text)


def _bounded(at_us: int, clock: str, text: str) -> Moment | Refusal:
    if 0 <= at_us < _END_US:
        return Moment(at_us, clock)
    return Refusal(Cause.TIME, f"got {shown(text)}; accepts times from 1970 to 2199")


@lru_cache(maxsize=1_024)  # the events of a row share their instant
def written(at_us: int) -> str:
    """Write an instant as RFC 3339 in UTC."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)
    return moment.isoformat().replace("+00:00", "Z")


def duration_us(text: str, unit: str) -> int | Refusal:
    """Turn a duration into microseconds: a number of `unit`, or hours:minutes[:seconds] for `clock`."""
    accepts = "hours:minutes:seconds" if unit == "clock" else f"a number of {unit}, not negative"
    try:
        if unit == "clock":
            parts = [float(part) for part in text.split(":")]
            seconds = sum(part * 60.0**power for part, power in zip(parts, (2, 1, 0), strict=False))
            fits = len(parts) in (2, 3) and all(part >= 0 for part in parts)
        else:
            seconds = float(text) * {"seconds": 1, "minutes": 60, "hours": 3600}[unit]
            fits = seconds >= 0
        if fits:
            return round(seconds * 1_000_000)
    except (ValueError, OverflowError):  # OverflowError: round() of an infinity
        pass
    return Refusal(Cause.TIME, f"got {shown(text)}; accepts {accepts}")
