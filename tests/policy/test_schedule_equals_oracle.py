"""Business hours of the core against those of the batch oracle, which reads them out of the policy document."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.definitions import Definitions
from stream.core.schedule import Holidays, Schedule, Schedules, Version
from stream.verify.schedule import Schedule as OracleSchedule
from tests.policy.test_schedule_properties import CHANGES, MINUTE, ZONES, instants
from tests.tries import tries

# Any minute, those too that a change of the clock skips or shows twice.
CORNERS = st.lists(st.integers(0, 1440), max_size=8, unique=True).map(sorted)
DAYS = CORNERS.map(lambda minutes: tuple(zip(minutes[::2], minutes[1::2], strict=False)))
WEEKS = st.lists(DAYS, min_size=7, max_size=7).map(tuple)
COUNTRIES = st.sampled_from([(None, None), ("DE", None), ("DE", "BY"), ("US", None), ("NO", None), ("JP", None)])


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    edits = sorted(draw(st.sets(st.sampled_from(CHANGES), max_size=2)))
    country, subdivision = draw(COUNTRIES)
    dates = draw(st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=4))
    return Schedule(
        zone=draw(st.sampled_from(ZONES)),
        versions=(Version(None, draw(WEEKS)), *(Version(day, draw(WEEKS)) for day in edits)),
        holidays=Holidays(dates, country, subdivision),
    )


@settings(max_examples=tries(40))
@given(schedules(), st.lists(instants(), min_size=2, max_size=6), st.integers(1, 400 * 60 * MINUTE))
def test_the_core_and_the_oracle_agree_on_every_schedule(schedule, times, business_us):
    document = Definitions(schedules=Schedules(schedule)).document["schedules"]["default"]
    oracle = OracleSchedule.of_document(document)
    for start_us in times:
        for end_us in times:
            assert schedule.elapsed_us(start_us, end_us) == oracle.elapsed_us(start_us, end_us)
        assert schedule.add_us(start_us, business_us) == oracle.add_us(start_us, business_us)
