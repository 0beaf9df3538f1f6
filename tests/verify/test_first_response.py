"""First response times, every number worked out by hand."""

import pytest

from tests.verify.story import Desk, Story, row

HUMAN, ANY, AFTER = "human", "any", "after_handoff"


def test_the_mean_of_54000_seconds_over_800_responses_is_67_and_a_half(desk: Desk, story: Story) -> None:
    for i in range(800):  # 400 answered after 45 s, 400 after 90 s: 400 * 135 = 54,000 s
        story.opened(f"T{i}", "10:00")
        story.responded(f"T{i}", "10:00:45" if i < 400 else "10:01:30")
    numbers = row(desk.report(story), "first_response", to="response")
    assert (numbers["n"], numbers["sum_seconds"], numbers["mean_seconds"]) == (800, 54_000.0, 67.5)
    assert [numbers[f"p{p}_seconds"] for p in (50, 90, 95, 99)] == [45.0, 90.0, 90.0, 90.0]
    assert [numbers["le"][le] for le in ("10", "30", "60", "120", "+Inf")] == [0, 0, 400, 800, 800]


def test_a_quantile_is_the_nearest_rank(desk: Desk, story: Story) -> None:
    for i in range(1, 11):  # 1 min .. 10 min
        story.opened(f"T{i}", "10:00")
        story.responded(f"T{i}", f"10:{i:02}")
    numbers = row(desk.report(story), "first_response", to="response")
    assert [numbers[f"p{p}_seconds"] for p in (50, 90, 95, 99)] == [300.0, 540.0, 600.0, 600.0]


def test_a_duration_equal_to_a_bound_lies_under_it(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:00:10")
    story.opened("U", "10:00")
    story.responded("U", "10:00:10.000001")
    le = row(desk.report(story), "first_response", to="response")["le"]
    assert (le["10"], le["30"]) == (1, 2)


def test_no_data_is_not_zero(desk: Desk, story: Story) -> None:
    numbers = row(desk.report(story), "first_response", to="response")
    assert numbers["n"] == 0
    assert numbers["mean_seconds"] is numbers["p50_seconds"] is numbers["p99_seconds"] is None
    assert set(numbers["le"].values()) == {0}
    assert row(desk.report(story), "open_wait")["oldest_seconds"] is None


def test_only_the_first_public_word_of_a_human_answers(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:00:01", "bot")
    story.responded("T", "10:00:02", "customer")
    story.responded("T", "10:00:03", "system")
    story.responded("T", "10:00:04", "agent", public=False)
    story.responded("T", "10:02:00", "agent")
    story.responded("T", "10:03:00", "agent")
    assert row(desk.report(story), "first_response", to="response")["sum_seconds"] == 120.0
    assert row(desk.report(story, responder=ANY), "first_response", to="response")["sum_seconds"] == 1.0


def test_a_response_before_the_opening_is_none_and_one_at_it_is(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "09:54:59.999999")  # but for what was said up to five minutes before: test_waits.py
    assert row(desk.report(story), "first_response", to="response")["n"] == 0
    story.responded("T", "10:00")
    numbers = row(desk.report(story), "first_response", to="response")
    assert (numbers["n"], numbers["sum_seconds"], numbers["p50_seconds"]) == (1, 0.0, 0.0)


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        ([], (0, 0.0)),  # the bot has answered, and nobody asked for a person
        ([("10:02", "transferred")], (1, 480.0)),
        ([("10:02", "transferred"), ("10:04", "escalated")], (1, 480.0)),  # the first: somebody waits since then
        ([("10:02", "transferred"), ("10:11", "escalated")], (1, 480.0)),
        ([("10:10", "escalated")], (0, 0.0)),  # after the answer at that instant
        ([("10:01", "transferred")], (1, 540.0)),  # after the bot's word at that instant
        ([("10:02", "resolved"), ("10:03", "transferred")], (0, 0.0)),  # done is done
        ([("10:02", "resolved"), ("10:03", "updated")], (0, 0.0)),
    ],
)
def test_after_a_handoff_the_clock_starts_at_the_handoff(
    desk: Desk, story: Story, statuses: list[tuple[str, str]], found: tuple[int, float]
) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:01", "bot")
    for when, status in statuses:
        story.status("T", when, status)
    story.responded("T", "10:10")
    numbers = row(desk.report(story, responder=AFTER), "first_response", to="response")
    assert (numbers["n"], numbers["sum_seconds"]) == found


def test_a_transfer_is_no_handoff_where_no_bot_spoke_to_the_customer(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:00:30", "system")
    story.responded("T", "10:01", "bot", public=False)
    story.status("T", "10:02", "transferred")
    story.responded("T", "10:10")
    assert row(desk.report(story, responder=AFTER), "first_response", to="response")["sum_seconds"] == 600.0


def test_a_ticket_that_an_agent_opened_counts_only_where_the_setting_says_so(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", opened_by="agent")
    story.responded("T", "10:01")
    story.opened("U", "10:00", opened_by="agent")
    excluded = desk.report(story)
    assert row(excluded, "first_response", to="response")["n"] == 0
    assert row(excluded, "open_wait")["n"] == 0
    assert row(excluded, "backlog")["answered"] == 2
    counted = desk.report(story, agent_opened="next_public")
    assert row(counted, "first_response", to="response")["sum_seconds"] == 60.0
    assert row(counted, "open_wait")["oldest_seconds"] == 7200.0
    assert (row(counted, "backlog")["answered"], row(counted, "backlog")["unanswered"]) == (1, 1)


def test_the_response_lies_in_the_window_of_its_attribution(desk: Desk, story: Story) -> None:
    story.opened("T", "11:20")
    story.responded("T", "11:59")
    report = desk.report(story)
    n = {
        (window, to): row(report, "first_response", window, to)["n"]
        for window in ("5m", "30m", "1h", "24h", "today", "all")
        for to in ("response", "opened")
    }
    assert [window for (window, to), count in n.items() if to == "response" and count] == [
        *("5m", "30m", "1h", "24h", "today", "all")
    ]
    assert [window for (window, to), count in n.items() if to == "opened" and count] == ["1h", "24h", "today", "all"]


def test_a_reopened_ticket_has_one_first_response(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:01")
    story.status("T", "10:02", "resolved")
    story.status("T", "10:30", "reopened")
    story.responded("T", "10:40")
    report = desk.report(story)
    numbers = row(report, "first_response", to="response")
    assert (numbers["n"], numbers["sum_seconds"]) == (1, 60.0)
    assert row(report, "backlog")["answered"] == 1
    assert row(report, "open_wait")["n"] == 0


@pytest.mark.parametrize("status", ["merged", "spam", "deleted"])
def test_a_retracted_ticket_counts_nowhere(desk: Desk, story: Story, status: str) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:01")
    story.status("T", "10:02", status)
    story.opened("U", "10:00")
    story.status("U", "10:02", status)
    report = desk.report(story)
    assert report["tickets"] == {"held": 2, "opened": 0, "without_opening": 0, "retracted": 2}
    assert row(report, "first_response", to="response")["n"] == 0
    assert row(report, "open_wait")["n"] == row(report, "backlog")["n"] == 0


def test_a_ticket_that_was_spam_by_mistake_counts_again(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:01")
    story.status("T", "10:02", "spam")
    story.status("T", "10:03", "reopened")
    report = desk.report(story)
    assert report["tickets"]["opened"] == 1
    assert row(report, "first_response", to="response")["n"] == 1


@pytest.mark.parametrize("status", ["resolved", "closed", "abandoned", "pending"])
def test_the_response_counts_whatever_became_of_the_ticket(desk: Desk, story: Story, status: str) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:01")
    story.status("T", "10:01", status)
    assert row(desk.report(story), "first_response", to="response")["n"] == 1


@pytest.mark.parametrize(("status", "n"), [("resolved", 0), ("closed", 0), ("abandoned", 0), ("pending", 1)])
def test_who_is_done_waits_for_no_response(desk: Desk, story: Story, status: str, n: int) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:00:30", status)
    story.responded("T", "10:01")
    assert row(desk.report(story), "first_response", to="response")["n"] == n


def test_the_earliest_opening_counts_no_matter_who_opened_it(desk: Desk, story: Story) -> None:
    story.opened("T", "10:05", opened_by="customer")
    story.opened("T", "10:00", opened_by="agent")
    story.responded("T", "10:10")
    assert row(desk.report(story), "first_response", to="response")["n"] == 0
    numbers = row(desk.report(story, agent_opened="next_public"), "first_response", to="response")
    assert numbers["sum_seconds"] == 600.0


def test_of_two_openings_at_one_time_the_lesser_event_id_counts(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", opened_by="customer", event_id="b")
    story.opened("T", "10:00", opened_by="agent", event_id="B")
    story.responded("T", "10:10")
    assert row(desk.report(story), "first_response", to="response")["n"] == 0


def test_a_ticket_without_an_opening_counts_as_nothing_else(desk: Desk, story: Story) -> None:
    story.responded("T", "10:01")
    story.status("U", "10:01", "pending")
    story.status("V", "10:01", "spam")
    report = desk.report(story)
    assert report["tickets"] == {"held": 3, "opened": 0, "without_opening": 3, "retracted": 0}
    assert row(report, "first_response", to="response")["n"] == row(report, "backlog")["n"] == 0


def test_rows_are_given_for_the_total_each_dimension_and_all_together(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", channel="chat", priority="high")
    story.responded("T", "10:01")
    story.opened("U", "10:00", channel="email", priority="high", queue="billing")
    story.responded("U", "10:02")
    report = desk.report(story)
    found = [
        (entry["labels"], entry["sum_seconds"])
        for entry in report["first_response"]
        if entry["window"] == "all" and entry["attribute_to"] == "opened"
    ]
    assert len(found) == 1 + 2 + 1 + 2 + 2
    assert ({}, 180.0) in found
    assert ({"channel": "chat"}, 60.0) in found
    assert ({"priority": "high"}, 180.0) in found
    assert ({"queue": "unknown"}, 60.0) in found
    assert ({"channel": "email", "priority": "high", "queue": "billing"}, 120.0) in found


def test_one_label_alone_makes_no_row_twice(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", channel="chat")
    assert [entry["labels"] for entry in desk.report(story, labels=("channel",))["backlog"]] == [
        {},
        {"channel": "chat"},
    ]
    assert [entry["labels"] for entry in desk.report(story, labels=())["backlog"]] == [{}]


def test_the_last_writer_of_an_attribute_labels_all_of_the_ticket(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", channel="chat", priority="low", queue="first", brand="acme")
    story.responded("T", "10:01")
    story.status("T", "10:03", "transferred", to_queue="third")
    story.status("T", "10:02", "updated", queue="second", priority="urgent")
    labels = ("channel", "priority", "queue", "brand", "language")
    whole = row(
        desk.report(story, labels=labels),
        "first_response",
        to="response",
        channel="chat",
        priority="urgent",
        queue="third",
        brand="acme",
        language="unknown",
    )
    assert whole["n"] == 1


def test_of_two_writers_at_one_time_the_greater_event_id_wins(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", queue="first", event_id="m")
    story.status("T", "10:00", "updated", queue="second", event_id="a")
    assert row(desk.report(story), "backlog", queue="first")["n"] == 1
