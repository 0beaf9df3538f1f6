"""A contact centre that behaves like one, as a seeded stream of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from stream.simulate.agenda import Agenda
from stream.simulate.chance import DAY_US, Chance
from stream.simulate.channel import CHANNELS
from stream.simulate.closing import Closing
from stream.simulate.curve import Curve
from stream.simulate.customer import Customers
from stream.simulate.floor import Floor
from stream.simulate.intake import Intake
from stream.simulate.journal import Event, Journal
from stream.simulate.leftover import Leftovers
from stream.simulate.mail import Mail
from stream.simulate.staffing import SHIFTS, Roster
from stream.simulate.survey import Surveys
from stream.simulate.talk import Talk
from stream.simulate.team import Team

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CUSTOMERS_PER_DAILY_TICKET = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Settings of a simulated desk. Equal settings give equal events, byte for byte, on every machine.

    start: when it opens, aware; the first event is at or after it, those of `leftovers` excepted.
    tickets_per_day: mean over a week; Mondays have more, nights and Sundays less.
    days: how long, without end if None.
    tickets: exactly so many in `days`, spread like the curve; the mean a day is then theirs.
    staffed_for: tickets a day the teams are sized for, as many as come if None; with fewer, queues grow.
    leftovers: open tickets of the ten days before the start.
    ahead: how far the desk's own clock, which the daily curve and the shifts follow, is ahead of UTC.
    Raises ValueError, naming the setting, what it got and what it accepts.
    """

    start: datetime
    seed: int = 1
    tickets_per_day: float = 20_000.0
    days: float | None = None
    tickets: int | None = None
    staffed_for: float | None = None
    leftovers: int = 0
    ahead: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if self.start.tzinfo is None:
            raise ValueError(f"start: got {self.start.isoformat()} without a zone; accepts an aware datetime")
        if self.tickets is not None and self.days is None:
            raise ValueError(f"tickets: got {self.tickets} without days; accepts a number together with days")
        for name in ("tickets_per_day", "days", "tickets", "staffed_for"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name}: got {value}; accepts a number above 0")
        if self.leftovers < 0:
            raise ValueError(f"leftovers: got {self.leftovers}; accepts 0 or more")

    @property
    def start_us(self) -> int:
        """Microseconds since the Unix epoch."""
        return (self.start - _EPOCH) // _MICROSECOND

    @property
    def end_us(self) -> int | None:
        return None if self.days is None else self.start_us + round(self.days * DAY_US)

    def events(self) -> Iterator[Event]:
        """Every event in the order of its time; each call begins anew and gives the same."""
        agenda, journal = Agenda(), Journal(self.id_prefix)
        _open(self, agenda, journal)
        written = journal.written
        for _ in agenda.steps(self.end_us):
            if written:
                yield from written
                written.clear()

    @property
    def id_prefix(self) -> str:
        """Begins every id, so that two desks that differ in anything can share a topic."""
        settings = (self.seed, self.start_us, self.tickets_per_day, self.days, self.tickets, self.staffed_for)
        text = repr((*settings, self.leftovers, self.ahead))
        return sha256(text.encode()).hexdigest()[:6]


def _open(desk: Desk, agenda: Agenda, journal: Journal) -> None:
    """Put the people in place and write down the first steps; everything else follows from those."""
    prefix, seed = desk.id_prefix, desk.seed
    per_day = desk.tickets / desk.days if desk.tickets and desk.days else desk.tickets_per_day
    ahead_us = desk.ahead // _MICROSECOND
    curve = Curve(CHANNELS, per_day, ahead_us)
    roster = Roster(Curve(CHANNELS, desk.staffed_for or per_day, ahead_us), CHANNELS)
    teams = {name: Team(name) for name in roster.teams}
    floor = Floor(agenda, journal, Chance(seed, "work"), teams)
    base = int(_CUSTOMERS_PER_DAILY_TICKET * per_day) + 100
    customers = Customers(Chance(seed, "customers"), prefix, base, agenda, journal)
    surveys = Surveys(floor, Chance(seed, "surveys"), prefix)
    closing = Closing(floor, surveys)
    mail = Mail(floor, closing)
    talk = Talk(floor, closing, mail)
    intake = Intake(floor, Chance(seed, "intake"), prefix, customers=customers, talk=talk, mail=mail)
    arrivals = curve.arrivals(Chance(seed, "arrivals"), desk.start_us, desk.end_us, desk.tickets)

    def change_shift(now_us: int, _: None) -> None:
        number, ends_us = roster.shift_at(now_us)
        for team in teams.values():
            team.change_shift(now_us, SHIFTS[number % len(SHIFTS)], roster.heads(team.name, number))
        agenda.at(ends_us, change_shift, None)

    def next_contact(now_us: int, channel: str) -> None:
        intake.contact(now_us, channel)
        customers.something_may_happen(now_us)
        surveys.something_may_happen(now_us, customers)
        await_contact()

    def await_contact() -> None:
        contact = next(arrivals, None)
        if contact is not None:
            agenda.at(contact[0], next_contact, contact[1])

    agenda.at(desk.start_us, change_shift, None)
    Leftovers(floor, Chance(seed, "leftovers"), intake, mail).plan(desk.start_us, desk.leftovers)
    await_contact()
