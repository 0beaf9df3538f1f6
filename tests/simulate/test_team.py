"""The line in front of a team."""

from __future__ import annotations

from stream.simulate.chance import HOUR_US, MINUTE_US
from stream.simulate.customer import Customer
from stream.simulate.team import Team
from stream.simulate.ticket import Ticket

ANN = Customer("C-1", "consumer", "aurora", "en", mood=0.0)


def written(number: int, urgency: str = "normal") -> Ticket:
    ticket = Ticket(number, f"t-{number}", 0, "email", ANN)
    ticket.urgency = urgency
    return ticket


class Log:
    """Remembers who was taken when."""

    def __init__(self) -> None:
        self.taken: list[tuple[int, int]] = []

    def __call__(self, now_us: int, ticket: Ticket) -> None:
        self.taken.append((now_us, ticket.number))


def test_a_free_agent_takes_a_ticket_at_once() -> None:
    team, log = Team("billing"), Log()
    team.change_shift(0, "early", 1)
    ticket = written(1)
    team.join(5, ticket, log)
    assert log.taken == [(5, 1)]
    assert ticket.agent == "billing-early-01"
    assert not ticket.waiting


def test_who_came_first_is_next() -> None:
    team, log = Team("billing"), Log()
    team.change_shift(0, "early", 1)
    for number in (1, 2, 3):
        team.join(number, written(number), log)
    assert team.waiting == 2
    team.release(10, "billing-early-01")
    team.release(20, "billing-early-01")
    assert log.taken == [(1, 1), (10, 2), (20, 3)]
    assert team.waiting == 0


def test_an_urgent_ticket_passes_the_last_four_hours_but_not_a_day() -> None:
    team, log = Team("billing"), Log()
    day_us = 24 * HOUR_US
    team.join(0, written(1), log)
    team.join(day_us - HOUR_US, written(2), log)
    team.join(day_us, written(3, "urgent"), log)
    team.change_shift(day_us, "early", 1)
    team.release(day_us + 1, "billing-early-01")
    team.release(day_us + 2, "billing-early-01")
    assert [number for _, number in log.taken] == [1, 3, 2]


def test_a_caller_goes_before_everything_written() -> None:
    team, log = Team("billing"), Log()
    team.join(0, written(1, "urgent"), log)
    team.join(MINUTE_US, Ticket(2, "t-2", 0, "phone", ANN), log)
    team.change_shift(2 * MINUTE_US, "early", 1)
    assert [number for _, number in log.taken] == [2]


def test_who_gives_up_is_skipped() -> None:
    team, log = Team("billing"), Log()
    caller = Ticket(1, "t-1", 0, "phone", ANN)
    team.join(0, caller, log)
    team.join(1, written(2), log)
    team.leave(caller)
    assert team.waiting == 1
    team.change_shift(5, "early", 2)
    assert log.taken == [(5, 2)]


def test_a_busy_agent_of_the_old_shift_goes_home_when_done() -> None:
    team, log = Team("billing"), Log()
    team.change_shift(0, "early", 1)
    team.join(0, written(1), log)
    team.join(0, written(2), log)
    team.change_shift(8, "late", 0)
    team.release(9, "billing-early-01")
    assert log.taken == [(0, 1)]
    team.change_shift(10, "night", 1)
    assert log.taken == [(0, 1), (10, 2)]
