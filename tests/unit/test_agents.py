"""Who is at work: different agents, whatever they did, however many partitions it was done in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stream.board.reading import parse
from stream.board.slices import Slices
from stream.board.tiles import says
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.windows import DAY_US, parse_window
from stream.partition.books import Books
from stream.partition.keys import SEAL_KEY
from stream.partition.live_counts import Author, live_counts_from_json, live_counts_to_json
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import NOON_US, decoded, opened, responded, status
from tests.shares import after_noon, share_of

POLICY = Policy(labels=("queue",))
ANN, BOB = {"agent_id": "ann"}, {"agent_id": "bob"}


def _totals(*events: dict[str, Any], policy: Policy = POLICY, number: int = 0) -> Totals:
    partition = Partition(number, Books(policy))
    partition.apply("t", decoded(*events), NOON_US)
    partition.advance(NOON_US + 240_000_000)
    return partition.snapshot()


def _at_work(totals: Totals, window: str = "5m", policy: Policy = POLICY) -> dict[str, int | None]:
    rows = report(totals, policy)["agents"]
    return {row["labels"].get("queue", ""): row["n"] for row in rows if row["window"] == window}


def test_an_act_is_an_answer_a_note_or_a_change_of_status_by_an_agent_who_is_named():
    share = share_of(
        opened("T"),
        responded("T", 10, **ANN),
        responded("T", 20, public=False, **BOB),
        responded("T", 30, "bot", agent_id="robot"),
        responded("T", 40),
        status("T", 50, "resolved", **ANN),
    )
    found = [(after_noon(at), measure, n) for at, (measure, _, _), n in share.agents]
    assert found == [(10, "agents/ann", 1), (20, "agents/bob", 1), (50, "agents/ann", 1)]


def test_an_agent_counts_once_in_all_and_once_on_each_queue():
    events = [opened("A", queue="q1"), opened("B", queue="q2"), responded("A", 10, **ANN), responded("A", 20, **ANN)]
    assert _at_work(_totals(*events, responded("B", 30, **ANN))) == {"": 1, "q1": 1, "q2": 1}
    assert _at_work(_totals(*events, responded("B", 30, **BOB))) == {"": 2, "q1": 1, "q2": 1}


def test_an_agent_of_two_partitions_is_one():
    one = _totals(opened("A", queue="q1"), responded("A", 10, **ANN))
    two = _totals(opened("B", queue="q1"), responded("B", 20, **ANN), responded("B", 30, **BOB), number=1)
    silent = _totals(opened("C", queue="q3"), number=2)
    assert _at_work(Totals.merge([one, silent, two])) == {"": 2, "q1": 2}


def _told(totals: Totals, *, agents: bool) -> Totals:
    """Return what another worker makes of a record of these numbers."""
    told = totals if agents else replace(totals, agents=None)
    return live_counts_from_json(live_counts_to_json(told, POLICY, Author("desk", "they", "so"), None)).totals


def test_where_a_worker_does_not_tell_of_its_agents_nobody_knows_how_many_there_are_in_all():
    own = _totals(opened("A", queue="q1"), responded("A", 10, **ANN))
    other = _totals(opened("B", queue="q1"), responded("B", 20, **BOB), number=1)
    before = Totals.merge([own, _told(other, agents=True)])
    assert _at_work(before) == {"": 2, "q1": 2}
    unknown = Totals.merge([own, _told(other, agents=False)], before)
    assert _at_work(unknown) == {"": None}
    assert _tile(unknown) == (None, "no_data", [("q1", None, "no_data")])
    again = Totals.merge([own, _told(other, agents=True)], unknown)
    assert _at_work(again) == {"": 2, "q1": 2}
    assert _tile(again) == (2, None, [("q1", 2, None)])


def _tile(totals: Totals) -> tuple[int | None, str | None, list[tuple[str, int | None, str | None]]]:
    """Return what a tile of the wallboard says of them: its value, why there is none, and the same by queue."""
    text = "boards: [{name: a, pages: [{tiles: [{metric: agents, window: 5m, by: queue}]}]}]"
    [tile] = parse(text, "layout.yaml", POLICY)["a"].tiles
    told = says(tile, Slices(totals, POLICY))
    return told["value"], told["why"], [(row["label"], row["value"], row["why"]) for row in told["rows"]]


def test_who_is_not_heard_of_for_the_length_of_the_window_is_not_at_work_in_it():
    totals = _totals(opened("A", -7200), responded("A", -600, **ANN), responded("A", 10, **BOB))
    assert [_at_work(totals, window)[""] for window in ("5m", "30m", "1h")] == [1, 2, 2]
    assert {row["window"] for row in report(totals, POLICY)["agents"]} == {"5m", "30m", "1h"}


@pytest.mark.parametrize("lost", ["spam", "merged", "deleted"])
def test_what_was_done_on_a_ticket_that_is_retracted_was_not_done(lost: str):
    events = [opened("A"), responded("A", 10, **ANN), opened("B"), responded("B", 10, **BOB)]
    assert _at_work(_totals(*events, status("A", 20, lost)))[""] == 1
    assert _at_work(_totals(*events, status("A", 20, lost), status("A", 30, "reopened")))[""] == 2


def test_an_agent_who_was_named_only_on_what_is_retracted_was_never_named():
    partition = Partition(0, Books(POLICY))
    for event in (opened("A"), responded("A", 10, **ANN), status("A", 20, "spam"), opened("B")):
        partition.apply("t", decoded(event), NOON_US)
        partition.advance(NOON_US + 240_000_000)
    assert _at_work(partition.snapshot()) == {"": None}


def test_an_agent_stays_named_when_the_ticket_is_forgotten_and_another_worker_takes_over():
    partition = Partition(0, Books(POLICY))
    partition.apply("t", decoded(opened("A"), responded("A", 10, **ANN), status("A", 20, "closed")), NOON_US)
    later_us = NOON_US + 40 * DAY_US
    partition.advance(later_us)
    eviction = partition.evict(10)
    assert eviction is not None
    partition.evicted(eviction)
    heir = Partition(0, Books(POLICY))
    heir.load(SEAL_KEY, partition.dump(SEAL_KEY), later_us)
    for owner in (partition, heir):
        owner.advance(later_us)
        assert _at_work(owner.snapshot()) == {"": 0}
    assert partition.snapshot().counts == heir.snapshot().counts


def test_a_desk_that_names_nobody_has_no_number_and_one_where_nobody_works_has_none_at_work():
    assert _at_work(_totals(opened("A"), responded("A", 10))) == {"": None}
    assert _at_work(_totals(opened("A", -9000), responded("A", -8000, **ANN))) == {"": 0}


def test_without_a_window_of_up_to_an_hour_nothing_is_told():
    policy = Policy(labels=("queue",), windows=(parse_window("24h"), parse_window("today")))
    totals = _totals(opened("A"), responded("A", 10, **ANN), policy=policy)
    assert report(totals, policy)["agents"] == []
