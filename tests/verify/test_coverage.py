"""How many surveys are answered, worked out by hand."""

import pytest

from tests.verify.story import Desk, Story, one, policy

WEEK_BEFORE = "2026-02-23T10:00:00Z"  # a week before 10:00 of the story's day


def test_a_survey_counts_once_its_days_are_over(desk: Desk, story: Story) -> None:
    story.sent("ripe", WEEK_BEFORE)
    story.answered("ripe", "2026-02-24T10:00:00Z", 9)
    story.sent("unanswered", WEEK_BEFORE, instrument="csat")
    story.sent("today", "09:00")
    story.answered("today", "09:10", 9)
    story.answered("never sent", "09:10", 9)
    report = desk.report(story)
    numbers = one(report, "coverage", window="24h")
    assert [numbers[name] for name in ("sent", "answered", "immature", "coverage")] == [2, 1, 1, 50.0]
    assert one(report, "coverage", window="1h") == {
        "window": "1h",
        "labels": {},
        "sent": 0,
        "answered": 0,
        "immature": 1,
        "coverage": None,
    }
    assert all(row["window"] != "all" for row in report["coverage"])


@pytest.mark.parametrize(("when", "answered"), [("10:00", 1), ("10:00:01", 0), ("2026-02-01T00:00:00Z", 1)])
def test_an_answer_counts_up_to_the_end_of_the_last_day(desk: Desk, story: Story, when: str, answered: int) -> None:
    story.sent("S", WEEK_BEFORE)
    story.answered("S", when, 9)
    assert one(desk.report(story), "coverage", window="24h")["answered"] == answered


def test_who_answers_again_later_has_answered_in_time(desk: Desk, story: Story) -> None:
    story.sent("S", WEEK_BEFORE)
    story.answered("S", "2026-02-24T10:00:00Z", instrument="ces")
    story.answered("S", "11:00", 3, instrument="ces")
    assert one(desk.report(story), "coverage", window="24h")["answered"] == 1


def test_what_ends_within_this_hour_is_not_immature_but_comes_with_its_pane(desk: Desk, story: Story) -> None:
    story.sent("this hour", "2026-02-23T12:59:59Z")
    story.sent("next hour", "2026-02-23T13:00:00Z")
    report = desk.report(story, "12:00")
    assert one(report, "coverage", window="7d")["sent"] == 1
    assert one(report, "coverage", window="5m")["sent"] == 0
    assert one(report, "coverage", window="5m")["immature"] == 1


def test_how_long_a_survey_may_ripen_is_a_setting(desk: Desk, story: Story) -> None:
    story.sent("S", "2026-03-01T10:00:00Z")
    report = desk.report(story, policy=policy(mature_days=1))
    assert one(report, "coverage", window="24h")["sent"] == 1


def test_the_labels_are_those_of_the_sending_or_of_the_opened_ticket(desk: Desk, story: Story) -> None:
    story.sent("S1", WEEK_BEFORE, channel="phone")
    story.answered("S1", "2026-02-24T10:00:00Z", 9, channel="chat")
    story.opened("T", "2026-02-20T10:00:00Z", channel="email")
    story.sent("S2", WEEK_BEFORE, channel="phone", ticket_id="T")
    report = desk.report(story, labels=("channel",))
    for channel in ("phone", "email"):
        assert one(report, "coverage", window="24h", labels={"channel": channel})["sent"] == 1


def test_coverage_is_told_apart_by_channel_and_segment_and_the_lowest_is_named(desk: Desk, story: Story) -> None:
    for i in range(4):
        story.sent(f"chat{i}", WEEK_BEFORE, channel="chat", segment="vip")
        story.sent(f"phone{i}", WEEK_BEFORE, channel="phone")
        story.answered(f"phone{i}", "2026-02-24T10:00:00Z", 9)
    story.answered("chat0", "2026-02-24T10:00:00Z", 9)
    story.sent("form", WEEK_BEFORE, channel="form")
    report = desk.report(story, policy=policy(blind_spot_min_sent=2))
    chat = one(report, "coverage_by", window="24h", by="channel", value="chat")
    assert [chat[name] for name in ("sent", "answered", "coverage")] == [4, 1, 25.0]
    assert one(report, "coverage_by", window="24h", by="segment", value="unknown")["sent"] == 5
    # chat and vip are the same surveys: of equals the first by name; form is too few, unknown is no name
    assert one(report, "blind_spot", window="24h") == {
        "window": "24h",
        "labels": {},
        "by": "channel",
        "value": "chat",
        "sent": 4,
        "coverage": 25.0,
    }
    assert not [row for row in report["blind_spot"] if row["window"] == "5m"]


def test_under_the_least_number_of_surveys_nothing_is_a_blind_spot(desk: Desk, story: Story) -> None:
    for i in range(19):
        story.sent(f"S{i}", WEEK_BEFORE, channel="chat")
    assert desk.report(story)["blind_spot"] == []
    story.sent("one more", WEEK_BEFORE, channel="chat")
    assert one(desk.report(story), "blind_spot", window="24h")["sent"] == 20


def test_a_survey_of_a_retracted_ticket_is_not_covered(desk: Desk, story: Story) -> None:
    story.sent("S", WEEK_BEFORE, ticket_id="T")
    story.status("T", "10:00", "spam")
    report = desk.report(story)
    assert one(report, "coverage", window="24h")["sent"] == 0
    assert report["coverage_by"] == []
