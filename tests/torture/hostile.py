"""Records that nobody should send: each a function that makes one, from a source of chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import orjson

from tests.events import answered, opened, responded

Value = bytes | None


def _event(chance: random.Random) -> dict[str, Any]:
    return opened(f"H{chance.randrange(1000)}", chance.uniform(0, 3600), channel="email")


def _with(**fields: Any) -> Callable[[random.Random], bytes]:
    return lambda chance: orjson.dumps({**_event(chance), **fields})


def _raw(field: str, literal: bytes) -> Callable[[random.Random], bytes]:
    """A value that no JSON library would write: NaN, numbers of a thousand digits."""

    def make(chance: random.Random) -> bytes:
        text = orjson.dumps({**_event(chance), field: "@"})
        return text.replace(b'"@"', literal)

    return make


def _without(field: str) -> Callable[[random.Random], bytes]:
    def make(chance: random.Random) -> bytes:
        event = _event(chance)
        del event[field]
        return orjson.dumps(event)

    return make


def _cut(chance: random.Random) -> bytes:
    whole = orjson.dumps(_event(chance))
    return whole[: chance.randrange(1, len(whole) - 1)]


def _distinct_channel(chance: random.Random) -> bytes:
    return orjson.dumps({**_event(chance), "channel": {"name": f"channel-{chance.randrange(1_000_000)}"}})


def _nested(chance: random.Random) -> bytes:
    depth = chance.choice([500, 2_000, 20_000])
    return b'{"type":' + b"[" * depth + b"]" * depth + b"}"


def _nested_in_ignored_field(chance: random.Random) -> bytes:
    return orjson.dumps(_event(chance))[:-1] + b',"extra":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"}"


SMALL: tuple[Callable[[random.Random], Value], ...] = (
    lambda chance: chance.randbytes(chance.randrange(1, 300)) + b"\xff",
    lambda _: b"",
    lambda _: None,
    lambda _: b"null",
    lambda _: b"[]",
    lambda _: b'"ticket.opened"',
    lambda _: b"12345678901234567890123456789",
    lambda _: b"{}",
    lambda chance: b"\xef\xbb\xbf" + orjson.dumps(_event(chance)),
    lambda chance: orjson.dumps(_event(chance)) * 2,
    lambda chance: orjson.dumps([_event(chance)]),
    lambda chance: orjson.dumps(_event(chance)).replace(b"email", b"em\xc3\x28il"),
    lambda chance: orjson.dumps(_event(chance)).decode().encode("utf-16"),
    _cut,
    _distinct_channel,
    _with(type="ticket.exploded"),
    _with(type=None),
    _with(type=["ticket.opened"]),
    _with(version=2),
    _with(version="1"),
    _with(version=True),
    _with(ticket_id=7.5),
    _with(ticket_id=""),
    _with(ticket_id="x" * 129),
    _with(ticket_id={"id": "T1"}),
    _with(event_id=None),
    _with(occurred_at="yesterday"),
    _with(occurred_at="2026-03-02T12:00:00"),
    _with(occurred_at="99999-01-01T00:00:00Z"),
    _with(occurred_at="2199-01-01T00:00:00Z"),
    _with(occurred_at=1e300),
    _with(channel=["email"]),
    _with(opened_by=["mallory"]),
    _with(queue="q" * 10_000),
    _raw("priority", b"NaN"),
    _raw("ticket_id", b"-Infinity"),
    _raw("version", b"1" * 5_000),
    _raw("version", b"1e999"),
    _without("ticket_id"),
    _without("event_id"),
    _without("occurred_at"),
    _without("version"),
    lambda chance: orjson.dumps({**responded("H1", 5), "author": chance.randbytes(4).hex()}),
    lambda _: orjson.dumps({**responded("H1", 5), "public": "yes"}),
    lambda _: orjson.dumps(answered("S1", 5, 11)),
    lambda _: orjson.dumps(answered("S1", 5, -1)),
    lambda _: orjson.dumps({**answered("S1", 5, 9), "score": 9.5}),
    lambda _: orjson.dumps({**answered("S1", 5, 9), "score": "9"}),
)
LARGE: tuple[Callable[[random.Random], Value], ...] = (
    _nested,
    _nested_in_ignored_field,
    lambda _: orjson.dumps({**answered("S1", 5, 9), "comment": "c" * 200_000}),
    lambda _: b"[" * 1_000_000,
)


def huge(chance: random.Random) -> bytes:
    """A record of ten megabytes that would be an event, were it not for its size."""
    return orjson.dumps({**_event(chance), "extra": "x" * 10_000_000})
