"""What goes along with low answers, worked out by hand."""

import pytest

from tests.verify.story import Desk, Story, one


def test_a_value_is_compared_with_the_others_of_its_factor(desk: Desk, story: Story) -> None:
    for i, (queue, score) in enumerate([("billing", 0), ("billing", 6), ("billing", 9), ("sales", 2), ("tech", 10)]):
        story.opened(f"T{i}", "09:00", queue=queue)
        story.answered(f"S{i}", "10:00", score, ticket_id=f"T{i}")
    report = desk.report(story)
    billing = one(report, "drivers", window="all", factor="queue", value="billing")
    assert (billing["n"], billing["low"], billing["rest_n"]) == (3, 2, 2)
    assert billing["low_share"] == pytest.approx(200 / 3)
    assert billing["rest_low_share"] == 50.0
    assert billing["difference"] == pytest.approx(50 / 3)
    # nobody's channel is known, so there is no rest to compare with
    channel = one(report, "drivers", window="all", factor="channel", value="unknown")
    assert (channel["n"], channel["low"], channel["rest_n"]) == (5, 3, 0)
    assert channel["rest_low_share"] is channel["difference"] is None
    assert not [row for row in report["drivers"] if row["window"] == "1h"]


@pytest.mark.parametrize(
    ("response", "band"),
    [
        (None, "none"),
        ("2026-03-01T10:59:59Z", "<1h"),
        ("2026-03-01T11:00:00Z", "1-4h"),
        ("2026-03-01T14:00:00Z", "4-8h"),
        ("2026-03-01T18:00:00Z", "8-24h"),
        ("10:00", "1-3d"),
        ("2026-03-04T10:00:00Z", "3-7d"),
        ("2026-03-08T10:00:00Z", ">7d"),
    ],
)
def test_first_responses_are_told_apart_by_how_long_they_took(
    desk: Desk, story: Story, response: str | None, band: str
) -> None:
    story.opened("T", "2026-03-01T10:00:00Z")
    if response:
        story.responded("T", response)
    story.answered("S", "10:00", 0, ticket_id="T")
    report = desk.report(story)
    assert one(report, "drivers", window="all", factor="frt_band", value=band)["n"] == 1


def test_a_ticket_that_came_back_or_was_handed_on_says_so(desk: Desk, story: Story) -> None:
    story.opened("T", "09:00")
    story.status("T", "09:10", "transferred")
    story.status("T", "09:20", "resolved")
    story.status("T", "09:30", "pending")
    story.answered("S", "10:00", 0, ticket_id="T")
    story.opened("U", "09:00")
    story.status("U", "09:10", "reopened")  # it was never done
    story.answered("S", "10:00", 0, ticket_id="U")
    report = desk.report(story)
    for factor in ("reopened", "transferred"):
        for value in ("yes", "no"):
            assert one(report, "drivers", window="all", factor=factor, value=value)["n"] == 1


def test_only_scored_answers_of_customers_about_opened_tickets_have_drivers(desk: Desk, story: Story) -> None:
    story.opened("T", "09:00", channel="chat")
    story.answered("S1", "10:00", 2, ticket_id="T", instrument="csat")
    story.answered("S2", "10:00", 2, ticket_id="T", instrument="csat", scale_max=11)
    story.answered("S3", "10:00", ticket_id="T")
    story.answered("S4", "10:00", 0, ticket_id="T", instrument="enps")
    story.answered("S5", "10:00", 0, ticket_id="T", instrument="ces")
    story.answered("S6", "10:00", 0, ticket_id="never opened")
    story.answered("S7", "10:00", 0, channel="chat")
    numbers = one(desk.report(story), "drivers", window="all", factor="channel", value="chat")
    assert (numbers["n"], numbers["low"]) == (1, 1)
