"""What is known of a ticket whose customer gave a low score, or not."""

from __future__ import annotations

import pytest

from stream.core.definitions import Definitions
from tests.events import answered, opened, responded, status
from tests.shares import counts, share_of

HOUR = 3600


def _drivers(*events, **definitions):
    found = counts("drivers", share_of(*events, definitions=Definitions(**definitions)))
    return {name for name, _ in found}


def _of(score, *more, **fields):
    return _drivers(opened("T", channel="chat"), *more, answered("S", 10, score, ticket_id="T", **fields))


def test_each_answer_counts_once_for_each_factor():
    known = ["channel/chat", "queue/unknown", "frt_band/none", "reopened/no", "transferred/no"]
    assert _of(2) == {f"low/{factor}" for factor in known}
    assert _of(9) == {f"other/{factor}" for factor in known}


@pytest.mark.parametrize(
    ("seconds", "band"),
    [
        *((0, "<1h"), (HOUR - 0.000001, "<1h"), (HOUR, "1-4h"), (4 * HOUR, "4-8h"), (8 * HOUR, "8-24h")),
        *((24 * HOUR, "1-3d"), (72 * HOUR, "3-7d"), (168 * HOUR, ">7d")),
    ],
)
def test_a_band_of_first_response_times_begins_at_its_bound(seconds, band):
    assert f"low/frt_band/{band}" in _of(2, responded("T", seconds))


def test_what_happens_after_the_answer_is_known_of_the_ticket_too():
    later = [status("T", 20, "resolved"), status("T", 30, "reopened"), status("T", 40, "transferred", to_queue="b")]
    assert {"low/reopened/yes", "low/transferred/yes", "low/queue/b"} <= _of(2, *later)


def test_escalated_is_not_transferred():
    assert "low/transferred/no" in _of(2, status("T", 20, "escalated"))


def test_scores_of_customers_count_that_can_be_judged():
    assert _of(1, instrument="csat") == _of(2)
    assert _of(None) == _of(1, instrument="csat", scale_max=9) == _of(7, instrument="ces") == set()
    assert _of(0, instrument="enps") == set()


def test_a_score_counts_without_a_comment_and_low_is_a_setting():
    story = [opened("T"), answered("S", 10, 3, ticket_id="T")]
    assert "low/reopened/no" in _drivers(*story, nps_low=3)
    assert "other/reopened/no" in _drivers(*story, nps_low=2)


def test_without_a_ticket_that_was_opened_nothing_is_known():
    assert _drivers(answered("S", 10, 2, channel="chat")) == set()
    assert _drivers(responded("T", 5), answered("S", 10, 2, ticket_id="T")) == set()
