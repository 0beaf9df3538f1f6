"""Deliveries inside a test: a mapping of a text, read once, and what came of it in short."""

from __future__ import annotations

import textwrap
from functools import lru_cache
from typing import Any

import orjson

from stream.mapping import Delivery, DeliveryMapping, Reading
from stream.mapping.mapping_file import parse

NOW_US = 1_800_000_000_000_000  # 2027-01-15


@lru_cache(maxsize=64)
def mapped(text: str) -> DeliveryMapping:
    """Load a mapping from its text."""
    return DeliveryMapping("my.yaml", parse(textwrap.dedent(text), "my.yaml"))


def delivery(body: Any, headers: dict[str, str] | None = None, query: dict[str, str] | None = None) -> Delivery:
    """Make a delivery of bytes, or of what is to be JSON."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return Delivery(raw, headers or {}, query or {}, NOW_US)


def read(
    mapping: str, body: Any, headers: dict[str, str] | None = None, query: dict[str, str] | None = None
) -> Reading:
    """Read one delivery under the mapping of this text."""
    return mapped(mapping).read(delivery(body, headers, query))


def documents(reading: Reading) -> list[dict[str, Any]]:
    """The events, which must be all that came of it."""
    assert not reading.refused, reading.refused
    return [event.document for event in reading.events]


def refused(reading: Reading) -> list[tuple[str, str, str]]:
    """Where something was refused, for what cause, and why."""
    return [(each.where, each.refusal.cause.value, each.refusal.detail) for each in reading.refused]
