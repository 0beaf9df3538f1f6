"""The blind spot: the channel or segment that answers least, of those that were asked often enough."""

from __future__ import annotations

from tests.worked_example import WorkedExample

ASKED = """
    2026-02-20 12:00  survey.sent      S-1  channel=chat segment=private
    2026-02-20 13:00  survey.answered  S-1  score=9
    2026-02-20 12:00  survey.sent      S-2
    2026-03-02 12:00  now
    policy blind_spot_min_sent: 1
"""


def test_those_of_whom_nothing_is_known_are_no_blind_spot_and_of_equals_the_first_by_name_is():
    assert WorkedExample().read(
        ASKED
        + """
        coverage_by  window=30d by=channel value=unknown  ->  sent=1 coverage=0
        blind_spot   window=30d  ->  by=channel value=chat sent=1 coverage=100
        """
    )


def test_the_lowest_coverage_is_the_blind_spot():
    assert WorkedExample().read(
        ASKED
        + """
        2026-02-21 12:00  survey.sent  S-3  channel=chat segment=business
        blind_spot  window=30d  ->  by=segment value=business sent=1 coverage=0
        """
    )


def test_where_too_few_were_asked_nothing_is_a_blind_spot():
    desk = WorkedExample()
    desk.read(ASKED.replace("min_sent: 1", "min_sent: 2"))
    assert desk.rows("blind_spot") == []
