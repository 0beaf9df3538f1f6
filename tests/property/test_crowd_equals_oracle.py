"""Hundreds of tickets at once under whatever settings, and a simulated desk: the core and the oracle agree."""

import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from stream.replay import replay
from stream.settings import Settings
from stream.simulate import Desk
from stream.simulate.disorder import disorder
from stream.verify.registry import SECTIONS
from stream.verify.verdict import Limits, Verdict, verify
from tests.property.crowd import BASE_US, HOUR, SECOND, Crowd
from tests.property.policies import any_policy


def told(path: Path, events: Iterable[Any], settings: Settings, as_of_us: int | None) -> Verdict:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    snapshot = replay([path], settings, as_of_us).snapshot
    return verify([path], [snapshot], Limits(max_future_seconds=None if as_of_us is None else 0))


def any_settings(chance: random.Random, responder: str, policy_file: Path | None = None) -> Settings:
    return Settings(
        policy_file=policy_file,
        responder=responder,
        agent_opened=chance.choice(("exclude", "next_public")),
        labels=chance.choice((("channel", "priority", "queue"), ("channel",), (), ("queue", "segment", "brand"))),
        nps_min_n=chance.choice((1, 5)),
        today_zone=chance.choice(("Europe/Berlin", "UTC", "Asia/Kathmandu", "America/Havana")),
        today_start_hour=chance.randint(0, 23),
        windows=chance.choice((("5m", "30m", "1h", "24h", "today"), ("7d", "2h", "36h", "90s"))),
        survey_windows=chance.choice((("7d", "30d", "90d"), ("2d", "3h"))),
        unresolved_longer_than=chance.choice((("24h", "72h", "168h"), ("1s", "48h"))),
    )


@pytest.mark.parametrize("seed", range(15))
def test_a_crowd_of_tickets_counts_as_the_oracle_says(tmp_path: Path, seed: int) -> None:
    crowd, responder = Crowd(seed), ("human", "any", "after_handoff")[seed % 3]
    events = crowd.gather(300)
    as_of_us = crowd.chance.choice((None, None, crowd.instant_us(), BASE_US + 24 * HOUR, BASE_US + 30 * SECOND))
    policy_file = tmp_path / "policy.yaml"
    policy_file.write_text(any_policy(crowd.chance))
    settings = any_settings(crowd.chance, responder, policy_file if seed else None)
    verdict = told(tmp_path / "events.jsonl", events, settings, as_of_us)
    assert verdict.comparison.differences == []
    assert verdict.comparison.unchecked == ["watermark", "final_until", "partitions"]


@pytest.mark.parametrize("responder", ["human", "after_handoff"])
@pytest.mark.parametrize("count", [10_000, pytest.param(50_000, marks=pytest.mark.slow)])
def test_the_events_of_a_simulated_desk_count_as_the_oracle_says(tmp_path: Path, count: int, responder: str) -> None:
    desk = Desk(start=datetime(2026, 3, 28, tzinfo=UTC), seed=3, tickets_per_day=4_000, leftovers=300)
    events = disorder(islice(desk.events(), count), places=500, duplicates=0.05, seed=2)
    settings = Settings(responder=responder, today_zone="Europe/Berlin")
    verdict = told(tmp_path / "events.jsonl", events, settings, None)
    assert verdict.loaded.events == count
    assert verdict.loaded.duplicates > count // 50
    assert verdict.comparison.numbers > 10_000
    assert verdict.comparison.differences == []


def test_numbers_that_are_off_are_not_compared_and_the_others_are_as_the_oracle_says(tmp_path: Path) -> None:
    policy_file = tmp_path / "policy.yaml"
    off = ["first_response", "first_response_counting_waiting", "nps", "agents", "baseline", "customers"]
    policy_file.write_text(f"numbers_off: {json.dumps(off)}\n")
    verdict = told(tmp_path / "events.jsonl", Crowd(3).gather(300), Settings(policy_file=policy_file), None)
    assert verdict.comparison.numbers > 10_000
    assert verdict.comparison.differences == []
    assert verdict.comparison.unchecked[: len(off)] == [f"{name}: switched off" for name in SECTIONS if name in off]
