"""Hours of a schedule that pass in many spans at once equal those of each span."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.schedule import Schedule
from stream.model.hours import added, elapsed
from stream.model.times import Ints
from tests.columns import policies
from tests.tries import tries

# Around the night in which clocks go forward.
INSTANTS = st.integers(1_774_600_000, 1_774_900_000) | st.integers(1_740_000_000, 1_800_000_000)


def _column(values: list[int]) -> Ints:
    return np.array(values, np.int64)


@settings(max_examples=tries(25))
@given(policies(), st.lists(st.tuples(INSTANTS, INSTANTS), max_size=5), st.integers(0, 100 * 86_400))
def test_hours_of_columns_equal_hours_of_each_span(policy, spans, seconds):
    for schedule in (policy.definitions.schedules.default, *policy.definitions.schedules.by_queue.values()):
        start, end = (_column([span[i] * 1_000_000 + i for span in spans]) for i in (0, 1))
        fresh = Schedule(schedule.name, schedule.zone, schedule.versions, schedule.holidays)
        pairs = list(zip(start.tolist(), end.tolist(), strict=True))
        assert elapsed(schedule, start, end).tolist() == [fresh.elapsed_us(*pair) for pair in pairs]
        reached = [fresh.add_us(us, seconds * 1_000_000) for us, _ in pairs]
        assert added(schedule, start, seconds * 1_000_000).tolist() == [1 << 62 if us is None else us for us in reached]
