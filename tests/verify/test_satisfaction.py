"""CSAT, effort, satisfaction, bad comments and the employees' score, worked out by hand."""

import pytest

from tests.verify.story import Desk, Story, one, policy


def test_forty_percent_very_satisfied_and_forty_percent_satisfied_are_80(desk: Desk, story: Story) -> None:
    for i, score in enumerate([5, 5, 4, 4, 3]):
        story.answered(f"S{i}", "10:00", score, instrument="csat")
    assert one(desk.report(story), "csat", window="1h") == {
        "window": "1h",
        "labels": {},
        "n": 0,
        "satisfied": 0,
        "other": 0,
        "unscored": 0,
        "unscaled": 0,
        "percent": None,
    }
    numbers = one(desk.report(story), "csat", window="24h")
    assert (numbers["n"], numbers["satisfied"], numbers["other"], numbers["percent"]) == (5, 4, 1, 80.0)


@pytest.mark.parametrize(
    ("scale", "score", "satisfied"), [(4, 3, 1), (4, 2, 0), (5, 4, 1), (5, 3, 0), (10, 8, 1), (10, 7, 0)]
)
def test_each_scale_has_its_own_best_scores(desk: Desk, story: Story, scale: int, score: int, satisfied: int) -> None:
    story.answered("S", "10:00", score, instrument="csat", scale_max=scale)
    numbers = one(desk.report(story), "csat", window="all")
    assert (numbers["satisfied"], numbers["other"]) == (satisfied, 1 - satisfied)


def test_without_a_score_or_on_a_scale_nobody_knows_an_answer_is_counted_apart(desk: Desk, story: Story) -> None:
    story.answered("S1", "10:00", instrument="csat", scale_max=11)
    story.answered("S2", "10:00", 11, instrument="csat", scale_max=11)
    numbers = one(desk.report(story), "csat", window="all")
    assert (numbers["n"], numbers["unscored"], numbers["unscaled"], numbers["percent"]) == (0, 1, 1, None)


def test_effort_is_a_mean_on_each_scale_with_the_share_of_little_effort(desk: Desk, story: Story) -> None:
    for i, (scale, score) in enumerate([(7, 1), (7, 3), (7, 4), (10, 3), (10, 4), (9, 1)]):
        story.answered(f"S{i}", "10:00", score, instrument="ces", scale_max=scale, channel="chat")
    story.answered("no score", "10:00", instrument="ces")
    story.answered("no scale", "10:00", 2, instrument="ces")  # 7 then
    report = desk.report(story, labels=("channel",))
    seven = one(report, "ces", window="all", scale=7)
    assert [seven[name] for name in ("n", "low_effort", "other", "score", "mean")] == [4, 3, 1, 10, 2.5]
    assert seven["low_effort_share"] == 75.0
    assert one(report, "ces", window="all", scale=10, labels={"channel": "chat"})["low_effort"] == 1
    assert one(report, "ces", window="5m", scale=5)["mean"] is None
    assert {row["scale"] for row in report["ces"]} == {5, 7, 10}


def test_where_scores_say_ease_the_high_ones_are_little_effort(desk: Desk, story: Story) -> None:
    for i, score in enumerate([1, 4, 5, 7]):
        story.answered(f"S{i}", "10:00", score, instrument="ces")
    eased = policy(ces={"scale": 7, "low_effort": {"7": 3}, "ease": True})
    assert one(desk.report(story, policy=eased), "ces", window="all", scale=7)["low_effort"] == 2


def test_satisfaction_is_over_all_instruments_but_the_employees(desk: Desk, story: Story) -> None:
    story.sent("S1", "09:00", touchpoint="checkout")
    story.answered("S1", "10:00", 9)
    story.sent("S2", "09:00", touchpoint="checkout")
    story.answered("S2", "10:00", 8, touchpoint="door")
    story.answered("S3", "10:00", 5, instrument="csat")
    story.answered("S4", "10:00", 7, instrument="ces", touchpoint="door")
    story.answered("S5", "10:00", 10, instrument="enps", touchpoint="door")
    story.answered("S6", "10:00", instrument="csat", touchpoint="door")
    report = desk.report(story)
    everywhere = one(report, "satisfaction", window="all", touchpoint=None)
    assert [everywhere[name] for name in ("n", "satisfied", "other", "ratio")] == [4, 2, 2, 50.0]
    assert one(report, "satisfaction", window="all", touchpoint="checkout")["ratio"] == 100.0
    assert one(report, "satisfaction", window="all", touchpoint="door")["other"] == 2
    assert one(report, "satisfaction", window="all", touchpoint="unknown")["satisfied"] == 1
    assert one(report, "satisfaction", window="1h", touchpoint=None)["ratio"] is None


@pytest.mark.parametrize(
    ("instrument", "score", "scale", "bad"),
    [
        ("nps", 6, None, True),
        ("nps", 7, None, False),
        ("enps", 0, None, True),
        ("csat", 2, None, True),
        ("csat", 3, None, False),
        ("csat", 4, 10, True),
        ("csat", 5, 10, False),
        ("csat", 1, 11, False),
        ("csat", None, None, False),
        ("ces", 7, None, False),
    ],
)
def test_a_low_answer_with_a_comment_is_a_bad_comment(
    desk: Desk, story: Story, instrument: str, score: int | None, scale: int | None, bad: bool
) -> None:
    scaled = {} if scale is None else {"scale_max": scale}
    story.answered("S", "10:00", score, instrument=instrument, comment="well", **scaled)
    assert one(desk.report(story), "bad_comments", window="all")["n"] == bad


def test_only_the_last_answer_of_an_instrument_is_a_bad_comment(desk: Desk, story: Story) -> None:
    story.answered("S", "10:00", 0, comment="never again")
    story.answered("S", "10:05", 0, comment="  ")
    story.answered("S", "10:00", 1, instrument="csat", comment="never again")
    assert one(desk.report(story), "bad_comments", window="all")["n"] == 1


def test_what_is_low_is_a_setting(desk: Desk, story: Story) -> None:
    story.answered("S", "10:00", 3, comment="so so")
    assert one(desk.report(story, policy=policy(nps_low=2)), "bad_comments", window="all")["n"] == 0


def test_employees_have_their_own_score(desk: Desk, story: Story) -> None:
    for i, score in enumerate([10, 9, 9, 8, 0]):
        story.sent(f"S{i}", "09:00", instrument="enps")
        story.answered(f"S{i}", "10:00", score, instrument="enps", comment="!")
    report = desk.report(story)
    assert one(report, "enps", window="all", attribute_to="answered")["score"] == pytest.approx(40.0)
    assert one(report, "enps", window="24h", attribute_to="sent")["n"] == 5
    assert one(report, "nps", window="all", attribute_to="answered")["n"] == 0


def test_an_answer_about_a_retracted_ticket_counts_nowhere(desk: Desk, story: Story) -> None:
    story.opened("T", "09:00")
    for instrument in ("nps", "csat", "ces", "enps"):
        story.answered(f"S{instrument}", "10:00", 1, ticket_id="T", instrument=instrument, comment="!")
    story.status("T", "10:30", "merged")
    report = desk.report(story)
    assert one(report, "csat", window="all")["n"] == one(report, "ces", window="all", scale=7)["n"] == 0
    assert one(report, "satisfaction", window="all", touchpoint=None)["n"] == 0
    assert one(report, "bad_comments", window="all")["n"] == 0


def test_labels_are_those_of_the_answer_where_no_ticket_was_opened(desk: Desk, story: Story) -> None:
    story.sent("S", "09:00", channel="phone", segment="vip")
    story.answered("S", "10:00", 1, instrument="csat", channel="chat", comment="!")
    report = desk.report(story, labels=("channel", "segment"))
    for section in ("csat", "bad_comments"):
        assert one(report, section, window="all", labels={"channel": "chat", "segment": "vip"})["n"] == 1
