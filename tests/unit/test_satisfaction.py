"""What an answer adds: to CSAT, effort, the ratio, coverage, and the bad comments."""

from __future__ import annotations

import pytest

from stream.core.definitions import Definitions
from tests.events import answered, opened, sent, status
from tests.shares import counts, share_of

DAY = 86_400


def _told(family, *events, **definitions):
    return counts(family, share_of(*events, definitions=Definitions(**definitions)))


def test_of_each_instrument_of_a_survey_the_last_answer_counts_at_its_time():
    story = [answered("S", 10, 1, instrument="csat"), answered("S", 20, 5, instrument="csat"), answered("S", 30, 9)]
    assert _told("csat", *story) == {("satisfied", 20): 1}
    assert _told("nps", *story) == {("answered/promoter", 30): 1}
    assert _told("satisfaction", *story) == {("satisfied/unknown", 20): 1, ("satisfied/unknown", 30): 1}


def test_at_one_time_the_greater_event_id_is_the_last_answer():
    story = [
        answered("S", 10, 5, instrument="csat", event_id="b"),
        answered("S", 10, 1, instrument="csat", event_id="a"),
    ]
    assert _told("csat", *story) == {("satisfied", 10): 1}


def test_an_answer_without_a_score_or_on_an_unknown_scale_is_counted_apart():
    assert _told("csat", answered("S", 10, instrument="csat")) == {("unscored", 10): 1}
    assert _told("csat", answered("S", 10, 9, instrument="csat", scale_max=9)) == {("unscaled", 10): 1}
    assert _told("satisfaction", answered("S", 10, 9, instrument="csat", scale_max=9)) == {}


def test_a_last_answer_without_a_score_takes_the_one_before_it_out():
    story = [answered("S", 10, 5, instrument="csat"), answered("S", 20, instrument="csat")]
    assert _told("csat", *story) == {("unscored", 20): 1}


def test_effort_adds_its_score_and_a_score_of_0_adds_nothing_to_the_sum():
    assert _told("ces", answered("S", 10, 2, instrument="ces")) == {("low_effort/7", 10): 1, ("score/7", 10): 2}
    assert _told("ces", answered("S", 10, 0, instrument="ces", scale_max=10)) == {("low_effort/10", 10): 1}
    assert _told("ces", answered("S", 10, 2, instrument="ces", scale_max=6)) == {}


def test_the_touchpoint_is_the_answers_else_the_sendings():
    asked = sent("S", 0, touchpoint="checkout")
    assert _told("satisfaction", asked, answered("S", 10, 9)) == {("satisfied/checkout", 10): 1}
    elsewhere = answered("S", 10, 9, touchpoint="call/back")
    assert _told("satisfaction", asked, elsewhere) == {("satisfied/call/back", 10): 1}


def test_a_bad_comment_is_a_low_score_with_words():
    bad = {("n", 10): 1}
    assert _told("bad_comments", answered("S", 10, 6, comment="slow")) == bad
    assert _told("bad_comments", answered("S", 10, 2, instrument="enps", comment="slow")) == bad
    assert _told("bad_comments", answered("S", 10, 2, instrument="csat", comment="slow")) == bad
    assert _told("bad_comments", answered("S", 10, 7, comment="slow")) == {}
    assert _told("bad_comments", answered("S", 10, 6, comment=" \n ")) == {}
    assert _told("bad_comments", answered("S", 10, 6)) == {}
    assert _told("bad_comments", answered("S", 10, comment="slow")) == {}
    assert _told("bad_comments", answered("S", 10, 7, instrument="ces", comment="slow")) == {}


def test_a_bad_comment_that_was_thought_better_of_is_none():
    assert _told("bad_comments", answered("S", 10, 0, comment="slow"), answered("S", 20, 9, comment="kind")) == {}


def test_a_survey_counts_the_day_it_is_mature_and_as_answered_up_to_that_moment():
    counted = {("sent", 7 * DAY): 1, ("answered", 7 * DAY): 1}
    assert _told("coverage", sent("S", 0), answered("S", 7 * DAY)) == counted
    assert _told("coverage", sent("S", 0), answered("S", 7 * DAY + 0.000001, 9)) == {("sent", 7 * DAY): 1}
    assert _told("coverage", sent("S", 0), mature_days=1) == {("sent", DAY): 1}
    assert _told("coverage", answered("S", 10, 9)) == {}


def test_who_answered_in_time_and_again_later_has_answered():
    story = [sent("S", 0), answered("S", DAY, 9), answered("S", 9 * DAY, 3)]
    assert ("answered", 7 * DAY) in _told("coverage", *story)
    assert ("answered", 7 * DAY) in _told("coverage", *reversed(story))


def test_a_survey_that_is_sent_again_counts_from_the_first_time():
    assert _told("coverage", sent("S", DAY), sent("S", 0)) == {("sent", 7 * DAY): 1}


def test_coverage_is_told_apart_by_what_the_sending_said_and_the_tickets_own_if_there_is_one():
    asked = sent("S", 0, segment="business", ticket_id="T")
    lonely = _told("coverage_by", asked)
    assert set(lonely) == {("sent/channel/unknown", 7 * DAY), ("sent/segment/business", 7 * DAY)}
    of_ticket = _told("coverage_by", opened("T", channel="chat", segment="private"), asked)
    assert set(of_ticket) == {("sent/channel/chat", 7 * DAY), ("sent/segment/private", 7 * DAY)}


@pytest.mark.parametrize("family", ["csat", "satisfaction", "coverage", "bad_comments", "drivers"])
def test_surveys_of_a_retracted_ticket_count_nowhere(family):
    story = [
        *(opened("T"), sent("S", 0, ticket_id="T")),
        answered("S", 10, 1, instrument="csat", comment="slow", ticket_id="T"),
    ]
    before = _told(family, *story)
    assert before
    assert _told(family, *story, status("T", 20, "spam")) == {}
    assert _told(family, *story, status("T", 20, "spam"), status("T", 30, "reopened")) == before
