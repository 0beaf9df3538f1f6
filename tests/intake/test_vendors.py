"""Payloads of vendors that a shipped mapping covers, posted as they are signed: they become exactly their events."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from stream.core.windows import SECOND_US
from stream.intake.recipe import RecipePart, bundled
from stream.intake.signature import Doubt
from stream.intake.source import Source
from stream.intake.source_file import parse
from tests.engine.desk import Desk
from tests.intake.front import Front, running
from tests.intake.payloads import PUBLIC, SECRETS, Payload, payloads
from tests.mapping.test_vendors import COVERED, LATER_US, comparable, mapping_of

COVERED_PAYLOADS = [payload for payload in payloads() if payload.name in COVERED]
#: of those whose users choose how they prove who they are
RECIPES = {"cloudevents": "none", "freshdesk": "basic", "liveagent": "key"}
CHOSEN_SECRETS = {"freshdesk": "desk:pulse", "liveagent": "static-secret"}
#: the event that takes its time from the receipt, as the body has none
_BY_RECEIPT = {"cw:csat904"}
HOUR = 3600.0


def _variable(vendor: str) -> str:
    return vendor.upper().replace("-", "_") + "_SECRET"


def _source(payload: Payload) -> str:
    named = mapping_of(payload.name)
    assert named is not None
    path = payload.vendor if named[0] == payload.vendor else f"{payload.vendor}-{named[0]}"
    recipe = RECIPES.get(payload.vendor, payload.vendor)
    lines = [f"path: /{path}", f"mapping: {named[0]}", f"signature: {recipe}"]
    if recipe != "none":
        lines.append(f"secrets: {{env: {_variable(payload.vendor)}}}")
    if bundled()[recipe].needs_url:
        lines.append(f"public_url: {PUBLIC}/{payload.vendor}")
    return "  - " + "\n    ".join(lines)


def _sources(secrets: dict[str, str]) -> tuple[Source, ...]:
    text = "\n".join(dict.fromkeys(map(_source, COVERED_PAYLOADS)))
    environment = {_variable(vendor): secret for vendor, secret in (secrets | CHOSEN_SECRETS).items()}
    return parse(f"version: 1\nsources:\n{text}\n", "intake.yaml", environment)


def _path(payload: Payload) -> str:
    source = _source(payload)
    path = source.partition("path: ")[2].partition("\n")[0]
    named = mapping_of(payload.name)
    assert named is not None
    query = "&".join(f"{name}={value}" for name, value in named[1].items())
    return f"{path}?{query}" if query else path


def _recipe(payload: Payload) -> RecipePart:
    return bundled()[RECIPES.get(payload.vendor, payload.vendor)]


def _signed_at(payload: Payload) -> float:
    recipe = _recipe(payload)
    if recipe.timestamp is None:
        return LATER_US / SECOND_US
    told = payload.headers[recipe.timestamp.header]
    if recipe.timestamp.unit == "rfc3339":
        return 1_772_442_849.0  # 2026-03-02T09:14:09Z
    return int(told) / (1000 if recipe.timestamp.unit == "milliseconds" else 1)


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def _post(front: Front, payload: Payload, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
    status, said, _ = await front.ask(_path(payload), payload.body if body is None else body, payload.headers)
    return status, said


def _counted(events: list[dict[str, Any]]) -> Counter[str]:
    return Counter(str(sorted(_timeless(comparable(event)).items(), key=str)) for event in events)


def _timeless(event: dict[str, Any]) -> dict[str, Any]:
    """Leave out a time that is that of the receipt."""
    return {
        name: value for name, value in event.items() if name != "occurred_at" or event["event_id"] not in _BY_RECEIPT
    }


def test_the_payloads_are_those_of_most_vendors():
    assert len(COVERED_PAYLOADS) >= 40
    assert {payload.vendor for payload in COVERED_PAYLOADS} >= SECRETS.keys() - {"delighted", "surveymonkey"}


async def test_signed_payloads_become_exactly_their_events_and_move_the_numbers(desk: Desk):
    clock = _Clock()
    expected: list[dict[str, Any]] = []
    async with running(_sources(SECRETS), desk.settings, clock) as front:
        for payload in COVERED_PAYLOADS:
            clock.now = _signed_at(payload) + 240  # within the window of those that have one
            status, said = await _post(front, payload)
            assert status == 200, (payload.name, said)
            assert said.get("dead_letters", 0) == 0, payload.name
            assert said.get("events", 0) == len(payload.expected), (payload.name, said)
            expected += payload.expected
    records = await desk.read(tuple(desk.settings.source_topics().values()), len(expected))
    assert _counted([orjson.loads(record.value) for record in records]) == _counted(expected)
    worker = desk.start(settings=desk.settings.model_copy(update={"retention_days": 3650}))
    shown = await worker.until_caught_up()
    opened = {event["ticket_id"] for event in expected if event["type"] == "ticket.opened"}
    assert shown["report"]["tickets"]["opened"] == len(opened)


SIGNED = [
    payload for payload in COVERED_PAYLOADS if bundled()[RECIPES.get(payload.vendor, payload.vendor)].check == "hmac"
]


async def test_altered_or_late_or_under_the_old_secret_they_are_refused_and_nothing_is_in_kafka(desk: Desk):
    clock = _Clock()
    late = 0
    async with running(_sources(SECRETS), desk.settings, clock) as front:
        for payload in SIGNED:
            clock.now = _signed_at(payload)
            middle = len(payload.body) // 2
            bent = payload.body[:middle] + bytes([payload.body[middle] ^ 1]) + payload.body[middle + 1 :]
            assert (await _post(front, payload, bent))[0] == 401, payload.name
            clock.now += HOUR
            if _recipe(payload).timestamp is not None:
                assert (await _post(front, payload))[0] == 401, payload.name
                late += 1
        doubts = front.server.counters.refused
        assert sum(doubts.values()) == len(SIGNED) + late
        assert sum(count for (_, doubt), count in doubts.items() if doubt is Doubt.OUTDATED) == late > 10
    # The rotation is over: the file has new secrets alone.
    async with running(_sources(dict.fromkeys(SECRETS, "whsec_bmV3IHNlY3JldA==")), desk.settings, clock) as front:
        for payload in SIGNED:
            clock.now = _signed_at(payload)
            assert (await _post(front, payload))[0] == 401, payload.name
    everything = (*desk.settings.source_topics().values(), desk.settings.topic_dead_letter)
    assert await desk.read(everything, 0) == []


@pytest.mark.parametrize("name", ["front/challenge"])
async def test_a_handshake_is_answered_only_if_it_is_signed(desk: Desk, name: str, tmp_path: Path):
    clock = _Clock()
    (payload,) = [each for each in COVERED_PAYLOADS if each.name == name]
    async with running(_sources(SECRETS), desk.settings, clock) as front:
        clock.now = _signed_at(payload)
        assert await _post(front, payload) == (200, {"challenge": "abc123"})
        clock.now += HOUR
        assert (await _post(front, payload))[0] == 401
