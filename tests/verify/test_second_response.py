"""How long it takes until a customer has heard from a person twice, worked out by hand."""

import pytest

from tests.verify.story import Desk, Story, row


def seconds(desk: Desk, story: Story, window: str = "all", **options: object) -> tuple[int, float]:
    """How many second responses, and the seconds from the opening to all of them."""
    numbers = row(desk.report(story, **options), "second_response", window)
    return numbers["n"], numbers["sum_seconds"]


@pytest.fixture
def answered(story: Story) -> Story:
    """A ticket with its first response."""
    story.opened("T", "10:00")
    story.responded("T", "10:05")
    return story


def test_one_response_is_no_second_one(desk: Desk, answered: Story) -> None:
    assert seconds(desk, answered) == (0, 0.0)
    assert row(desk.report(answered), "second_response")["p50_seconds"] is None


def test_only_the_second_counts_and_once_for_each_ticket(desk: Desk, answered: Story) -> None:
    answered.responded("T", "10:40")
    answered.responded("T", "10:20")
    assert seconds(desk, answered) == (1, 1200.0)
    answered.opened("U", "11:00")
    answered.responded("U", "11:01")
    answered.responded("U", "11:10")
    assert seconds(desk, answered) == (2, 1800.0)
    numbers = row(desk.report(answered), "second_response")
    assert (numbers["mean_seconds"], numbers["p50_seconds"], numbers["p99_seconds"]) == (900.0, 600.0, 1200.0)
    assert (numbers["le"]["60"], numbers["le"]["600"], numbers["le"]["+Inf"]) == (0, 1, 2)


def test_it_counts_when_it_is_given(desk: Desk, answered: Story) -> None:
    answered.responded("T", "11:58")
    assert seconds(desk, answered, "5m") == (1, 7080.0)


def test_notes_and_what_was_said_before_the_opening_are_no_responses(desk: Desk, answered: Story) -> None:
    answered.responded("T", "09:50")
    answered.responded("T", "10:10", public=False)
    assert seconds(desk, answered) == (0, 0.0)


@pytest.mark.parametrize("who", ["bot", "system"])
def test_machines_respond_only_if_the_settings_say_so(desk: Desk, answered: Story, who: str) -> None:
    answered.responded("T", "10:10", who)
    answered.responded("T", "10:20")
    assert seconds(desk, answered) == (1, 1200.0)
    assert seconds(desk, answered, responder="any") == (1, 600.0)


def test_two_at_one_microsecond_are_two_and_one_told_twice_is_one(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:05", event_id="a")
    story.responded("T", "10:05", event_id="a")
    assert seconds(desk, story) == (0, 0.0)
    story.responded("T", "10:05", event_id="b")
    assert seconds(desk, story) == (1, 300.0)


def test_after_a_handoff_the_clock_starts_where_that_of_the_first_response_does(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.responded("T", "10:01", "bot")
    story.status("T", "10:10", "transferred")
    story.responded("T", "10:15")
    story.status("T", "10:20", "transferred")
    story.responded("T", "10:40")
    assert seconds(desk, story, responder="after_handoff") == (1, 1800.0)
    assert seconds(desk, story) == (1, 2400.0)


def test_tickets_that_an_agent_opened_take_part_only_if_the_settings_say_so(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", opened_by="agent")
    story.responded("T", "10:05")
    story.responded("T", "10:20")
    assert seconds(desk, story) == (0, 0.0)
    assert seconds(desk, story, agent_opened="next_public") == (1, 1200.0)


def test_a_retracted_ticket_has_no_second_response(desk: Desk, answered: Story) -> None:
    answered.responded("T", "10:20")
    answered.status("T", "10:30", "resolved")
    assert seconds(desk, answered) == (1, 1200.0)
    answered.status("T", "10:40", "merged")
    assert seconds(desk, answered) == (0, 0.0)


def test_it_comes_after_the_first_response_and_is_counted_as_that_is(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00")
    story.status("T", "10:01", "resolved")
    story.responded("T", "10:05")  # nobody waits for it
    story.responded("T", "10:20")
    assert row(desk.report(story), "first_response", to="response")["n"] == 0
    assert seconds(desk, story) == (0, 0.0)
    story.opened("U", "10:00")
    story.status("U", "10:01", "resolved")
    story.status("U", "11:00", "reopened")
    story.responded("U", "11:10")  # the first response
    story.responded("U", "11:30")
    assert seconds(desk, story) == (1, 1800.0)


def test_an_answer_of_just_before_the_opening_is_the_first(desk: Desk, story: Story) -> None:
    story.responded("T", "09:58")
    story.opened("T", "10:00")
    story.responded("T", "10:20")
    assert row(desk.report(story), "first_response", to="response")["n"] == 1
    assert seconds(desk, story) == (1, 1200.0)
