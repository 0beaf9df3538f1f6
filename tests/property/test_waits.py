"""Waits that were followed from second to second equal waits that are counted anew."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from stream.core.histogram import Buckets
from stream.core.waits import Waits
from stream.core.windows import DAY_US, SECOND_US

BUCKETS = Buckets((10 * SECOND_US, 60 * SECOND_US))
START_US = 1_774_700_000 * SECOND_US

# Few openings, so that many coincide, and come again; some ahead of the clock, some at the very bound of a bucket.
OPENINGS = st.sampled_from([-DAY_US, -61 * SECOND_US, -10 * SECOND_US, -1_023, -1_000, 0, 1, 5 * SECOND_US])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("comes"), OPENINGS),
        st.tuples(st.just("goes"), OPENINGS),
        st.tuples(st.just("look"), st.sampled_from([0, 1, 22, 23, 1_000, SECOND_US, 30 * SECOND_US, 40 * DAY_US])),
        st.tuples(st.just("back"), st.just(-3 * SECOND_US)),
    ),
    max_size=40,
)


@given(STEPS)
def test_waits_followed_equal_waits_counted_anew(steps):
    waits, waiting = Waits(), Counter[int]()
    now_us = START_US
    for what, us in [*steps, ("look", 0)]:
        if what == "comes":
            waiting[START_US + us] += 1
            waits.add(START_US + us)
        elif what == "goes":
            if waiting[START_US + us]:
                waiting[START_US + us] -= 1
                waits.remove(START_US + us)
        else:
            now_us += us
            expected = Counter(BUCKETS.index(max(0, now_us - opened)) for opened in waiting.elements())
            assert waits.at(now_us, BUCKETS, waiting.elements()) == expected
