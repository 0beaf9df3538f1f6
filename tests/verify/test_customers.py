"""Customers who come, stay, buy and leave, worked out by hand."""

import pytest

from stream.verify.policy import DAY, YEAR
from tests.verify.story import Desk, Story, one, policy


def test_1000_customers_that_became_1200_with_300_acquired_were_retained_to_90_percent(
    desk: Desk, story: Story
) -> None:
    for i in range(1000):
        story.acquired(f"old{i}", "2026-01-01T00:00:00Z")
    for i in range(300):
        story.acquired(f"new{i}", "10:00")
    for i in range(100):
        story.lost(f"old{i}", "11:00")
    numbers = one(desk.report(story), "customers", window="24h")
    assert [numbers[name] for name in ("start", "acquired", "lost", "end")] == [1000, 300, 100, 1200]
    assert (numbers["retention"], numbers["churn"]) == (90.0, 10.0)


def test_400_lost_of_2000_is_a_churn_of_20_percent(desk: Desk, story: Story) -> None:
    for i in range(2000):
        story.acquired(f"C{i}", "2026-01-01T00:00:00Z")
    for i in range(400):
        story.lost(f"C{i}", "10:00")
    assert one(desk.report(story), "customers", window="24h")["churn"] == 20.0


def test_of_nobody_there_is_no_rate(desk: Desk, story: Story) -> None:
    story.acquired("C", "10:00")
    report = desk.report(story)
    numbers = one(report, "customers", window="24h")
    assert (numbers["start"], numbers["end"], numbers["retention"], numbers["churn"]) == (0, 1, None, None)
    assert one(report, "customers", window="1h")["retention"] == 100.0
    assert all(row["window"] != "all" for row in report["customers"])


def test_coming_twice_counts_once_and_a_first_loss_is_of_somebody_who_was_there(desk: Desk, story: Story) -> None:
    story.acquired("twice", "10:00")
    story.acquired("twice", "10:01")
    story.lost("gone", "10:00")
    story.lost("gone", "10:01")
    story.lost("back", "10:00")
    story.acquired("back", "10:01")
    numbers = one(desk.report(story), "customers", window="24h")
    assert [numbers[name] for name in ("start", "acquired", "lost", "end", "won_back_within", "transient")] == [
        2,
        1,
        1,
        2,
        1,
        0,
    ]


def test_tenure_is_how_long_the_present_customers_are_there(desk: Desk, story: Story) -> None:
    now_us = desk.oracle(story).as_of_us
    assert YEAR == 365.25 * DAY
    story.acquired("two years", "2024-03-01T12:00:00Z")  # 731 days
    story.acquired("years ago", "2020-03-02T12:00:00Z")
    story.acquired("gone", "2022-03-01T12:00:00Z")
    story.lost("gone", "2026-03-01T12:00:00Z")
    (numbers,) = desk.report(story)["tenure"]
    assert now_us % DAY == DAY // 2
    assert (numbers["customers"], numbers["lifespans"]) == (2, 3)
    assert numbers["mean_years"] == pytest.approx((731 + 2191) / 2 / 365.25)
    assert numbers["lifespan_years"] == pytest.approx((731 + 2191 + 1461) / 3 / 365.25)
    assert numbers["ages"] == {"<1y": 0, "1-3y": 1, "3-5y": 0, ">5y": 1}
    assert numbers["promoter_share"] is None


def test_promoters_of_long_tenure_are_those_whose_last_score_says_so(desk: Desk, story: Story) -> None:
    for name in ("promoter", "turned", "unscored", "silent"):
        story.acquired(name, "2023-01-01T00:00:00Z")
    story.acquired("young", "2025-01-01T00:00:00Z")
    story.answered("S1", "10:00", 9, customer_id="promoter")
    story.answered("S2", "11:00", 0, customer_id="promoter", instrument="csat")
    story.answered("S3", "10:00", 10, customer_id="turned")
    story.answered("S4", "10:01", 8, customer_id="turned")
    story.answered("S5", "10:00", 10, customer_id="unscored")
    story.answered("S5", "10:01", customer_id="unscored")
    story.answered("S6", "10:00", 10, customer_id="young")
    (numbers,) = desk.report(story)["tenure"]
    counted = ("customers", "long_tenure", "long_tenure_scored", "long_tenure_promoters", "promoter_share")
    assert [numbers[name] for name in counted] == [5, 4, 2, 1, 50.0]
    (numbers,) = desk.report(story, policy=policy(long_tenure_years=1))["tenure"]
    assert [numbers[name] for name in counted] == [5, 5, 3, 2, pytest.approx(200 / 3)]


def test_lifetime_value_is_of_all_lives_so_far(desk: Desk, story: Story) -> None:
    """The example of docs/metrics/customers.md."""
    for name, when in (("1", "2022-03-02T06:00:00Z"), ("2", "2022-03-02T06:00:00Z"), ("3", "2025-03-02T00:00:00Z")):
        story.acquired(name, when)
    story.lost("2", "2024-03-01T18:00:00Z")
    for year in (2022, 2023, 2024, 2025):
        story.purchased("1", f"{year}-09-01T12:00:00Z", amount=50)
    story.purchased("2", "2022-09-01T12:00:00Z", amount=100)
    story.purchased("2", "2023-09-01T12:00:00Z", amount=100, purchase_id="O")
    story.purchased("2", "2023-09-02T12:00:00Z", purchase_id="O")
    story.refunded("2", "2023-09-20T12:00:00Z", amount=50)
    story.purchased("2", "2023-09-01T12:00:00Z")
    story.purchased("prospect", "2023-09-01T12:00:00Z", amount=1000)
    (row,) = desk.report(story, now="06:00", policy=policy(ltv_min_lost=1))["lifetime_value"]
    counted = ("revenue", "purchases", "customers", "lost", "lived_years", "lifetime_value", "first_years")
    assert [row[name] for name in counted] == [350, 6, 3, 1, 7, 350, 3]
    assert row["average_purchase"] * row["purchases_per_year"] * row["lifespan_years"] == pytest.approx(350)
    assert (row["value_so_far"], row["first_years_value"]) == (pytest.approx(350 / 3), pytest.approx(119.67, abs=0.005))
    (row,) = desk.report(story, now="06:00")["lifetime_value"]
    assert (row["lifetime_value"], row["lifespan_years"], row["error_percent"]) == (None, None, None)


def test_a_purchase_for_nothing_has_a_price(desk: Desk, story: Story) -> None:
    story.acquired("C", "2025-01-01T00:00:00Z")
    story.purchased("C", "10:00", amount=0)
    report = desk.report(story)
    numbers = one(report, "purchases", window="24h")
    assert (numbers["priced"], numbers["average_purchase"]) == (1, 0.0)
    assert report["lifetime_value"][0]["value_so_far"] == 0.0


def test_signals_are_counted_and_their_customers_once_each(desk: Desk, story: Story) -> None:
    for name in "ABCD":
        story.acquired(name, "2026-01-01T00:00:00Z")
    story.signalled("A", "10:00", "call_missed")
    story.signalled("A", "11:30", "call_missed")
    story.signalled("B", "11:30", "call_missed")
    report = desk.report(story)
    day = one(report, "signals", window="24h", signal="call_missed")
    assert (day["n"], day["customers"], day["prospects"], day["share"]) == (3, 2, 0, 50.0)
    hour = one(report, "signals", window="1h", signal="call_missed")
    assert (hour["n"], hour["customers"]) == (2, 2)
    assert one(report, "signals", window="1h", signal="web_return")["n"] == 0


def test_without_customers_a_signal_has_no_share(desk: Desk, story: Story) -> None:
    story.signalled("A", "10:00", "web_return")
    assert one(desk.report(story), "signals", window="24h", signal="web_return")["share"] is None


def test_a_form_that_was_started_is_abandoned_if_that_comes_next(desk: Desk, story: Story) -> None:
    story.signalled("A", "10:00", "form_abandoned")
    story.signalled("A", "10:01", "form_abandoned")
    story.signalled("A", "10:01", "form_started")
    story.signalled("B", "10:01", "form_started")
    numbers = one(desk.report(story), "forms", window="24h")
    assert (numbers["started"], numbers["abandoned"], numbers["rate"]) == (2, 1, 50.0)
