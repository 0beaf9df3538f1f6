"""Tickets that are done: waits that end with them, outlast them or begin as they are reopened, worked out by hand."""

import pytest

from tests.verify.story import Desk, Story, policy, row
from tests.verify.waits import ABANDONED, AFTER, ANSWERED, ANY, FIRST, HUMAN, REPLY, SOLVED, of_one


@pytest.fixture
def came_back(story: Story) -> Story:
    story.opened("T", "2026-02-23T09:00:00Z")
    story.responded("T", "2026-02-23T09:01:00Z", "bot")
    story.status("T", "2026-02-23T09:05:00Z", "resolved")
    story.status("T", "2026-02-27T14:00:00Z", "reopened")
    story.responded("T", "2026-02-27T14:10:00Z")
    return story


@pytest.mark.parametrize("responder", [HUMAN, AFTER])
def test_a_person_was_waited_for_since_the_reopening(desk: Desk, came_back: Story, responder: str) -> None:
    now = "2026-02-27T15:00:00Z"
    report = desk.report(came_back, now, responder=responder)
    for window, to, n in (("24h", "response", 1), ("24h", "opened", 0), ("all", "opened", 1)):
        numbers = row(report, "first_response", window, to)
        assert (numbers["n"], numbers["sum_seconds"]) == (n, 600.0 * n)
    report = desk.report(came_back, now, responder=responder, policy=policy(first_response_from="opened"))
    assert row(report, "first_response", "24h", "response")["sum_seconds"] == 364_200.0
    assert row(report, "first_response_business", "24h", "response")["sum_seconds"] == 4 * 28_800 + 18_600.0


def test_from_the_opening_a_promise_still_runs_from_the_wait(desk: Desk, story: Story) -> None:
    story.opened("T", "09:00", channel="chat")
    story.status("T", "09:01", "resolved")
    story.status("T", "10:00", "reopened")
    story.responded("T", "10:01:30")
    report = desk.report(story, policy=policy(first_response_from="opened"))
    assert row(report, "first_response", to="response")["sum_seconds"] == 3690.0
    assert (row(report, "service_level")["answered"], row(report, "service_level")["answered_within"]) == (1, 1)


@pytest.mark.parametrize(
    ("starts", "by", "waits_again"),
    [
        ("customer", {}, True),
        ("customer", {"agent_id": "x"}, False),
        ("any", {"agent_id": "x"}, True),
        ("never", {}, False),
    ],
)
def test_which_reopenings_begin_a_wait_is_a_setting(
    desk: Desk, story: Story, starts: str, by: dict[str, str], waits_again: bool
) -> None:
    story.opened("T", "09:00")
    story.responded("T", "09:01")
    story.responded("T", "09:02", "customer")
    story.status("T", "09:03", "closed")
    story.responded("T", "09:10", "customer")
    story.responded("T", "09:11", "customer")
    story.status("T", "09:20", "reopened", **by)
    before = [(FIRST, "09:00", "09:01", ANSWERED), (REPLY, "09:02", "09:03", SOLVED)]
    again = [(REPLY, "09:10", None, None)] if waits_again else []
    assert of_one(desk, story, policy=policy(reopening_starts=starts)) == before + again
    story.responded("T", "09:30", "customer")
    again = [(REPLY, "09:10" if waits_again else "09:30", None, None)]
    assert of_one(desk, story, policy=policy(reopening_starts=starts)) == before + again


def test_pending_opens_a_ticket_again_without_a_wait(desk: Desk, story: Story) -> None:
    story.opened("T", "09:00")
    story.status("T", "09:01", "resolved")
    story.responded("T", "09:05", "customer")
    story.status("T", "09:10", "pending")
    story.status("T", "09:11", "reopened")  # it is open already
    assert of_one(desk, story) == [(FIRST, "09:00", "09:01", SOLVED)]
    assert row(desk.report(story), "backlog")["answered"] == 1
    story.responded("T", "09:12", "customer")
    assert of_one(desk, story)[1:] == [(FIRST, "09:12", None, None)]


@pytest.mark.parametrize(("message", "status"), [("a", "b"), ("b", "a")])
def test_what_is_said_as_a_ticket_is_done_is_of_before_and_as_it_is_reopened_of_after(
    desk: Desk, story: Story, message: str, status: str
) -> None:
    story.opened("T", "09:00")
    story.responded("T", "09:01")
    story.status("T", "09:05", "resolved", event_id=f"{status}1")
    story.responded("T", "09:05", "customer", event_id=f"{message}1")
    story.responded("T", "09:20", "customer", event_id=f"{message}2")
    story.status("T", "09:20", "reopened", event_id=f"{status}2")
    story.responded("T", "09:20", event_id=f"{message}3")
    found = [(REPLY, "09:05", "09:05", SOLVED), (REPLY, "09:20", "09:20", ANSWERED)]
    assert of_one(desk, story)[1:] == found


def test_who_was_answered_while_the_ticket_was_done_waits_for_a_reply(desk: Desk, story: Story) -> None:
    story.opened("T", "09:00")
    story.status("T", "09:05", "resolved")
    story.responded("T", "09:10")
    story.status("T", "09:20", "reopened")
    assert of_one(desk, story) == [(FIRST, "09:00", "09:05", SOLVED), (REPLY, "09:20", None, None)]
    assert row(desk.report(story), "first_response", to="response")["n"] == 0


@pytest.fixture
def hung_up(story: Story) -> Story:
    story.opened("T", "09:00", channel="phone")
    story.status("T", "09:02", "abandoned")
    story.status("T", "09:02:01", "resolved")
    story.opened("U", "09:10", channel="phone")
    story.responded("U", "09:10:30")
    return story


def test_who_gave_up_did_so_though_the_ticket_was_resolved(desk: Desk, hung_up: Story) -> None:
    report = desk.report(hung_up, "10:00")
    numbers = row(report, "handling")
    assert (numbers["offered"], numbers["given_up"], numbers["abandonment_rate"]) == (2, 1, 50.0)
    level = row(report, "service_level", "1h")
    assert (level["answered"], level["abandoned"], level["levels"]["A/(N+B-s)"]) == (1, 1, 50.0)


@pytest.mark.parametrize(("abandoned", "resolved", "outcome"), [("a", "b", ABANDONED), ("b", "a", SOLVED)])
def test_of_two_statuses_at_one_instant_the_event_id_says_which_ended_the_wait(
    desk: Desk, story: Story, abandoned: str, resolved: str, outcome: str
) -> None:
    story.opened("T", "09:00")
    story.status("T", "09:02", "abandoned", event_id=abandoned)
    story.status("T", "09:02", "resolved", event_id=resolved)
    assert of_one(desk, story) == [(FIRST, "09:00", "09:02", outcome)]
    assert row(desk.report(story), "handling")["given_up"] == int(outcome == ABANDONED)


@pytest.mark.parametrize("responder", [HUMAN, ANY, AFTER])
def test_who_gave_up_twice_is_one_ticket_and_two_contacts(desk: Desk, story: Story, responder: str) -> None:
    story.opened("T", "09:00", channel="phone")
    story.status("T", "09:02", "abandoned")
    story.status("T", "09:10", "reopened")
    story.status("T", "09:10:03", "abandoned")
    report = desk.report(story, responder=responder)
    assert row(report, "handling")["given_up"] == 1
    level = row(report, "service_level")
    assert (level["abandoned"], level["abandoned_within"], level["abandoned_short"]) == (2, 2, 1)


def test_who_gives_up_on_a_reply_has_not_given_up_the_contact(desk: Desk, story: Story) -> None:
    story.opened("T", "09:00", channel="phone")
    story.responded("T", "09:01")
    story.responded("T", "09:10", "customer")
    story.status("T", "09:20", "abandoned")
    assert of_one(desk, story)[1:] == [(REPLY, "09:10", "09:20", ABANDONED)]
    report = desk.report(story)
    assert row(report, "handling")["given_up"] == row(report, "service_level")["abandoned"] == 0


def test_who_gave_up_an_agents_ticket_had_asked_for_nothing(desk: Desk, story: Story) -> None:
    story.opened("T", "09:00", opened_by="agent", channel="phone")
    story.status("T", "09:02", "abandoned")
    assert of_one(desk, story) == []
    assert row(desk.report(story, agent_opened="next_public"), "handling")["given_up"] == 1


ON = policy(solving_stops=False)


def test_where_solving_does_not_stop_it_a_wait_outlasts_it_but_nobody_waits_now(desk: Desk, story: Story) -> None:
    story.opened("T", "09:00", channel="chat")
    story.status("T", "09:10", "resolved")
    assert of_one(desk, story, policy=ON) == [(FIRST, "09:00", None, None)]
    report = desk.report(story, policy=ON)
    assert [row(report, name)["n"] for name in ("open_wait", "sla", "backlog")] == [0, 0, 0]
    story.status("T", "09:20", "reopened", agent_id="x")
    report = desk.report(story, "10:00", policy=ON)
    assert (row(report, "open_wait")["n"], row(report, "open_wait")["oldest_seconds"]) == (1, 3600.0)
    story.responded("T", "09:30")
    assert row(desk.report(story, policy=ON), "first_response", to="response")["sum_seconds"] == 1800.0


def test_where_solving_does_not_stop_it_an_answer_after_it_does(desk: Desk, story: Story) -> None:
    story.opened("T", "09:00")
    story.status("T", "09:10", "closed")
    story.status("T", "09:11", "abandoned")  # it is done already
    story.responded("T", "09:15")
    story.responded("T", "09:20", "customer")  # on a ticket that is done
    assert of_one(desk, story, policy=ON) == [(FIRST, "09:00", "09:15", ANSWERED)]


def test_giving_up_ends_a_wait_even_there(desk: Desk, story: Story) -> None:
    story.opened("T", "09:00")
    story.status("T", "09:10", "abandoned")
    assert of_one(desk, story, policy=ON) == [(FIRST, "09:00", "09:10", ABANDONED)]


@pytest.mark.parametrize("responder", [HUMAN, ANY, AFTER])
def test_what_was_answered_while_a_ticket_was_done_does_not_wait_when_it_is_reopened(
    desk: Desk, story: Story, responder: str
) -> None:
    story.opened("T", "09:00")
    story.responded("T", "09:05")
    story.status("T", "09:10", "resolved")
    story.responded("T", "09:20", "customer")
    story.responded("T", "09:30", "bot")
    story.status("T", "09:40", "reopened")
    began = "09:20" if responder == HUMAN else "09:40"
    assert of_one(desk, story, responder=responder)[1:] == [(REPLY, began, None, None)]
    story.responded("T", "09:35", "customer")
    began = "09:20" if responder == HUMAN else "09:35"
    assert of_one(desk, story, responder=responder)[1:] == [(REPLY, began, None, None)]
    assert row(desk.report(story, "09:50", responder=responder), "reply_wait")["n"] == 1
