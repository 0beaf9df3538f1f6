"""Who waits for whose answer, since when and until when, worked out by hand."""

import pytest

from stream.verify.families.waits import BANDS
from tests.verify.story import Desk, Story, policy, row, target
from tests.verify.waits import AFTER, ANSWERED, ANY, BOT, FIRST, HUMAN, REPLY, SOLVED, of_one, promises, told


@pytest.fixture
def example(story: Story) -> Story:
    """The example of the definition."""
    story.opened("A", "08:00")
    story.responded("A", "08:01")
    story.responded("A", "08:30", "customer")
    story.opened("B", "09:00")
    story.responded("B", "09:10")
    story.responded("B", "09:40", "customer")
    story.responded("B", "09:50", "customer")
    story.responded("B", "10:00")
    story.opened("C", "09:00")
    story.responded("C", "09:05")
    story.status("C", "09:06", "resolved")
    story.responded("C", "10:00", "customer")
    story.status("C", "10:02", "reopened")
    story.opened("D", "09:30")
    story.opened("E", "09:00")
    story.responded("E", "09:10")
    story.responded("E", "10:20", "customer")
    story.status("E", "10:25", "resolved")
    story.opened("F", "10:00")
    story.responded("F", "10:10")
    story.opened("G", "09:00")
    story.responded("G", "09:05")
    story.status("G", "09:06", "pending")
    return story


def test_the_waits_of_the_example(desk: Desk, example: Story) -> None:
    assert told(desk, example, "10:30") == {
        "A": [(FIRST, "08:00", "08:01", ANSWERED), (REPLY, "08:30", None, None)],
        "B": [(FIRST, "09:00", "09:10", ANSWERED), (REPLY, "09:40", "10:00", ANSWERED)],
        "C": [(FIRST, "09:00", "09:05", ANSWERED), (REPLY, "10:00", None, None)],
        "D": [(FIRST, "09:30", None, None)],
        "E": [(FIRST, "09:00", "09:10", ANSWERED), (REPLY, "10:20", "10:25", SOLVED)],
        "F": [(FIRST, "10:00", "10:10", ANSWERED)],
        "G": [(FIRST, "09:00", "09:05", ANSWERED)],
    }


def test_the_numbers_of_the_example(desk: Desk, example: Story) -> None:
    report = desk.report(example, "10:30", policy=policy(targets=[target(3600, **{"for": "reply"})]))
    waiting = row(report, "reply_wait")
    assert (waiting["n"], waiting["oldest_seconds"], waiting["mean_seconds"]) == (2, 7200.0, 4500.0)
    assert (waiting["p50_seconds"], waiting["p95_seconds"]) == (1800.0, 7200.0)
    assert (waiting["le"]["1800"], waiting["le"]["3600"], waiting["le"]["+Inf"]) == (1, 1, 2)
    assert waiting["bands"] == dict.fromkeys(BANDS, 0) | {"15-60m": 1, "1-4h": 1}
    assert (row(report, "open_wait")["n"], row(report, "open_wait")["oldest_seconds"]) == (1, 3600.0)
    replies = row(report, "next_reply")
    assert (replies["n"], replies["mean_seconds"]) == (1, 1200.0)
    backlog = row(report, "backlog")
    states = {state: backlog[state] for state in ("unanswered", "reply_waiting", "pending", "answered")}
    assert states == {"unanswered": 1, "reply_waiting": 2, "pending": 1, "answered": 2}
    assert backlog["n"] == sum(states.values())
    assert promises(report["reply_sla"][0]) == (1, 0, 1, 0)
    assert promises(report["sla"][0]) == (0, 0, 0, 1)


def test_waits_begun_are_waits_ended_and_open(desk: Desk, example: Story) -> None:
    oracle = desk.oracle(example, "10:30")
    oracle.section("reply_wait")
    query = "SELECT kind, coalesce(outcome, 'open'), count(*) FROM wait GROUP BY ALL"
    found = {(kind, outcome): n for kind, outcome, n in oracle.loaded.database.execute(query).fetchall()}
    assert found == {
        (FIRST, ANSWERED): 6,
        (FIRST, "open"): 1,
        (REPLY, ANSWERED): 1,
        (REPLY, SOLVED): 1,
        (REPLY, "open"): 2,
    }


@pytest.fixture
def asked_again(story: Story) -> Story:
    story.opened("T", "08:00", channel="chat")
    story.responded("T", "08:01")
    story.responded("T", "08:30", "customer")
    return story


def test_a_second_question_waits(desk: Desk, asked_again: Story) -> None:
    report = desk.report(asked_again, "10:30")
    assert (row(report, "reply_wait")["n"], row(report, "reply_wait")["oldest_seconds"]) == (1, 7200.0)
    assert (row(report, "backlog")["reply_waiting"], row(report, "backlog")["answered"]) == (1, 0)
    assert row(report, "open_wait")["n"] == row(report, "sla")["n"] == 0
    assert row(report, "reply_sla")["without_target"] == 1


def test_a_bot_ends_the_wait_of_a_second_question_only_if_it_may(desk: Desk, asked_again: Story) -> None:
    asked_again.responded("T", "08:31", "bot")
    asked_again.responded("T", "08:32", "system")
    first = (FIRST, "08:00", "08:01", ANSWERED)
    assert of_one(desk, asked_again) == [first, (REPLY, "08:30", None, None)]
    assert of_one(desk, asked_again, responder=ANY) == [first, (REPLY, "08:30", "08:31", ANSWERED)]
    assert of_one(desk, asked_again, responder=AFTER) == [first, (REPLY, "08:30", "08:31", BOT)]


def test_a_note_answers_nothing_and_a_customers_note_asks_nothing(desk: Desk, asked_again: Story) -> None:
    asked_again.responded("T", "08:31", public=False)
    asked_again.responded("T", "08:40")
    asked_again.responded("T", "08:50", "customer", public=False)
    assert of_one(desk, asked_again) == [(FIRST, "08:00", "08:01", ANSWERED), (REPLY, "08:30", "08:40", ANSWERED)]


@pytest.mark.parametrize("status", ["merged", "spam", "deleted"])
def test_a_retraction_takes_waits_away_and_a_return_brings_them_back(
    desk: Desk, asked_again: Story, status: str
) -> None:
    before = of_one(desk, asked_again)
    asked_again.status("T", "09:00", status)
    assert told(desk, asked_again) == {}
    asked_again.status("T", "09:10", "resolved")  # of a ticket that is not there
    asked_again.status("T", "10:00", "reopened")
    assert of_one(desk, asked_again) == before
    asked_again.responded("T", "10:30")
    assert row(desk.report(asked_again), "next_reply")["sum_seconds"] == 7200.0


def test_a_ticket_that_was_solved_before_it_was_spam_waits_from_its_return(desk: Desk, story: Story) -> None:
    story.opened("T", "08:00")
    story.responded("T", "08:01")
    story.status("T", "08:10", "resolved")
    story.status("T", "08:20", "spam")
    story.status("T", "09:00", "reopened")
    assert of_one(desk, story)[1:] == [(REPLY, "09:00", None, None)]


def test_a_customer_an_agent_wrote_to_first_waits_for_replies_alone(desk: Desk, story: Story) -> None:
    story.opened("T", "10:00", opened_by="agent")
    assert of_one(desk, story) == []
    story.responded("T", "10:05", "customer")
    story.responded("T", "10:15")
    assert of_one(desk, story) == [(REPLY, "10:05", "10:15", ANSWERED)]
    assert of_one(desk, story, agent_opened="next_public") == [(FIRST, "10:00", "10:15", ANSWERED)]
    report = desk.report(story)
    assert row(report, "first_response", to="response")["n"] == row(report, "handling")["offered"] == 0


@pytest.mark.parametrize("responder", [HUMAN, ANY, AFTER])
def test_no_other_status_begins_or_ends_a_wait_of_an_open_ticket(desk: Desk, story: Story, responder: str) -> None:
    statuses = ("pending", "transferred", "escalated", "updated", "reopened")
    for status in statuses:
        story.opened(f"open {status}", "10:00")
        story.status(f"open {status}", "10:05", status)
        story.opened(f"answered {status}", "10:00")
        story.responded(f"answered {status}", "10:10")
        story.status(f"answered {status}", "10:15", status)
    found = told(desk, story, responder=responder)
    assert all(found[f"open {status}"] == [(FIRST, "10:00", None, None)] for status in statuses)
    assert all(found[f"answered {status}"] == [(FIRST, "10:00", "10:10", ANSWERED)] for status in statuses)


def test_waits_are_shown_by_how_long_they_last(desk: Desk, story: Story) -> None:
    for i, opened in enumerate(
        (
            *("13:00", "12:00", "11:59:00.000001"),
            *("11:59", "11:55:00.000001"),
            *("11:55", "11:45:00.000001"),
            *("11:45", "11:00:00.000001"),
            *("11:00", "08:00:00.000001"),
            *("08:00", "2026-03-01T12:00:00.000001Z"),
            *("2026-03-01T12:00:00Z", "2026-01-01T00:00:00Z"),
        )
    ):
        story.opened(f"T{i}", opened, channel="chat")
    found = row(desk.report(story), "open_wait", channel="chat")["bands"]
    assert list(found.items()) == [
        *(("<1m", 3), ("1-5m", 2), ("5-15m", 2), ("15-60m", 2), ("1-4h", 2), ("4-24h", 2), (">24h", 2))
    ]


@pytest.fixture
def greeted(story: Story) -> Story:
    story.opened("T", "09:00")
    story.responded("T", "09:00:05", "bot")
    story.responded("T", "09:05", "customer")
    story.responded("T", "09:20")
    story.responded("T", "09:30", "customer")
    story.responded("T", "09:31")
    return story


def test_what_a_bot_answered_first_is_waited_for_as_a_reply(desk: Desk, greeted: Story) -> None:
    numbers = row(desk.report(greeted, responder=ANY), "next_reply")
    assert (numbers["n"], numbers["sum_seconds"], numbers["p99_seconds"]) == (2, 960.0, 900.0)
    assert row(desk.report(greeted, responder=ANY), "first_response", to="response")["sum_seconds"] == 5.0


def test_for_a_person_it_is_the_first_wait(desk: Desk, greeted: Story) -> None:
    reply = (REPLY, "09:30", "09:31", ANSWERED)
    assert of_one(desk, greeted) == [(FIRST, "09:00", "09:20", ANSWERED), reply]
    found = [(FIRST, "09:00", "09:00:05", BOT), (FIRST, "09:05", "09:20", ANSWERED), reply]
    assert of_one(desk, greeted, responder=AFTER) == found


@pytest.mark.parametrize(("customer", "bot"), [("a", "b"), ("b", "a")])
def test_at_one_instant_the_question_comes_before_any_answer(desk: Desk, story: Story, customer: str, bot: str) -> None:
    story.opened("T", "09:00", event_id="z")
    story.responded("T", "09:00", "system", event_id="x")
    story.responded("T", "09:05", "bot", event_id=bot)
    story.responded("T", "09:05", "customer", event_id=customer)
    found = [(FIRST, "09:00", "09:00", ANSWERED), (REPLY, "09:05", "09:05", ANSWERED)]
    assert of_one(desk, story, responder=ANY) == found
