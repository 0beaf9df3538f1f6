"""First response times in opening hours, and with those who wait, worked out by hand."""

from tests.verify.story import Desk, Story, hours, policy, row


def business(desk: Desk, story: Story, to: str = "response", window: str = "all", **options: object) -> list[float]:
    """How many responses, and the seconds of opening hours that all of them took."""
    numbers = row(desk.report(story, **options), "first_response_business", window, to)
    return [numbers["n"], numbers["sum_seconds"]]


def test_a_night_and_a_weekend_do_not_count(desk: Desk, story: Story) -> None:
    story.opened("T", "2026-02-27T16:30:00Z")  # Friday
    story.responded("T", "2026-03-02T09:45:00Z")  # Monday
    assert business(desk, story) == [1, 4500.0]
    assert row(desk.report(story), "first_response", to="response")["sum_seconds"] == 234_900.0


def test_outside_opening_hours_a_response_takes_no_time(desk: Desk, story: Story) -> None:
    story.opened("T", "07:00")
    story.responded("T", "08:30")
    numbers = row(desk.report(story), "first_response_business", to="response")
    assert (numbers["n"], numbers["mean_seconds"], numbers["p99_seconds"]) == (1, 0.0, 0.0)
    assert numbers["le"]["10"] == 1


def test_it_has_the_rows_and_windows_of_the_calendars_first_response(desk: Desk, story: Story) -> None:
    story.opened("T", "08:50", channel="chat")
    story.responded("T", "11:58")
    story.opened("U", "11:00", opened_by="agent")
    story.responded("U", "11:01")
    report = desk.report(story)
    places = [
        [(entry["window"], entry["attribute_to"], entry["labels"], entry["n"]) for entry in report[section]]
        for section in ("first_response", "first_response_business")
    ]
    assert places[0] == places[1]
    assert business(desk, story, "response", "5m") == [1, 10_680.0]
    assert business(desk, story, "opened", "5m") == [0, 0.0]


def test_the_hours_are_those_of_the_queue_that_the_ticket_has_now(desk: Desk, story: Story) -> None:
    night = policy(
        schedules={"default": hours(mon=[["09:00", "17:00"]]), "always": hours(daily=[["00:00", "24:00"]])},
        queues={"night": "always"},
    )
    story.opened("T", "08:00", queue="day")
    story.responded("T", "10:00")
    assert business(desk, story, policy=night) == [1, 3600.0]
    story.status("T", "11:00", "transferred", to_queue="night")
    assert business(desk, story, policy=night) == [1, 7200.0]


def test_a_queue_called_unknown_is_not_that_of_a_ticket_without_one(desk: Desk, story: Story) -> None:
    named = policy(
        schedules={"default": hours(mon=[["09:00", "17:00"]]), "always": hours(daily=[["00:00", "24:00"]])},
        queues={"unknown": "always"},
    )
    story.opened("T", "08:00")
    story.responded("T", "10:00")
    assert business(desk, story, policy=named) == [1, 3600.0]
    story.status("T", "10:30", "updated", queue="unknown")
    assert business(desk, story, policy=named) == [1, 7200.0]


def test_after_a_handoff_the_hours_are_counted_from_it(desk: Desk, story: Story) -> None:
    story.opened("T", "08:00")
    story.responded("T", "08:01", "bot")
    story.status("T", "09:30", "transferred")
    story.responded("T", "10:00")
    assert business(desk, story) == [1, 3600.0]
    assert business(desk, story, responder="after_handoff") == [1, 1800.0]


def test_who_waits_counts_with_the_wait_so_far(desk: Desk, story: Story) -> None:
    for i, minutes in enumerate(("10:10", "10:20", "10:30")):  # answered after 10, 20 and 30 minutes
        story.opened(f"T{i}", "10:00")
        story.responded(f"T{i}", minutes)
    story.opened("waiting", "11:00")  # for an hour
    report = desk.report(story)
    assert row(report, "first_response", to="response")["p90_seconds"] == 1800.0
    numbers = row(report, "first_response_counting_waiting")
    assert (numbers["n"], numbers["answered"], numbers["waiting"]) == (4, 3, 1)
    assert [numbers[f"p{p}_seconds"] for p in (50, 90, 95, 99)] == [1200.0, 3600.0, 3600.0, 3600.0]


def test_who_waits_does_so_in_every_window_and_who_was_answered_in_that_of_the_response(
    desk: Desk, story: Story
) -> None:
    story.opened("T", "09:00")
    story.responded("T", "11:50")
    story.opened("waiting", "2026-02-01T00:00:00Z")
    counted = [
        (window, numbers["answered"], numbers["waiting"])
        for window in ("5m", "30m", "1h", "24h", "today", "all")
        for numbers in [row(desk.report(story), "first_response_counting_waiting", window)]
    ]
    assert counted == [(window, int(window != "5m"), 1) for window in ("5m", "30m", "1h", "24h", "today", "all")]


def test_who_neither_was_answered_nor_waits_is_not_counted(desk: Desk, story: Story) -> None:
    for ticket, status in (("T", "resolved"), ("U", "abandoned"), ("V", "spam")):
        story.opened(ticket, "10:00")
        story.status(ticket, "10:01", status)
    story.opened("W", "10:00", opened_by="agent")
    numbers = row(desk.report(story), "first_response_counting_waiting")
    assert (numbers["n"], numbers["p50_seconds"]) == (0, None)
