"""When contacts come in."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from stream.simulate.chance import DAY_US, HOUR_US, Chance
from stream.simulate.channel import CHANNELS
from stream.simulate.curve import Curve

MONDAY_US = int(datetime(2026, 11, 16, tzinfo=UTC).timestamp()) * 1_000_000


def arrivals(curve: Curve, days: float, count: int | None = None, seed: int = 1) -> list[tuple[int, str]]:
    return list(curve.arrivals(Chance(seed, "arrivals"), MONDAY_US, MONDAY_US + round(days * DAY_US), count))


def hour_of(when_us: int) -> int:
    return when_us % DAY_US // HOUR_US


def test_a_week_has_seven_times_the_mean_of_a_day() -> None:
    curve = Curve(CHANNELS, tickets_per_day=1000)
    assert curve.expected(MONDAY_US, MONDAY_US + 7 * DAY_US) == pytest.approx(7000)
    assert len(arrivals(curve, days=7)) == pytest.approx(7000, rel=0.05)


def test_each_hour_gets_about_what_the_curve_promises() -> None:
    curve = Curve(CHANNELS, tickets_per_day=20_000)
    came = Counter(hour_of(when) for when, _ in arrivals(curve, days=1))
    for hour in range(24):
        promised = curve.expected(MONDAY_US + hour * HOUR_US, MONDAY_US + (hour + 1) * HOUR_US)
        # Five standard deviations of a Poisson number.
        assert abs(came[hour] - promised) < 5 * promised**0.5


def test_calls_come_in_office_hours_and_social_messages_in_the_evening() -> None:
    came = arrivals(Curve(CHANNELS, tickets_per_day=20_000), days=5)
    calls = Counter(hour_of(when) for when, channel in came if channel == "phone")
    social = Counter(hour_of(when) for when, channel in came if channel == "social")
    assert calls[10] > 10 * calls[3]
    assert calls[10] > 3 * calls[20]
    assert social[20] > 1.5 * social[10]


def test_a_monday_is_busier_than_a_sunday() -> None:
    days = Counter((when - MONDAY_US) // DAY_US for when, _ in arrivals(Curve(CHANNELS, 5000), days=7))
    assert days[0] > 1.5 * days[6]


def test_the_channels_have_their_shares_over_a_week() -> None:
    came = Counter(channel for _, channel in arrivals(Curve(CHANNELS, tickets_per_day=5000), days=7))
    total = sum(came.values())
    for name, channel in CHANNELS.items():
        assert came[name] / total == pytest.approx(channel.share, abs=0.01), name


def test_a_count_is_met_exactly_and_in_order() -> None:
    for count in (1, 2, 999):
        came = arrivals(Curve(CHANNELS, tickets_per_day=1000), days=0.7, count=count)
        assert len(came) == count
        assert all(before[0] <= after[0] for before, after in pairwise(came))
        assert MONDAY_US <= came[0][0] <= came[-1][0] < MONDAY_US + round(0.7 * DAY_US)


def test_a_counted_day_has_the_same_shape_as_a_free_one() -> None:
    curve = Curve(CHANNELS, tickets_per_day=1)
    came = Counter(hour_of(when) for when, _ in arrivals(curve, days=1, count=20_000))
    whole = curve.expected(MONDAY_US, MONDAY_US + DAY_US)
    for hour in range(24):
        share = curve.expected(MONDAY_US + hour * HOUR_US, MONDAY_US + (hour + 1) * HOUR_US) / whole
        assert abs(came[hour] - 20_000 * share) < 5 * (20_000 * share) ** 0.5


def test_a_desk_ahead_of_utc_has_its_morning_earlier() -> None:
    came = arrivals(Curve(CHANNELS, tickets_per_day=20_000, ahead_us=9 * HOUR_US), days=1)
    calls = Counter(hour_of(when) for when, channel in came if channel == "phone")
    assert calls[1] > 10 * calls[18]  # 10:00 there against 03:00


def test_a_count_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="count needs an end"):
        next(Curve(CHANNELS, 1).arrivals(Chance(1, "arrivals"), MONDAY_US, None, 5))
