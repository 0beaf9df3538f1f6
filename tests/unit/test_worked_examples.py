"""The worked examples of every page of docs/metrics, as they stand there, and more of their kind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.events import acquired, answered, lost, opened, responded
from tests.worked_example import WorkedExample

PAGES = sorted(page for page in (Path(__file__).parents[2] / "docs" / "metrics").glob("*.md") if page.stem != "README")
DAY = 86_400


def _example(*events: dict[str, object]) -> WorkedExample:
    return WorkedExample(list(events))


def test_54000_seconds_over_800_first_responses_is_a_mean_of_67_5_seconds():
    story = []
    for i in range(800):
        story += [opened(f"T{i}"), responded(f"T{i}", 67.5 + (30 if i % 2 else -30))]
    assert _example(*story).read("""
        13:00  now
        first_response  window=24h attribute_to=response  ->  n=800 sum_seconds=54000 mean_seconds=67.5
        first_response  window=24h attribute_to=response  ->  le.30=0 le.60=400 le.120=800 le.+Inf=800
        first_response  window=24h attribute_to=response  ->  p50_seconds=37.5 p99_seconds=97.5
    """)


def test_30_percent_promoters_less_10_percent_detractors_is_an_nps_of_20():
    scores = [9, 10, 9, 7, 8, 7, 8, 7, 8, 6]
    assert _example(*(answered(f"S{i}", 10, score) for i, score in enumerate(scores))).read("""
        13:00  now
        nps  window=24h attribute_to=answered  ->  n=10 promoters=3 passives=6 detractors=1 score=20
    """)


def test_40_percent_very_satisfied_and_40_percent_satisfied_is_a_csat_of_80_percent():
    scores = [5] * 40 + [4] * 40 + [3] * 10 + [2] * 6 + [1] * 4
    assert _example(*(answered(f"S{i}", 10, score, instrument="csat") for i, score in enumerate(scores))).read("""
        13:00  now
        csat  window=24h  ->  n=100 satisfied=80 percent=80
    """)


def test_1000_customers_that_became_1200_with_300_acquired_were_retained_to_90_percent():
    before = [acquired(f"C{i}", -400 * DAY) for i in range(1000)]
    left = [lost(f"C{i}", -5 * DAY) for i in range(100)]
    came = [acquired(f"N{i}", -6 * DAY) for i in range(300)]
    assert _example(*before, *left, *came).read("""
        13:00  now
        customers  window=30d  ->  start=1000 end=1200 new=300 lost=100 retention=90 churn=10
        customers  window=1h   ->  start=1200 end=1200 new=0 lost=0 retention=100 churn=0
    """)


def test_400_lost_of_2000_customers_is_a_churn_of_20_percent():
    before = [acquired(f"C{i}", -400 * DAY) for i in range(2000)]
    assert _example(*before, *(lost(f"C{i}", -DAY) for i in range(400))).read("""
        13:00  now
        customers  window=7d  ->  start=2000 end=1600 new=0 lost=400 churn=20 retention=80
    """)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_has_an_example_and_its_numbers_are_those_of_the_desk(page):
    examples = re.findall(r"```example\n(.*?)```", page.read_text(), flags=re.DOTALL)
    assert examples
    for text in examples:
        assert WorkedExample().read(text), "claims nothing"


@pytest.mark.parametrize(
    "claim",
    [
        "open_wait  ->  n=2",
        "open_wait  ->  oldest_seconds=3601",
        "first_response  window=24h attribute_to=response  ->  mean_seconds=0",
        "first_response  window=9h attribute_to=response  ->  n=0",
        "backlog  ->  ages.<1h=1",
        "open_wait  priority=low  ->  n=1",
    ],
)
def test_an_example_that_claims_something_else_is_refused(claim):
    story = "09:00  ticket.opened  T  channel=chat priority=high\n10:00  now\n"
    with pytest.raises(AssertionError):
        WorkedExample().read(story + claim)
    assert WorkedExample().read(story + "open_wait  priority=high  ->  n=1 oldest_seconds=3600 p95_seconds=3600") == 1
