"""How this hour was made, and the same hour of the weeks before."""

from __future__ import annotations

import pytest

from stream.core.policy import Policy
from stream.core.windows import DAY_US, SECOND_US
from tests.events import NOON_US, opened, responded, status
from tests.explained import LABELS, added, explained, holding, reasons
from tests.served import DAY, HOUR

WEEK = 7 * DAY
LATER_US = NOON_US + 30 * 60 * SECOND_US  # the hour that ends now began at half past eleven


def hours(*more):
    return holding(
        *(opened("now", 60), opened("early", -2 * HOUR), responded("early", 90)),
        *(opened("week", -WEEK + 30), responded("week", -WEEK + 60), status("week", -WEEK + 90, "resolved")),
        *(opened("weeks", -2 * WEEK), status("weeks", -WEEK, "closed"), responded("weeks", -WEEK - 5)),
        *(opened("first", -3 * WEEK), opened("spam", 60), status("spam", 70, "spam"), responded("unknown", 60)),
        *more,
        now_us=LATER_US,
    )


def test_this_hour_is_explained_beside_the_same_hour_of_the_weeks_before():
    found = explained(hours(), "baseline")
    assert found["choices"] == {"which": "inflow"}
    assert found["number"] == found["shown"]
    assert found["number"]["weeks"] == [1, 1, None, None]
    assert list(added(found).items()) == [("now", {"now": 1}), ("week", {"week_1": 1}), ("weeks", {"week_2": 1})]
    assert [(hour["name"], hour["end"], hour["known"]) for hour in found["hours"]] == [
        ("now", "2026-03-02T12:30:00.000000Z", True),
        ("week_1", "2026-02-23T12:30:00.000000Z", True),
        ("week_2", "2026-02-16T12:30:00.000000Z", True),
        ("week_3", "2026-02-09T12:30:00.000000Z", False),
        ("week_4", "2026-02-02T12:30:00.000000Z", False),
    ]
    assert found["hours"][0]["start"] == "2026-03-02T11:30:00.000000Z"
    # Of the third week nothing is known but what was opened in that very hour.
    assert reasons(found) == {"other_hour": ["early", "first"], "retracted": ["spam"], "no_opening": ["unknown"]}


@pytest.mark.parametrize("which", ["inflow", "backlog", "first_response_seconds"])
def test_an_hour_holds_its_start_and_not_its_end(which):
    start, end = -WEEK - HOUR / 2, -WEEK + HOUR / 2
    found = explained(
        hours(
            *(opened("start", start), responded("start", start), status("start", end, "resolved")),
            *(opened("end", end), responded("end", end)),
        ),
        "baseline",
        choices={"which": which},
    )
    assert found["number"] == found["shown"]
    of_the_week = {name for name, amounts in added(found).items() if any("week_1" in field for field in amounts)}
    assert "start" in of_the_week
    assert "end" not in of_the_week


def test_first_responses_of_the_hours_are_listed_with_their_seconds():
    desk = hours(opened("quick"), responded("quick", 120))
    found = explained(desk, "baseline", choices={"which": "first_response_seconds"})
    assert found["number"] == found["shown"]
    assert found["number"]["weeks"][0] is not None
    assert list(added(found))[:2] == ["early", "quick"]
    assert added(found) == {
        "early": {"now_n": 1, "now_seconds": 2 * HOUR + 90},
        "quick": {"now_n": 1, "now_seconds": 120.0},
        "week": {"week_1_n": 1, "week_1_seconds": 30.0},
        "weeks": {"week_1_n": 1, "week_1_seconds": WEEK - 5},
    }
    assert reasons(found)["not_answered"] == ["first", "now"]


def test_the_backlog_of_the_hours_lists_in_which_a_ticket_was_open():
    found = explained(hours(), "baseline", choices={"which": "backlog"})
    assert found["number"] == found["shown"]
    assert added(found) == {
        "now": {"now": 1},
        "early": {"now": 1},
        "weeks": {"week_2": 1},
        "first": {"now": 1, "week_1": 1, "week_2": 1},
    }
    assert reasons(found)["other_hour"] == ["week"]


def test_what_is_forgotten_was_in_none_of_the_hours():
    policy = Policy(labels=LABELS, retention_us=SECOND_US)
    partition = holding(opened("T", -WEEK), status("T", -WEEK + 60, "resolved"), policy=policy)
    partition.advance(NOON_US + 40 * DAY_US)
    eviction = partition.evict(100)
    while eviction is None or not eviction.seal.evicted:
        partition.advance(partition.snapshot().as_of_us + DAY_US)
        eviction = partition.evict(100)
    partition.evicted(eviction)
    found = explained(partition, "baseline", choices={"which": "backlog"})
    assert found["number"] == found["shown"]
    assert (found["number"]["weeks"], found["forgotten"], found["counted"]["n"]) == ([0, 0, 0, 0], {}, 0)
