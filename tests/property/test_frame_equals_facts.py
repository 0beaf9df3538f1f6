"""What a frame knows of many tickets at once is what the core derives of each."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.contributions import OPENED, RETRACTED, WITHOUT_OPENING, share
from stream.core.facts import PENDING
from stream.core.schedule import Schedule
from stream.model.hours import added, elapsed
from stream.model.times import NEVER, Ints, Times
from tests.columns import crowds, frame, policies, states
from tests.events import desk_events
from tests.tries import tries


def _moments(times: Times) -> list[int | None]:
    return [None if us == NEVER else us for us in times.us.tolist()]


@given(crowds() | desk_events(), policies())
@settings(max_examples=tries(60))
def test_facts_in_columns_equal_facts_of_each_ticket(events, policy):
    tickets = list(states(events).values())
    found, book = frame(tickets, policy)
    labels, opened, responded, given_up = (
        [found.names.labels[number] for number in found.label.tolist()],
        *(_moments(times) for times in (found.opened, found.responded, found.given_up)),
    )
    first, last = _moments(found.resolved_first), _moments(found.resolved_last)
    reopened, risk, deadline = found.reopened, *(_moments(times) for times in found.promised[:2])
    business = found.business(found.answerable, found.responded).tolist()
    for i, ticket in enumerate(tickets):
        expected = share(ticket, policy, book)
        assert found.has_opening[i] == (ticket.opening is not None)
        assert (expected.category == RETRACTED) == bool(found.has_opening[i] and found.is_retracted[i])
        assert (expected.category == WITHOUT_OPENING) == (not found.has_opening[i])
        assert (expected.category == OPENED) == found.live[i]
        assert labels[i] == book.labels(ticket.attributes)
        if expected.basis is None:
            assert (opened[i], responded[i], given_up[i], first[i], deadline[i], found.is_open[i]) == (None,) * 5 + (
                False,
            )
            continue
        _, attributes, _, facts, course, due = expected.basis
        assert opened[i] == facts.opened_us
        assert responded[i] == facts.responded_us
        assert found.first_response[i] == (facts.first_response_us or 0)
        assert (found.awaiting[i], found.takes_part[i]) == (facts.awaiting, facts.takes_part)
        assert given_up[i] == facts.given_up_us
        assert found.pending[i] == (facts.backlog_state == PENDING)
        assert found.is_open[i] == (facts.backlog_state is not None)
        assert (first[i], last[i]) == (course.first_resolved_us, course.last_resolved_us)
        assert tuple(reopened.at[reopened.owner == i].tolist()) == course.reopened_us
        assert (risk[i], deadline[i]) == (due[:2] if due else (None, None))
        schedule = policy.definitions.schedules.of(attributes)
        if facts.responded_us is not None and facts.first_response_us is not None:
            start = facts.responded_us - facts.first_response_us
            assert business[i] == schedule.elapsed_us(start, facts.responded_us)


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
