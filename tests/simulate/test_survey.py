"""What customers answer, and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from statistics import mean

import pytest

from stream.simulate import Desk, Event

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
TOPS = {"nps": {10}, "enps": {10}, "csat": {4, 5, 7, 10}, "ces": {5, 7, 10}}
USUAL = {"nps": 10, "enps": 10, "csat": 5, "ces": 7}


@pytest.fixture(scope="module")
def week() -> list[Event]:
    return list(Desk(start=MONDAY, days=5, tickets=15_000).events())


@pytest.fixture(scope="module")
def answers(week: list[Event]) -> list[Event]:
    return [event for event in week if event["type"] == "survey.answered"]


def test_only_resolved_tickets_are_surveyed_and_only_who_is_asked_answers(week: list[Event]) -> None:
    resolved: set[str] = set()
    asked: set[str] = set()
    for event in week:
        if event.get("status") == "resolved":
            resolved.add(event["ticket_id"])
        elif event["type"] == "survey.sent":
            assert event["survey_id"] not in asked
            asked.add(event["survey_id"])
            assert "ticket_id" not in event or event["ticket_id"] in resolved
        elif event["type"] == "survey.answered":
            assert event["survey_id"] in asked


def test_scores_lie_on_the_scale_of_their_instrument(answers: list[Event]) -> None:
    for event in answers:
        instrument = event["instrument"]
        top = event.get("scale_max", USUAL[instrument])
        lowest = 0 if instrument in ("nps", "enps") else 1
        assert lowest <= event.get("score", lowest) <= top
        assert top in TOPS[instrument]
    for instrument, tops in TOPS.items():
        seen = Counter(
            event.get("scale_max", USUAL[instrument]) for event in answers if event["instrument"] == instrument
        )
        assert set(seen) <= tops
        assert seen[USUAL[instrument]] > 0.6 * seen.total(), instrument
        assert len(seen) > 1 or len(tops) == 1, instrument


def test_about_a_quarter_of_those_asked_answer(week: list[Event], answers: list[Event]) -> None:
    asked = sum(event["type"] == "survey.sent" for event in week)
    assert 0.15 < len({event["survey_id"] for event in answers}) / asked < 0.35


def test_some_leave_the_score_out_and_some_change_their_mind(answers: list[Event]) -> None:
    assert 0.01 < mean("score" not in event for event in answers) < 0.08
    times = Counter(event["survey_id"] for event in answers)
    assert set(times.values()) == {1, 2}
    assert 0.01 < mean(count == 2 for count in times.values()) < 0.08


def test_some_surveys_have_no_ticket_but_a_channel_and_a_segment(week: list[Event]) -> None:
    without = [event for event in week if event["type"].startswith("survey.") and "ticket_id" not in event]
    assert {event["type"] for event in without} == {"survey.sent", "survey.answered"}
    for event in without:
        if event["instrument"] == "enps":
            assert event["touchpoint"] == "team_pulse"
            assert not event.keys() & {"channel", "segment", "customer_id"}
        else:
            assert event["channel"] == "email"
            assert event["segment"]
            assert event["touchpoint"] in ("relationship", "onboarding", "delivery")


def test_reopened_and_transferred_tickets_score_lower(week: list[Event]) -> None:
    troubled = {event["ticket_id"] for event in week if event.get("status") == "reopened"} | {
        # With an agent's name on it: the hand-over from a bot is no trouble.
        event["ticket_id"]
        for event in week
        if event.get("status") == "transferred" and "agent_id" in event
    }
    scores: dict[bool, list[int]] = defaultdict(list)
    for event in week:
        if event["type"] == "survey.answered" and event["instrument"] == "nps" and "score" in event:
            scores[event.get("ticket_id") in troubled].append(event["score"])
    assert len(scores[True]) > 30
    assert mean(scores[True]) < mean(scores[False]) - 0.4


def test_the_unhappy_write_more_often_than_the_happy(answers: list[Event]) -> None:
    scored = [event for event in answers if event["instrument"] == "nps" and "score" in event]
    unhappy = mean("comment" in event for event in scored if event["score"] <= 4)
    happy = mean("comment" in event for event in scored if event["score"] >= 9)
    assert unhappy > happy + 0.2
