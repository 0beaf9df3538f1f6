"""Instants as people and programs read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import overload

from schemas.fields import EPOCH


@overload
def instant(at_us: int) -> str: ...
@overload
def instant(at_us: None) -> None: ...
@overload
def instant(at_us: int | None) -> str | None: ...
def instant(at_us: int | None) -> str | None:
    """Write an instant as RFC 3339 in UTC, with microseconds."""
    if at_us is None:
        return None
    at: datetime = (EPOCH + timedelta(microseconds=at_us)).astimezone(UTC)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
