"""This hour against the same hour of the weeks before, worked out by hand."""

from stream.verify.windows import Today
from tests.verify.story import Desk, Story, one, policy

WEEKS_AGO = ("2026-03-02", "2026-02-23", "2026-02-16", "2026-02-09", "2026-02-02")  # all of them Mondays


def test_an_hour_is_high_if_it_is_more_than_in_any_week_before(desk: Desk, story: Story) -> None:
    story.opened("first", "2026-01-01T00:00:00Z")
    for day, tickets in zip(WEEKS_AGO, (5, 1, 4, 2, 0), strict=True):
        for i in range(tickets):
            story.opened(f"{day}-{i}", f"{day}T11:30:00Z")
    inflow = one(desk.report(story, "12:04:59"), "baseline", metric="inflow")
    assert inflow == {
        "metric": "inflow",
        "labels": {},
        "now": 5,
        "weeks": [1, 4, 2, 0],
        "n": 4,
        "median": 1.5,
        "low": 0,
        "high": 4,
        "unusual": "high",
    }


def test_the_hour_moves_in_steps_of_five_minutes(desk: Desk, story: Story) -> None:
    for clock in ("11:04:59", "11:05", "12:04:59", "12:05"):
        story.opened(f"T{clock}", clock)
    for now, tickets in (("12:05", 2), ("12:09:59", 2), ("12:10", 2), ("13:04:59", 2), ("13:05", 1)):
        assert one(desk.report(story, now), "baseline", metric="inflow")["now"] == tickets


def test_a_week_before_the_desks_first_ticket_is_not_known(desk: Desk, story: Story) -> None:
    story.opened("T", "2026-02-16T10:59:59Z")
    story.status("T", "2026-02-16T11:00:00Z", "spam")  # it counts nowhere, and yet the desk was there
    report = desk.report(story)
    inflow = one(report, "baseline", metric="inflow")
    assert (inflow["weeks"], inflow["n"], inflow["median"]) == ([0, 0, None, None], 2, 0)
    assert inflow["unusual"] == "usual"
    story.events[0]["occurred_at"] = "2026-02-16T11:00:00Z"
    inflow = one(desk.report(story), "baseline", metric="inflow")
    assert (inflow["n"], inflow["low"], inflow["high"], inflow["unusual"]) == (1, None, None, None)


def test_responses_are_compared_by_their_median(desk: Desk, story: Story) -> None:
    story.opened("first", "2026-01-01T00:00:00Z")
    seconds = ((10, 20, 30, 50), (40,), (30,), (), (50, 60))
    for day, durations in zip(WEEKS_AGO, seconds, strict=True):
        for i, duration in enumerate(durations):
            story.opened(f"{day}-{i}", f"{day}T11:30:00Z")
            story.responded(
                f"{day}-{i}", f"{day}T11:30:{duration - 1}.999999Z" if duration > 50 else f"{day}T11:30:{duration}Z"
            )
    row = one(desk.report(story), "baseline", metric="first_response_seconds")
    assert row["now"] == 20
    assert row["weeks"] == [40, 30, None, 50]
    assert (row["n"], row["median"], row["low"], row["high"], row["unusual"]) == (3, 40, 30, 50, "low")


def test_an_hour_without_a_response_is_neither_high_nor_low(desk: Desk, story: Story) -> None:
    story.opened("first", "2026-01-01T00:00:00Z")
    for day in WEEKS_AGO[1:]:
        story.opened(day, f"{day}T11:30:00Z")
        story.responded(day, f"{day}T11:31:00Z")
    row = one(desk.report(story), "baseline", metric="first_response_seconds")
    assert (row["now"], row["n"], row["median"], row["unusual"]) == (None, 4, 60, None)


def test_the_backlog_of_a_week_ago_is_that_of_now_less_what_came_since(desk: Desk, story: Story) -> None:
    story.opened("first", "2026-01-01T00:00:00Z")
    story.opened("done", "2026-02-01T00:00:00Z")
    story.status("done", "2026-02-20T00:00:00Z", "resolved")
    story.opened("back", "2026-02-01T00:00:00Z")
    story.status("back", "2026-02-01T01:00:00Z", "resolved")
    story.status("back", "2026-02-23T12:00:00Z", "reopened")  # at the end of the hour, so after it
    story.opened("new", "11:59")
    story.opened("spam", "2026-02-01T00:00:00Z")
    story.status("spam", "2026-02-25T00:00:00Z", "spam")
    row = one(desk.report(story), "baseline", metric="backlog")
    assert (row["now"], row["weeks"]) == (3, [1, 2, 2, 2])
    assert (row["median"], row["unusual"]) == (2, "high")


def test_the_same_hour_is_the_same_time_on_the_wall(desk: Desk, story: Story) -> None:
    story.opened("first", "2026-01-01T00:00:00Z")
    story.opened("winter", "2026-03-23T10:30:00Z")  # 11:30 in Berlin
    story.opened("summer", "2026-03-30T09:30:00Z")  # 11:30 too
    report = desk.report(story, "2026-03-30T10:00:00Z", today=Today(0, "Europe/Berlin"))
    inflow = one(report, "baseline", metric="inflow")
    assert (inflow["now"], inflow["weeks"]) == (1, [1, 0, 0, 0])
    inflow = one(desk.report(story, "2026-03-30T10:00:00Z"), "baseline", metric="inflow")
    assert (inflow["now"], inflow["weeks"]) == (1, [0, 0, 0, 0])


def test_with_how_many_weeks_it_is_compared_is_a_setting(desk: Desk, story: Story) -> None:
    story.opened("first", "2026-01-01T00:00:00Z")
    report = desk.report(story, policy=policy(baseline_weeks=2))
    assert one(report, "baseline", metric="backlog")["weeks"] == [1, 1]
