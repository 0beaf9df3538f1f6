"""Net promoter score, worked out by hand."""

import pytest

from tests.verify.story import Desk, Story, row


def test_thirty_percent_promoters_and_ten_percent_detractors_score_20(desk: Desk, story: Story) -> None:
    for i, score in enumerate([10, 9, 9, 8, 7, 8, 7, 8, 7, 6]):
        story.answered(f"S{i}", "10:00", score)
    numbers = row(desk.report(story), "nps", to="answered")
    assert [numbers[name] for name in ("n", "promoters", "passives", "detractors", "unscored")] == [10, 3, 6, 1, 0]
    assert numbers["score"] == pytest.approx(20.0)
    # p = 3.75/13, d = 1.75/13: centre 2/13, variance (5.5/13 - 4/169)/13
    margin = 196 * ((5.5 / 13 - 4 / 169) / 13) ** 0.5
    assert numbers["low"] == pytest.approx(200 / 13 - margin)
    assert numbers["high"] == pytest.approx(200 / 13 + margin)


def test_the_interval_does_not_collapse_when_all_agree_and_stays_within_the_scale(desk: Desk, story: Story) -> None:
    for i in range(5):
        story.answered(f"S{i}", "10:00", 10)
    numbers = row(desk.report(story), "nps", to="answered")
    # p = 5.75/8, d = 0.75/8: centre 62.5, margin 196 * sqrt((6.5/8 - 25/64)/8) = 45.01; clamped above
    assert numbers["score"] == 100.0
    assert numbers["low"] == pytest.approx(17.4906, abs=0.0001)
    assert numbers["high"] == 100.0


@pytest.mark.parametrize(("answers", "shown"), [(4, False), (5, True)])
def test_under_five_answers_the_score_is_hidden_and_its_parts_are_not(
    desk: Desk, story: Story, answers: int, shown: bool
) -> None:
    for i in range(answers):
        story.answered(f"S{i}", "10:00", 0)
    numbers = row(desk.report(story), "nps", to="answered")
    assert (numbers["n"], numbers["detractors"]) == (answers, answers)
    assert (numbers["score"] == -100.0) is shown
    assert (numbers["low"] is None) is (numbers["high"] is None) is not shown


def test_the_last_answer_of_a_survey_counts_and_only_that(desk: Desk, story: Story) -> None:
    story.answered("S", "10:10", 2)
    story.answered("S", "10:00", 10)
    numbers = row(desk.report(story), "nps", to="answered")
    assert (numbers["n"], numbers["promoters"], numbers["detractors"]) == (1, 0, 1)


def test_an_answer_without_a_score_is_counted_apart_even_after_one_with_a_score(desk: Desk, story: Story) -> None:
    story.answered("S", "10:00", 10)
    story.answered("S", "10:10", comment="never mind")
    numbers = row(desk.report(story), "nps", to="answered")
    assert (numbers["n"], numbers["unscored"]) == (0, 1)
    assert numbers["score"] is None


def test_answers_of_other_instruments_are_no_promoters(desk: Desk, story: Story) -> None:
    story.answered("S", "10:00", 10)
    story.answered("S", "10:10", 1, instrument="csat")
    story.answered("S2", "10:00", 10, instrument="enps")
    numbers = row(desk.report(story), "nps", to="answered")
    assert (numbers["n"], numbers["promoters"]) == (1, 1)


def test_an_answer_lies_in_the_window_of_its_attribution(desk: Desk, story: Story) -> None:
    story.sent("S", "10:10")
    story.sent("S", "10:00")  # the earliest counts
    story.answered("S", "11:58", 9)
    story.answered("never sent", "11:58", 9)
    report = desk.report(story)
    assert row(report, "nps", "5m", "answered")["n"] == row(report, "nps", "90d", "answered")["n"] == 2
    assert row(report, "nps", "1h", "sent")["n"] == 0
    assert row(report, "nps", "24h", "sent")["n"] == row(report, "nps", "all", "sent")["n"] == 1


def test_a_survey_of_a_ticket_has_the_tickets_labels(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", channel="chat", priority="high")
    story.answered("S", "10:20", 9, ticket_id="T", channel="email")
    story.status("T", "10:30", "transferred", to_queue="vip")
    assert row(desk.report(story), "nps", to="answered", channel="chat", priority="high", queue="vip")["n"] == 1


def test_without_an_opened_ticket_a_survey_has_its_own_channel_and_segment(desk: Desk, story: Story) -> None:
    story.sent("S", "10:00", channel="phone", segment="sent")
    story.answered("S", "10:10", 9, segment="answer")
    story.responded("T", "09:00")
    story.answered("S2", "10:10", 9, ticket_id="T", channel="form")
    report = desk.report(story, labels=("channel", "priority", "segment"))
    assert row(report, "nps", to="answered", channel="phone", priority="unknown", segment="answer")["n"] == 1
    assert row(report, "nps", to="answered", channel="form", priority="unknown", segment="unknown")["n"] == 1


def test_a_survey_of_a_retracted_ticket_does_not_count(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.answered("S", "10:20", 0, ticket_id="T")
    story.status("T", "10:30", "spam")
    numbers = row(desk.report(story), "nps", to="answered")
    assert numbers["n"] == numbers["unscored"] == 0


def test_a_ticket_known_by_its_survey_alone_is_held_without_an_opening(desk: Desk, story: Story) -> None:
    story.answered("S", "10:20", 0, ticket_id="T")
    assert desk.report(story)["tickets"] == {"held": 1, "opened": 0, "without_opening": 1, "retracted": 0}
