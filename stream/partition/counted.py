"""Tickets and customers as numbers, under one policy."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from stream.core.cells import Cells
from stream.core.customer import Customer
from stream.core.history import HistoryTotals, history
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.standing import Queue, Queues, Wait
from stream.core.sums import Sums
from stream.core.tenure import TenureTotals
from stream.core.waiting import WaitingTicket
from stream.core.windows import AHEAD
from stream.counting.census import CATEGORIES, NAMED, Census
from stream.counting.customer_books import CustomerBooks, KeptCustomer
from stream.counting.each import EachCustomer, EachTicket
from stream.counting.looked import Looked
from stream.counting.named_sums import NamedSums
from stream.counting.standing import Standing
from stream.counting.tenure import Tenure
from stream.counting.ticket_books import NOTHING, Kept, TicketBooks
from stream.model.customer_records import customer_records
from stream.model.customer_state import Contact, CustomerState
from stream.model.names import Names
from stream.model.state import State
from stream.model.survey_records import survey_records
from stream.model.times import Ints, ints
from stream.numbers.declare import Number
from stream.numbers.registry import customer_folds, customer_folds_of, folds, folds_of, needs_tenure, sections_off
from stream.partition.alarms import BAD_COMMENT, OF_WAITS, Alarm, Comments
from stream.partition.held import Many
from stream.partition.keys import TICKET, ticket_id
from stream.partition.seal import Added, Seal

ManyTickets = Many[State, Kept]
ManyCustomers = Many[CustomerState, KeptCustomer]


def kept_ticket(state: State, names: Names) -> Kept:
    """Return what a ticket is counted by; the records of its surveys are made anew if something of them changed."""
    if state.asked is None:
        state.asked = survey_records(state.surveys(), names)
    return Kept(state.records, state.asked)


def kept_customer(own: Customer, contacts: Iterable[Contact]) -> KeptCustomer:
    """Return what a customer is counted by."""
    return KeptCustomer(customer_records(own), tuple([contact.records for contact in contacts]))


class Counted:
    """The numbers of all partitions of a worker under a policy."""

    def __init__(self, policy: Policy, names: Names) -> None:
        """Start with nothing."""
        self.policy = policy
        self._names = names
        self._tickets = TicketBooks(policy, names, folds(policy))
        self._customers = CustomerBooks(policy, names, customer_folds(policy))
        self._sections_off, self._needs_tenure = sections_off(policy), needs_tenure(policy)
        self._standing = Standing(policy, names)
        self._tenure = Tenure(policy.definitions.ltv_years)
        self._census = Census()
        self._comments: dict[int, Comments] = {}
        self.now_us = 0
        """Where the windows end."""
        self.changes = 0
        """Grows with all that is counted."""
        tickets, customers = self._tickets, self._customers
        self._named = {
            "tickets": NamedSums(tickets.tickets, tickets.cells),
            "surveys": NamedSums(tickets.surveys, tickets.cells),
            "agents": NamedSums(tickets.agents, tickets.cells),
            "history": NamedSums(tickets.history, tickets.cells),
            "customers": NamedSums(customers.customers, customers.cells),
        }
        self._looked: Looked | None = None
        self._looked_us = -1
        self._tenures: dict[int, TenureTotals] = {}

    # -- counting

    def count_tickets(self, batch: ManyTickets) -> dict[int, tuple[int, int]]:
        """Count tickets; returns how many numbers were corrected by it, provisional and final, by partition."""
        self.changes += 1
        partition, places = ints(batch.partitions), ints(batch.places)
        settled = self._tickets.settle(partition, batch.new, batch.old)
        frame = settled.frame
        self._looked = None
        self._standing.replace(places, partition, frame)
        there = [new is not NOTHING and key.startswith(TICKET) for new, key in zip(batch.new, batch.keys, strict=True)]
        self._census.replace(places, partition, frame, there)
        for i in settled.commented:
            comments = self._comments.setdefault(batch.partitions[i], Comments())
            comments.replace(batch.keys[i], batch.states[i], self.policy if settled.bad[i] else None)
        return settled.corrections(partition, ints(batch.final_until_us))

    def count_customers(self, batch: ManyCustomers) -> None:
        """Count customers."""
        self.changes += 1
        partition, places = ints(batch.partitions), ints(batch.places)
        customers = self._customers.settle(partition, places, batch.new, batch.old)
        if self._needs_tenure:
            self._tenure.replace(places, partition, customers)
        self._tenures = {}

    def shift(self, number: int, old: Seal, new: Seal) -> None:
        """Let another seal account for the tickets of a partition that are forgotten."""
        self._tickets.shift(number, *map(self._switched_on, new.more_than(old)))

    def _switched_on(self, cells: Cells) -> Cells:
        """Leave out what was counted before its number was switched off: the seal keeps it until it is on again."""
        off = self._sections_off
        return {cell: n for cell, n in cells.items() if cell[0].partition("/")[0] not in off} if off else cells

    def leave(self, number: int, ticket_places: Ints, customer_places: Ints) -> None:
        """Give up a partition."""
        self._tickets.leave(number)
        self._customers.leave(number)
        self._standing.leave(number)
        self._tenure.leave(number)
        self._census.leave(number, ticket_places)
        self._comments.pop(number, None)
        for named in self._named.values():
            named.leave(number)
        self._looked, self._tenures = None, {}

    def advance(self, now_us: int, partitions: list[int]) -> None:
        """Move the windows to now, and take in what changed."""
        if now_us >= self.now_us:
            self.now_us = now_us
            self._tickets.advance(now_us)
            self._customers.advance(now_us)
        for named in self._named.values():
            named.look(partitions)
        self._looked, self._tenures = None, {}

    # -- numbers out

    def windows(self) -> dict[str, tuple[int, int]]:
        """Return where the windows lie, but for what lies ahead."""
        windows = self._tickets.surveys.windows()
        windows.pop(AHEAD)
        return windows

    def sums(self, book: str, number: int) -> dict[str, Sums]:
        """Return what each window, and all time, hold of a book of a partition."""
        return self._named[book].sums(number)

    def agents(self, number: int, forgotten: dict[str, int]) -> dict[str, Sums]:
        """Return who was at work; nothing if no ticket there ever was names an agent, as nobody can say who it was."""
        named = self._census.counts(number)[NAMED] + forgotten.get(NAMED, 0)
        return self.sums("agents", number) if named else {}

    def history(self, number: int, first_opened_us: int | None) -> HistoryTotals:
        """Return this hour and those it is compared with."""
        sums, bounds = self._named["history"].sums(number), self._tickets.history.windows()
        return history(sums, bounds, self.policy.definitions.baseline_weeks, first_opened_us)

    def first_opened_us(self, number: int) -> int | None:
        """Return when the first ticket of a partition was opened."""
        return self._census.first_opened_us(number)

    def counts(self, number: int, forgotten: dict[str, int]) -> dict[str, int]:
        """Return how many tickets are held, and how many there ever were of each category."""
        held = self._census.counts(number)
        counts = {name: held[name] + forgotten.get(name, 0) for name in CATEGORIES}
        return {"held": sum(held[name] for name in CATEGORIES)} | counts

    def queues(self, number: int, now_us: int) -> Mapping[Labels, Queue]:
        """Return what stands open in a partition at now."""
        if self._looked is None or self._looked_us != now_us:
            self._looked, self._looked_us = self._standing.look(now_us), now_us
        standing, looked = self._standing, self._looked
        return Queues(lambda: standing.queues(looked, number))

    def tenure(self, number: int, now_us: int) -> TenureTotals:
        """Return for how long the customers of a partition have been customers."""
        if number not in self._tenures:
            years = self.policy.definitions.long_tenure_years
            self._tenures = dict(enumerate(self._tenure.look(now_us, years, max(number + 1, self.policy.partitions))))
        return self._tenures[number]

    def is_open(self, state: State) -> bool:
        """Say whether a ticket that was counted stands open."""
        return self._standing.is_open(state.place)

    def longest_waiting(
        self,
        number: int,
        wanted: Callable[[Labels], bool],
        kinds: Collection[str],
        limit: int,
        key: Callable[[int], bytes],
    ) -> list[WaitingTicket]:
        """Return up to `limit` tickets of a partition whose customers wait, the oldest first.

        wanted, kinds: under which labels, and for what (names of WAITS).
        """
        found: list[WaitingTicket] = []
        for place in self._standing.longest_waiting(number, wanted, kinds, limit):
            labels, _, opened_us, wait = self._standing.stands(place)
            assert wait is not None  # they wait
            name = ticket_id(key(place)) or ""
            found.append(WaitingTicket(wait.since_us, name, labels, wait.due, wait.kind, opened_us))
        return sorted(found, key=lambda ticket: ticket.place)[:limit]

    def added(self, states: list[State], are_tickets: list[bool]) -> Added:
        """Return what states add over all time; are_tickets: which are no survey without one."""
        kept = [kept_ticket(state, self._names) for state in states]
        categories = self._census.categories([state.place for state in states], are_tickets)
        return Added(*self._tickets.added(kept), categories)

    def each_ticket(self, states: Sequence[State], number: Number) -> EachTicket:
        """Return what each of some tickets adds to a number, at least."""
        kept = [kept_ticket(state, self._names) for state in states]
        return self._tickets.each(kept, folds_of(number, self.policy))

    def each_customer(self, states: Sequence[CustomerState], number: Number) -> EachCustomer:
        """Return what each of some customers adds to a number, at least."""
        kept = [kept_customer(state.own, state.contacts) for state in states]
        return self._customers.each(kept, customer_folds_of(number, self.policy))

    # -- alarms

    def due(self, number: int, now_us: int, most: int, key: Callable[[int], bytes]) -> Iterator[Alarm]:
        """Yield up to `most` alarms of a partition that are due by now, in the order of time."""
        found: list[Alarm] = []
        for at, which, place in self._standing.due(number, now_us, most):
            wait = self.wait(place)
            found.append(Alarm(at, OF_WAITS[wait.kind][which], key(place)))
        comments = self._comments.get(number)
        if comments is not None:
            found += comments.until(now_us, most)
        found.sort()
        yield from found[:most]

    def wait(self, place: int) -> Wait:
        """Return what the customer of an open ticket waits for, who does wait."""
        wait = self._standing.stands(place).wait
        assert wait is not None
        return wait

    def saw(self, number: int, alarm: Alarm, state: State) -> None:
        """Forget an alarm that was seen to."""
        if alarm.kind != BAD_COMMENT:
            which = next(kinds.index(alarm.kind) for kinds in OF_WAITS.values() if alarm.kind in kinds)
            self._standing.saw(state.place, which)
        elif (comments := self._comments.get(number)) is not None:
            comments.drop(alarm)
