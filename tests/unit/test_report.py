"""The snapshot that people and programs read, through the whole core."""

from __future__ import annotations

from typing import Any

import pytest

from stream.core.instant import instant
from stream.core.policy import Policy
from stream.core.windows import SECOND_US
from stream.numbers.nps import NetPromoterScore, net_promoter_score
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import NOON_US, answered, decoded, opened, responded, sent, status


def _snapshot(*events: dict[str, Any], now_seconds: float = 3600, **policy: Any) -> dict[str, Any]:
    chosen = Policy(**policy)
    partition = Partition(0, Books(chosen))
    partition.apply("t", decoded(*events), NOON_US)
    partition.advance(NOON_US + int(now_seconds * SECOND_US))
    return report(partition.snapshot(), chosen)


def _row(rows: list[dict[str, Any]], labels: dict[str, str] | None = None, **where: str) -> dict[str, Any]:
    found = [r for r in rows if r["labels"] == (labels or {}) and all(r[k] == v for k, v in where.items())]
    assert len(found) == 1, (labels, where)
    return found[0]


def test_the_last_answer_of_a_survey_counts_and_an_answer_without_a_score_is_counted_apart():
    events = [
        answered("S1", 20, 9),
        answered("S1", 10, 2),
        answered("S2", 10),
        answered("S3", 10, 0, instrument="csat"),
    ]
    row = _row(_snapshot(*events, nps_min_n=1)["nps"], window="1h", attribute_to="answered")
    assert (row["promoters"], row["detractors"], row["n"], row["unscored"]) == (1, 0, 1, 1)


def test_an_answer_is_attributed_to_when_it_was_given_or_to_when_it_was_asked_for():
    events = [sent("S1", -3 * 86_400), answered("S1", 0, 10)]
    rows = _snapshot(*events)["nps"]
    assert _row(rows, window="24h", attribute_to="answered")["n"] == 1
    assert _row(rows, window="24h", attribute_to="sent")["n"] == 0
    assert _row(rows, window="7d", attribute_to="sent")["n"] == 1


def test_too_few_answers_give_no_score_and_unanimous_ones_an_interval_that_does_not_collapse():
    assert net_promoter_score({"promoter": 4}, min_n=5) == NetPromoterScore(None, None, None)
    all_agree = net_promoter_score({"promoter": 20}, min_n=5)
    assert all_agree.score == all_agree.high == 100
    # p = 20.75/23, d = 0.75/23: 86.96 - 196 x sqrt((0.9348 - 0.8696^2) / 23)
    assert all_agree.low == pytest.approx(69.683, abs=0.001)
    assert net_promoter_score({}, min_n=1) == NetPromoterScore(None, None, None)


def test_no_data_is_none_and_not_zero():
    snapshot = _snapshot()
    frt = _row(snapshot["first_response"], window="1h", attribute_to="response")
    assert (frt["n"], frt["mean_seconds"], frt["p50_seconds"]) == (0, None, None)
    assert _row(snapshot["nps"], window="1h", attribute_to="answered")["score"] is None
    wait = _row(snapshot["open_wait"])
    assert (wait["n"], wait["oldest_seconds"], wait["p95_seconds"]) == (0, None, None)


def test_backlog_is_split_by_state_and_by_age_with_exact_bounds():
    ages = [0, 3599, 3600, 4 * 3600, 8 * 3600, 86_400, 3 * 86_400, 7 * 86_400, 7 * 86_400 + 1]
    events = [opened(f"T{i}", 3600 - age) for i, age in enumerate(ages)]
    row = _row(_snapshot(*events)["backlog"])
    assert row["ages"] == {"<1h": 2, "1-4h": 1, "4-8h": 1, "8-24h": 1, "1-3d": 1, "3-7d": 1, ">7d": 2}
    assert row["longer_than"] == {"24h": 3, "72h": 2, "168h": 1}
    assert row["unanswered"] == row["n"] == 9


def test_a_long_wait_does_not_vanish_because_nobody_answered():
    wait = _row(_snapshot(opened("T", -86_400), opened("U", 0))["open_wait"])
    assert (wait["n"], wait["oldest_seconds"], wait["mean_seconds"]) == (2, 90_000, 46_800)
    assert wait["le"]["3600"] == 1
    assert wait["p95_seconds"] == pytest.approx(90_000, rel=0.012)


def test_rows_are_given_in_all_by_each_dimension_and_by_each_combination():
    events = [opened("T", channel="chat", queue="billing"), opened("U", channel="chat", queue="sales")]
    rows = _snapshot(*events, labels=("channel", "queue"))["backlog"]
    assert [(row["labels"], row["n"]) for row in rows] == [
        ({}, 2),
        ({"channel": "chat"}, 2),
        ({"queue": "billing"}, 1),
        ({"queue": "sales"}, 1),
        ({"channel": "chat", "queue": "billing"}, 1),
        ({"channel": "chat", "queue": "sales"}, 1),
    ]


def test_a_survey_of_a_known_ticket_has_the_tickets_labels_and_a_lonely_one_its_own():
    events = [
        *(opened("T", channel="phone", queue="billing"), answered("S1", 1, 9, ticket_id="T", channel="chat")),
        answered("S2", 1, 9, channel="email"),
    ]
    rows = _snapshot(*events, labels=("channel", "queue"))["nps"]
    full = [
        r["labels"] for r in rows if r["window"] == "24h" and r["attribute_to"] == "answered" and len(r["labels"]) == 2
    ]
    assert full == [{"channel": "email", "queue": "unknown"}, {"channel": "phone", "queue": "billing"}]


def test_the_snapshot_says_as_of_when_which_windows_and_which_variants():
    snapshot = _snapshot(opened("T"), status("T", 10, "spam"), responded("U", 1))
    assert snapshot["as_of"] == "2026-03-02T13:00:00.000000Z"
    assert snapshot["watermark"] == "2026-03-02T12:00:10.000000Z"
    assert snapshot["final_until"] == "2026-03-02T11:00:10.000000Z"
    assert snapshot["windows"]["5m"] == {"start": "2026-03-02T12:55:10.000000Z", "end": "2026-03-02T13:00:10.000000Z"}
    assert snapshot["tickets"] == {"held": 2, "opened": 0, "without_opening": 1, "retracted": 1}
    assert snapshot["variants"]["responder"] == "human"


def test_an_instant_is_written_in_utc_with_microseconds():
    assert instant(NOON_US + 1) == "2026-03-02T12:00:00.000001Z"
    assert instant(None) is None


def test_a_partition_whose_windows_were_never_moved_has_a_snapshot_of_nothing():
    partition = Partition(0, Books(Policy()))
    partition.apply("t", decoded(opened("T")), NOON_US)
    snapshot = report(partition.snapshot(), Policy())
    assert snapshot["as_of"].startswith("1970")
    assert {row["opened"] for row in snapshot["flow"]} == {0}
    partition.advance(NOON_US)
    assert max(row["opened"] for row in report(partition.snapshot(), Policy())["flow"]) == 1
