"""What a score means depends on the scale it was given on."""

from __future__ import annotations

import pytest

from stream.core.definitions import Definitions
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.survey import Answer, Survey
from stream.model.frame import Tickets
from stream.model.names import Names
from stream.model.survey_records import survey_records
from stream.model.surveys import Surveys
from stream.model.times import Mask
from stream.numbers import scales

TERMS = Definitions()


def _answer(instrument, score, scale=None):
    return Answer(0, "e", instrument, score, scale, False, None, None, None)


def _columns(answer: Answer, terms: Definitions) -> Surveys:
    policy = Policy(definitions=terms)
    names = Names(policy, LabelBook(policy.labels, policy.label_limit))
    survey = Survey("S", None, (answer,), answer.at_us)
    return Surveys([survey_records((survey,), names)], Tickets([b""], policy, names))


def _said(judged: Mask, so: Mask) -> bool | None:
    assert judged[0] or not so[0]
    return bool(so[0]) if judged[0] else None


def is_satisfied(answer: Answer, terms: Definitions) -> bool | None:
    return _said(*_columns(answer, terms).satisfaction)


def is_low_effort(answer: Answer, terms: Definitions) -> bool | None:
    return _said(*_columns(answer, terms).effort)


def is_low(answer: Answer, terms: Definitions) -> bool | None:
    low = _said(*_columns(answer, terms).low)
    assert low is scales.is_low(answer, terms), "what alerts are sent of is what is counted"
    return low


def scale_of(answer: Answer, terms: Definitions) -> int:
    scale = int(_columns(answer, terms).scale[0])
    assert scale == scales.scale_of(answer, terms)
    return scale


@pytest.mark.parametrize(
    ("scale", "first_satisfied", "last_low"),
    [(1, 1, 0), (2, 2, 1), (3, 3, 1), (4, 3, 2), (5, 4, 2), (7, 6, 3), (10, 8, 4)],
)
def test_the_best_scores_of_a_csat_scale_are_satisfied_and_the_worst_low(scale, first_satisfied, last_low):
    for score in range(scale + 1):
        assert is_satisfied(_answer("csat", score, scale), TERMS) is (score >= first_satisfied)
        assert is_low(_answer("csat", score, scale), TERMS) is (score <= last_low)


@pytest.mark.parametrize(("scale", "last_low_effort"), [(5, 2), (7, 3), (10, 3)])
def test_a_low_score_is_little_effort(scale, last_low_effort):
    for score in range(1, scale + 1):
        assert is_low_effort(_answer("ces", score, scale), TERMS) is (score <= last_low_effort)
        assert is_satisfied(_answer("ces", score, scale), TERMS) is (score <= last_low_effort)


@pytest.mark.parametrize(("scale", "first_low_effort"), [(5, 4), (7, 5), (10, 8)])
def test_where_a_survey_asks_for_ease_a_high_score_is_little_effort(scale, first_low_effort):
    for score in range(1, scale + 1):
        assert is_low_effort(_answer("ces", score, scale), Definitions(ces_ease=True)) is (score >= first_low_effort)


def test_an_answer_that_does_not_say_its_scale_has_that_of_the_policy():
    assert scale_of(_answer("csat", 4), TERMS) == 5
    assert scale_of(_answer("ces", 4), TERMS) == 7
    assert scale_of(_answer("csat", 4, 10), Definitions(csat_scale=4)) == 10
    assert is_satisfied(_answer("csat", 4), Definitions(csat_scale=10)) is False


@pytest.mark.parametrize("instrument", ["csat", "ces"])
def test_on_a_scale_that_nobody_knows_nothing_is_judged(instrument):
    assert is_satisfied(_answer(instrument, 6, 6), TERMS) is None
    assert is_low(_answer(instrument, 1, 6), TERMS) is None


@pytest.mark.parametrize(("instrument", "scale"), [("csat", 5), ("csat", 10), ("ces", 7), ("ces", 5)])
@pytest.mark.parametrize("named", [True, False])
def test_a_score_above_its_scale_was_given_on_another_and_is_not_judged(instrument, scale, named):
    terms = Definitions(csat_scale=scale) if instrument == "csat" else Definitions(ces_scale=scale, ces_ease=True)
    best, above = (_answer(instrument, score, scale if named else None) for score in (scale, scale + 1))
    assert is_satisfied(best, terms) is True
    assert (is_satisfied(above, terms), is_low(above, terms), is_low_effort(above, terms)) == (None, None, None)


@pytest.mark.parametrize("instrument", ["nps", "csat", "ces", "enps"])
def test_an_answer_without_a_score_is_not_judged(instrument):
    answer = _answer(instrument, None)
    assert (is_satisfied(answer, TERMS), is_low(answer, TERMS)) == (None, None)


def test_promoters_are_satisfied_and_employees_are_no_customers():
    assert [is_satisfied(_answer("nps", score), TERMS) for score in (8, 9, 10)] == [False, True, True]
    assert is_satisfied(_answer("enps", 10), TERMS) is None


@pytest.mark.parametrize("instrument", ["nps", "enps"])
def test_low_is_a_setting_and_effort_is_never_low(instrument):
    assert [is_low(_answer(instrument, score), TERMS) for score in (0, 6, 7)] == [True, True, False]
    assert [is_low(_answer(instrument, score), Definitions(nps_low=3)) for score in (3, 4)] == [True, False]
    assert is_low(_answer("ces", 7), TERMS) is None
