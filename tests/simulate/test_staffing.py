"""Who is there, and what becomes of customers when they are too few."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

import pytest

from stream.simulate import Desk
from stream.simulate.chance import DAY_US, HOUR_US
from stream.simulate.channel import CHANNELS
from stream.simulate.curve import Curve
from stream.simulate.floor import SECOND_LINE
from stream.simulate.staffing import SHIFT_US, Roster
from stream.simulate.team import Handler, Team
from stream.simulate.ticket import Ticket

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
MONDAY_US = int(MONDAY.timestamp()) * 1_000_000


@dataclass
class Days:
    """What customers of some days went through; waits in seconds."""

    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    tickets: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    abandoned: int = 0
    unanswered: int = 0
    nps: float = 0.0


def lived(desk: Desk) -> Days:
    days = Days()
    opened: dict[str, tuple[str, datetime]] = {}
    scores: list[int] = []
    for event in desk.events():
        match event["type"]:
            case "ticket.opened":
                opened[event["ticket_id"]] = (event["channel"], datetime.fromisoformat(event["occurred_at"]))
                days.tickets[event["channel"]] += 1
            case "ticket.responded" if event["author"] == "agent" and event["public"]:
                if first := opened.pop(event["ticket_id"], None):
                    wait = datetime.fromisoformat(event["occurred_at"]) - first[1]
                    days.waits[first[0]].append(wait.total_seconds())
            case "ticket.status" if event["status"] == "abandoned":
                days.abandoned += 1
            case "survey.answered" if event["instrument"] == "nps" and "score" in event:
                scores.append(event["score"])
    days.unanswered = len(opened)
    days.nps = 100 * (sum(s > 8 for s in scores) - sum(s < 7 for s in scores)) / max(1, len(scores))
    return days


@pytest.fixture(scope="module")
def calm() -> Days:
    return lived(Desk(start=MONDAY, days=2, tickets_per_day=3000))


@pytest.fixture(scope="module")
def stormy() -> Days:
    """Twice the tickets of the calm days, for the same people."""
    return lived(Desk(start=MONDAY, days=2, tickets_per_day=6000, staffed_for=3000))


def test_a_desk_with_enough_people_answers_as_its_customers_expect(calm: Days) -> None:
    for name, waits in calm.waits.items():
        assert median(waits) < CHANNELS[name].expected_seconds * 1.5, name


def test_doubling_the_arrivals_makes_written_tickets_wait_hours_longer(calm: Days, stormy: Days) -> None:
    assert median(stormy.waits["email"]) > 4 * median(calm.waits["email"])
    assert stormy.unanswered > 3 * calm.unanswered


def test_doubling_the_arrivals_makes_more_callers_hang_up(calm: Days, stormy: Days) -> None:
    live = ("phone", "chat")
    shares = [days.abandoned / sum(days.tickets[name] for name in live) for days in (calm, stormy)]
    assert 0.01 < shares[0] < 0.15
    assert shares[1] > 1.5 * shares[0]


def test_customers_who_wait_are_less_likely_to_recommend(calm: Days, stormy: Days) -> None:
    assert 20 < calm.nps < 60
    assert stormy.nps < calm.nps - 10


def test_callers_are_served_before_the_mail_is_read(calm: Days) -> None:
    assert median(calm.waits["phone"]) < 60 < 600 < median(calm.waits["email"])


def test_a_bigger_desk_has_more_people_in_proportion() -> None:
    small, big = (Roster(Curve(CHANNELS, per_day), CHANNELS) for per_day in (2000, 20_000))
    for team in small.teams:
        heads = [sum(roster.heads(team, shift) for shift in range(21)) for roster in (small, big)]
        assert 4 < heads[1] / heads[0] <= 10, team


def test_most_teams_have_no_night_shift_and_every_open_shift_has_someone() -> None:
    roster = Roster(Curve(CHANNELS, 10), CHANNELS)
    for team in roster.teams:
        for shift in range(21):
            closed = shift % 3 == 2 and team != "technical"
            assert (roster.heads(team, shift) == 0) == closed, (team, shift)


def test_shifts_change_at_six_at_two_and_at_ten() -> None:
    roster = Roster(Curve(CHANNELS, 1000), CHANNELS)
    six_us = MONDAY_US + 6 * HOUR_US
    assert roster.shift_at(six_us) == (0, six_us + SHIFT_US)
    assert roster.shift_at(six_us - 1) == (20, six_us)
    assert roster.shift_at(six_us + SHIFT_US) == (1, six_us + 2 * SHIFT_US)
    assert roster.shift_at(MONDAY_US + 7 * DAY_US) == (20, six_us + 7 * DAY_US)


def test_the_planned_load_of_each_channel_is_what_its_tickets_really_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """Staffing goes by `load_seconds`; if someone changes how a ticket lives, this says what to plan instead."""
    busy: dict[str, tuple[int, Ticket]] = {}
    worked_us: dict[str, int] = defaultdict(int)
    join, release = Team.join, Team.release

    def join_timed(team: Team, now_us: int, ticket: Ticket, handler: Handler) -> None:
        def taken(taken_us: int, same: Ticket) -> None:
            busy[same.agent] = (taken_us, same)
            handler(taken_us, same)

        join(team, now_us, ticket, taken)

    def release_timed(team: Team, now_us: int, agent: str) -> None:
        taken_us, ticket = busy.pop(agent)
        worked_us[ticket.channel] += now_us - taken_us
        release(team, now_us, agent)

    monkeypatch.setattr(Team, "join", join_timed)
    monkeypatch.setattr(Team, "release", release_timed)
    days = lived(Desk(start=MONDAY, days=7, tickets_per_day=3000))
    for name, channel in CHANNELS.items():
        really = worked_us[name] / 1e6 / days.tickets[name]
        assert really == pytest.approx(channel.load_seconds, rel=0.12), name


def test_second_line_works_by_day() -> None:
    roster = Roster(Curve(CHANNELS, 20_000), CHANNELS)
    assert [roster.heads(SECOND_LINE, shift) > 0 for shift in range(3)] == [True, True, False]
