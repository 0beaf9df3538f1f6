"""A contact centre that behaves like one, as a seeded stream of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import chain, pairwise

from stream.simulate.agenda import Agenda
from stream.simulate.chance import DAY_US, Chance
from stream.simulate.channel import CHANNELS
from stream.simulate.clientele import Clientele
from stream.simulate.closing import Closing
from stream.simulate.curve import Curve
from stream.simulate.floor import Floor
from stream.simulate.intake import Intake
from stream.simulate.journal import Event, Journal
from stream.simulate.leftover import Leftovers
from stream.simulate.mail import Mail
from stream.simulate.poll import Poll
from stream.simulate.pulse import Pulses
from stream.simulate.shop import Shop
from stream.simulate.staffing import SHIFTS, Roster
from stream.simulate.survey import Surveys
from stream.simulate.talk import Talk
from stream.simulate.team import Team

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# How often somebody contacts the desk: on the mean once in so many days.
_PEOPLE_PER_DAILY_TICKET = 40
_ON_RECORD_PER_DAILY_TICKET, _MOST_ON_RECORD = 4, 10_000


@dataclass(frozen=True, slots=True)
class Hours:
    """Some hours, aware and not empty, before which as many tickets were left over."""

    begin: datetime
    end: datetime
    leftovers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Settings of a simulated desk. Equal settings give equal events, byte for byte, on every machine.

    start: when it opens, aware; the first event is at or after it, those of `leftovers`, `customers` and
        `open_before` excepted.
    tickets_per_day: mean over a week; Mondays have more, nights and Sundays less.
    days: how long, without end if None.
    tickets: exactly so many in `days`, spread like the curve; the mean a day is then theirs.
    staffed_for: tickets a day the teams are sized for, as many as come if None; with fewer, queues grow.
    leftovers: open tickets of the ten days before the start.
    customers: on record at the start, each by an event in the years before; four a daily ticket if None, but not more
        than 10,000.
    open_before: hours before the start in which contacts came too, in order. The desk works on between them, so this
        is a history of which only the hours that matter are dense.
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
    customers: int | None = None
    open_before: tuple[Hours, ...] = ()
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
        for name in ("leftovers", "customers"):
            number = getattr(self, name)
            if number is not None and number < 0:
                raise ValueError(f"{name}: got {number}; accepts 0 or more")
        instants = [at for hours in self.open_before for at in (hours.begin, hours.end)]
        if any(before >= after for before, after in pairwise([*instants, self.start])):
            text = ", ".join(f"{hours.begin.isoformat()} to {hours.end.isoformat()}" for hours in self.open_before)
            raise ValueError(f"open_before: got {text}; accepts hours one after the other, all before the start")

    @property
    def start_us(self) -> int:
        """Microseconds since the Unix epoch."""
        return _instant_us(self.start)

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
        text = repr((*settings, self.leftovers, self.customers, self.open_before, self.ahead))
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
    on_record = desk.customers
    if on_record is None:
        on_record = min(_MOST_ON_RECORD, round(_ON_RECORD_PER_DAILY_TICKET * per_day))
    people = max(on_record, round(_PEOPLE_PER_DAILY_TICKET * per_day) + 100)
    clientele = Clientele(Chance(seed, "clientele"), prefix, people, on_record)
    poll = Poll(agenda, journal, Chance(seed, "answers"))
    surveys = Surveys(agenda, poll, Chance(seed, "surveys"), prefix)
    pulses = Pulses(agenda, poll, Chance(seed, "pulses"), prefix)
    shop = Shop(agenda, journal, Chance(seed, "shop"), clientele, surveys)
    closing = Closing(floor, surveys, clientele)
    mail = Mail(floor, closing)
    talk = Talk(floor, closing, mail)
    intake = Intake(floor, Chance(seed, "intake"), prefix, clientele=clientele, talk=talk, mail=mail)
    leftovers = Leftovers(floor, Chance(seed, "leftovers"), intake, mail)
    coming = Chance(seed, "arrivals")
    before = [(_instant_us(hours.begin), _instant_us(hours.end)) for hours in desk.open_before]
    arrivals = chain(
        *(curve.arrivals(coming, begin_us, end_us) for begin_us, end_us in before),
        curve.arrivals(coming, desk.start_us, desk.end_us, desk.tickets),
    )

    def change_shift(now_us: int, _: None) -> None:
        number, ends_us = roster.shift_at(now_us)
        for team in teams.values():
            heads = roster.heads(team.name, number)
            team.change_shift(now_us, SHIFTS[number % len(SHIFTS)], heads)
            pulses.shift_began(now_us, team, heads)
        agenda.at(ends_us, change_shift, None)

    def next_contact(now_us: int, channel: str) -> None:
        intake.contact(now_us, channel)
        shop.something_may_happen(now_us)
        surveys.something_may_happen(now_us, clientele)
        await_contact()

    def await_contact() -> None:
        contact = next(arrivals, None)
        if contact is not None:
            agenda.at(contact[0], next_contact, contact[1])

    first_us = before[0][0] if before else desk.start_us
    shop.open(first_us, per_day)
    agenda.at(first_us, change_shift, None)
    for hours in desk.open_before:
        leftovers.plan(_instant_us(hours.begin), hours.leftovers)
    leftovers.plan(desk.start_us, desk.leftovers)
    await_contact()


def _instant_us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
