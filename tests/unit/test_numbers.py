"""The declarations of the numbers hold together, and rows are what they say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from stream.core.definitions import Definitions
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.snapshot import Totals
from stream.numbers.cells import Counts
from stream.numbers.registry import NUMBERS
from stream.numbers.rows import rows
from tests.board.desks import totals
from tests.events import answered

PAGES = Path(__file__).parents[2] / "docs" / "metrics"
POLICIES = (
    Policy(),
    Policy(labels=()),
    Policy(labels=("channel",), windows=(), definitions=Definitions(blind_spot_min_sent=1, mature_days=1)),
)


def _desks(policy: Policy) -> list[Totals]:
    return [totals(policy=policy), totals([], policy), totals([answered("S", 1, 9)], policy)]


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_the_rows_of_a_number_have_the_shape_that_it_declares(number):
    found = 0
    for policy in POLICIES:
        for desk in _desks(policy):
            for row in rows(number, View(desk, policy)):
                number.shape.model_validate(row)
                found += 1
    assert found, "the story has no row of it, so nothing was compared"


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_a_number_has_its_page(number):
    assert (PAGES / number.page).is_file()


@pytest.mark.parametrize(
    "number", [each for each in NUMBERS.values() if isinstance(each.cells, Counts) and each.metrics]
)
def test_every_field_that_is_counted_is_exposed(number):
    gauges = [metric for metric in number.metrics if not metric.ahead and metric.read is None]
    shown = [field for gauge in gauges for field in gauge.fields or number.cells.fields]
    assert sorted(shown) == sorted(number.cells.fields)


def test_no_two_numbers_share_a_place_a_metric_or_a_tile():
    numbers = NUMBERS.values()
    names = [
        *(number.order for number in numbers),
        *(metric.name for number in numbers for metric in number.metrics),
        *(f"tile {tile.name}" for number in numbers for tile in number.tiles),
    ]
    assert [name for name, times in Counter(names).items() if times > 1] == []
