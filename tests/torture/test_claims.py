"""The judge of the torture runs, tried itself: it says lost, doubled and silent when they are so, else nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.events import opened
from tests.torture.claims import UNSAID_SECONDS, Overlaps, claims, untruth
from tests.torture.table import Round, markdown
from tests.torture.truth import Truth
from tests.torture.verdict import Verdict

NOW = 1_000_000.0
BOTH = {"A": 1, "B": 2}


def shown(time: float, owned: list[int], tickets: int = 0, **other: Any) -> dict[str, Any]:
    """What a worker writes that claims to be right."""
    return {
        "time": time,
        "ready": True,
        "caught_up": True,
        "owned": owned,
        "of": owned,
        "as_of": time,
        "tickets": {"opened": tickets, "without_opening": 0, "retracted": 0},
        "counters": {"lag": {"t|0": 0}},
        **other,
    }


@pytest.fixture
def truth(tmp_path: Path) -> Truth:
    """Three tickets on one partition, acknowledged long ago, and one that just was."""
    truth = Truth(1, tmp_path)
    for i in range(4):
        event = opened(f"T{i}")
        truth.sends(event)
        truth.has(event, NOW if i == 3 else NOW - 60)
    return truth


@pytest.mark.parametrize("tickets", [3, 4])
def test_what_was_acknowledged_long_enough_ago_is_enough(truth: Truth, tickets: int) -> None:
    assert untruth(shown(NOW + 1, [0], tickets), truth) is None


@pytest.mark.parametrize(("when", "tickets"), [(NOW, 2), (NOW, 5), (NOW + UNSAID_SECONDS, 3)])
def test_too_few_and_too_many_tickets_are_an_untruth(truth: Truth, when: float, tickets: int) -> None:
    assert untruth(shown(when, [0], tickets), truth) is not None


@pytest.mark.parametrize(
    "doubt",
    [
        {"ready": False},
        {"caught_up": False},
        {"of": []},
        {"counters": {"lag": {"t|0": None}}},
        {"counters": {"lag": {}}},
    ],
)
def test_a_worker_in_doubt_claims_nothing(doubt: dict[str, Any]) -> None:
    assert claims(shown(NOW, [0]))
    assert not claims(shown(NOW, [0]) | doubt)


def test_a_partition_that_two_show_at_once_is_found_and_a_handover_is_not() -> None:
    handed_over, at_once = Overlaps(), Overlaps()
    for overlaps in (handed_over, at_once):
        assert not overlaps.look({"A": shown(NOW, [0, 1]), "B": shown(NOW, [])}, BOTH)
    assert not handed_over.look({"A": shown(NOW + 0.4, [1]), "B": shown(NOW + 0.2, [0])}, BOTH)
    assert at_once.look({"A": shown(NOW + 0.4, [0, 1]), "B": shown(NOW + 0.2, [0])}, BOTH) == ["[0] by A and B"]


def test_a_worker_that_stood_still_in_between_did_not_show_it() -> None:
    overlaps = Overlaps()
    overlaps.look({"A": shown(NOW, [0]), "B": shown(NOW, [])}, BOTH)
    assert not overlaps.look({"A": shown(NOW + 6, [0]), "B": shown(NOW + 3, [0])}, BOTH)


def test_the_table_counts_rounds_and_says_never() -> None:
    rounds = [
        Round("kill", "d1", 500, 9.0, Verdict(exact_after_seconds=2.0)),
        Round("kill", "d2", 700, 9.0, Verdict(lost=["a", "b"], silent=["c"])),
        Round("cut", "d2", 700, 9.0, Verdict(exact_after_seconds=4.0)),
    ]
    *_, cut, kill, everything = markdown(rounds).splitlines()
    assert cut == "| cut | 1 | 700 | 0 | 0 | 0 | 4.0 s | 4.0 s |"
    assert kill == "| kill | 2 | 1,200 | 1 | 0 | 1 | 2.0 s | never |"
    assert everything == "| all | 3 | 1,900 | 1 | 0 | 1 | 3.0 s | never |"
