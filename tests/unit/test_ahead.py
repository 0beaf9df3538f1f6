"""What counts at a time to come counts in no window before, and is told as immature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stream.core.cells import COUNT
from stream.core.cells import Cells as Named
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.windows import AHEAD, ALL, HOUR_US, WHAT_LIES_AHEAD, DayStart, Window, parse_window
from stream.counting.cells import COUNTED, Cells
from stream.counting.ledger import Ledger
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.report.document import report
from tests.columns import held
from tests.events import NOON_US, decoded, opened, sent, status

CELL = ("n", (), COUNT)
WEEK_US = 7 * 24 * HOUR_US


class _Ledger:
    """A ledger of one cell."""

    def __init__(self, *windows: Window) -> None:
        self.cells = Cells(Policy().buckets, [()])
        self.ledger = Ledger(windows, DayStart())
        self.ledger.advance(NOON_US)

    def add(self, at_us: int, amount: int) -> None:
        code = self.cells.measure("n") | COUNTED
        self.ledger.apply(np.zeros(1, np.int64), np.array([at_us]), np.array([code]), np.array([amount]))

    def held(self) -> dict[str, Named]:
        return held(self.ledger, self.cells, 0)


def test_what_lies_ahead_begins_with_the_next_full_hour():
    bounds = [WHAT_LIES_AHEAD.bounds(now, DayStart())[0] for now in (NOON_US - 1, NOON_US, NOON_US + HOUR_US - 1)]
    assert bounds == [NOON_US, NOON_US + HOUR_US, NOON_US + HOUR_US]


def test_a_time_to_come_is_counted_ahead_until_the_hour_that_it_is_in():
    ledger = _Ledger(parse_window("1h"), parse_window("7d"), WHAT_LIES_AHEAD)
    at = NOON_US + 5 * HOUR_US + HOUR_US // 2
    ledger.add(at, 1)
    held = []
    for now in (NOON_US, at - HOUR_US, at - HOUR_US // 2, at, at + HOUR_US, at + 200 * HOUR_US):
        ledger.ledger.advance(now)
        held.append([name for name, cells in ledger.held().items() if cells and name != ALL])
    assert held == [[AHEAD], [AHEAD], ["7d"], ["1h", "7d"], ["7d"], []]


def test_what_is_taken_back_leaves_nothing_ahead():
    ledger = _Ledger(WHAT_LIES_AHEAD)
    ledger.add(NOON_US + WEEK_US, 1)
    assert ledger.held() == {AHEAD: {CELL: 1}, ALL: {CELL: 1}}
    ledger.add(NOON_US + WEEK_US, -1)
    assert ledger.held() == {AHEAD: {}, ALL: {}}


def _coverage(now_us: int, *events: dict[str, Any]) -> dict[str, Any]:
    policy = Policy(labels=("channel",))
    partition = Partition(0, Books(policy, LabelBook(policy.labels, 10)))
    partition.apply("t", decoded(*events), NOON_US)
    partition.advance(now_us)
    snapshot = report(partition.snapshot(), policy)
    assert AHEAD not in snapshot["windows"]
    assert not [row for name in ("csat", "coverage", "customers") for row in snapshot[name] if row["window"] == AHEAD]
    return {row["window"]: row for row in snapshot["coverage"] if row["labels"] == {}}


@pytest.mark.parametrize(
    ("after_us", "immature", "counted"),
    [
        (0, 1, set()),
        (WEEK_US - 1, 1, set()),
        (WEEK_US, 0, {"5m", "30m", "1h", "24h", "today", "7d", "30d", "90d"}),
        (WEEK_US + 2 * WEEK_US, 0, {"30d", "90d"}),
    ],
)
def test_a_survey_is_immature_until_its_days_are_over(after_us, immature, counted):
    rows = _coverage(NOON_US + after_us, sent("S", 0))
    assert {row["immature"] for row in rows.values()} == {immature}
    assert {name for name, row in rows.items() if row["sent"]} == counted


def test_a_ticket_that_is_resolved_is_immature_for_each_of_its_days():
    events = [opened("T", customer_id="C"), status("T", 60, "resolved")]
    policy = Policy(labels=("channel",))
    partition = Partition(0, Books(policy, LabelBook(policy.labels, 10)))
    partition.apply("t", decoded(*events), NOON_US)
    partition.advance(NOON_US + 47 * HOUR_US)
    rows = report(partition.snapshot(), policy)["contact_avoidance"]
    found = {
        row["days"]: (row["matured"], row["immature"]) for row in rows if row["window"] == "7d" and not row["labels"]
    }
    assert found == {1: (1, 0), 2: (0, 1), 3: (0, 1)}
