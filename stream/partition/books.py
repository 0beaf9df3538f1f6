"""What all partitions of a worker add up to, counted together: once a tick, of what changed since the last one.

The states are the partitions'. Here they are numbers: each partition says what changed and how it was counted, and all
of it is counted anew in one go. A partition that is being read back is counted when it is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice

from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.counting.each import EachCustomer, EachTicket
from stream.counting.places import Places
from stream.model.customer_state import CustomerState
from stream.model.names import Names
from stream.model.state import State
from stream.numbers.declare import Number
from stream.partition.clientele import Clientele
from stream.partition.counted import Counted, ManyCustomers, ManyTickets
from stream.partition.held import Held, K, Many, S
from stream.partition.seal import Seal
from stream.partition.tickets import Tickets

# States that are counted in one step: some hundredths of a second.
STEP = 5_000


class Books:
    """The numbers of a worker under one policy, and the partitions that they are of."""

    def __init__(self, policy: Policy, book: LabelBook | None = None) -> None:
        """Start with no partition; book: of the labels, if others look at it too."""
        self.policy = policy
        self.names = Names(policy, book if book is not None else LabelBook(policy.labels, policy.label_limit))
        self.counted = Counted(policy, self.names)
        self._left = 0
        self._advanced: object = None
        self._ticket_places, self._customer_places = Places(), Places()
        self._tickets: dict[int, Tickets] = {}
        self._clientele: dict[int, Clientele] = {}
        self._seals: dict[int, Callable[[], Seal]] = {}

    def join(self, number: int, tickets: Tickets, clientele: Clientele, seal: Callable[[], Seal]) -> None:
        """Count a partition from now on; one of the same number that was counted before is given up."""
        self.leave(number)
        self._tickets[number], self._clientele[number], self._seals[number] = tickets, clientele, seal

    def leave(self, number: int, tickets: Tickets | None = None) -> None:
        """Give up a partition, with all that it added; tickets: if it is still the one that has these."""
        if number not in self._tickets or (tickets is not None and self._tickets[number] is not tickets):
            return
        del self._tickets[number]
        del self._clientele[number], self._seals[number]
        self._left += 1
        self.counted.leave(number, self._ticket_places.leave(number), self._customer_places.leave(number))

    @property
    def changes(self) -> tuple[int, int, int]:
        """Tells whether a state has changed between two looks, or a partition has come or gone."""
        tickets, customers = self._tickets.values(), self._clientele.values()
        changes = sum(each.changes for each in tickets) + sum(each.changes for each in customers)
        return changes, len(tickets), self._left

    # -- counting

    def settle(self) -> None:
        """Count all that changed since the last time."""
        for _ in self.steps():
            pass

    def steps(self) -> Iterator[None]:
        """Count the same in steps, so that the caller can do something else in between."""
        while (tickets := self._next_tickets(STEP)).keys:
            corrected = self.counted.count_tickets(tickets)
            for number, (provisional, final) in corrected.items():
                self._tickets[number].correct(provisional, final)
            yield
        while (customers := self._next_customers(STEP)).keys:
            self.counted.count_customers(customers)
            yield

    def count_loaded(self, number: int) -> Iterator[None]:
        """Count a partition that is being read back, in steps; meanwhile the others are counted as ever.

        It ends when the partition leaves: another one of this number has nothing of it.
        """
        tickets, clientele = self._tickets[number], self._clientele[number]
        while tickets.was and self._tickets.get(number) is tickets:
            batch = ManyTickets()
            tickets.settling(number, batch, self._ticket_places, STEP)
            self.counted.count_tickets(batch)
            yield
        while clientele.was and self._clientele.get(number) is clientele:
            customers = ManyCustomers()
            clientele.settling(number, customers, self._customer_places, STEP)
            self.counted.count_customers(customers)
            yield

    def _next_tickets(self, most: int) -> ManyTickets:
        return _next(self._tickets, ManyTickets(), self._ticket_places, most)

    def _next_customers(self, most: int) -> ManyCustomers:
        return _next(self._clientele, ManyCustomers(), self._customer_places, most)

    def forget_tickets(self, gone: ManyTickets) -> None:
        """Count tickets no more that were counted, and are forgotten."""
        self.counted.count_tickets(gone)
        self._ticket_places.give_back(gone.places)

    def forget_customers(self, gone: ManyCustomers) -> None:
        """Count customers no more that were counted, and are forgotten."""
        self.counted.count_customers(gone)
        self._customer_places.give_back(gone.places)

    def shift(self, number: int, old: Seal, new: Seal) -> None:
        """Let another seal account for the tickets of a partition that are forgotten."""
        self._left += 1
        self.counted.shift(number, old, new)

    def advance(self, now_us: int) -> None:
        """Count what changed, and move the windows to now."""
        self.settle()
        held = now_us, self.changes, self.counted.changes  # of another partition, more may be counted at this instant
        if self._advanced != held:
            self.counted.advance(now_us, list(self._tickets))
            self._advanced = held

    # -- looking

    def key(self, place: int) -> bytes:
        """Return the key of the ticket at a place."""
        return self._ticket_places.keys[place]

    def each_ticket(self, states: Sequence[State], number: Number) -> EachTicket:
        """Return what each of some tickets adds to a number, at least; nothing is counted by it."""
        with self._only_looking():
            return self.counted.each_ticket(states, number)

    def each_customer(self, states: Sequence[CustomerState], number: Number) -> EachCustomer:
        """Return what each of some customers adds to a number, at least; nothing is counted by it."""
        with self._only_looking():
            return self.counted.each_customer(states, number)

    @contextmanager
    def _only_looking(self) -> Iterator[None]:
        """Let values of labels that are over the limit not be counted once more by looking at them."""
        overflows = dict(self.names.book.overflows)
        yield
        self.names.book.overflows.update(overflows)

    # -- another policy

    def adoption(self, policy: Policy) -> Adoption:
        """Begin to count everything anew under another policy. Labels, windows and buckets have to be the same."""
        self.settle()
        return Adoption(self, policy)

    def recounted(self, policy: Policy) -> Iterator[Counted | None]:
        """Count every state anew, aside and in steps; the last that is yielded is what they come to."""
        self.names.note(policy)
        now_us = self.counted.now_us
        fresh = Counted(policy, self.names)
        fresh.advance(now_us, list(self._tickets))
        for number, tickets in self._tickets.items():
            states = iter(list(tickets.states.items()))
            while some := list(islice(states, STEP)):
                fresh.count_tickets(tickets.recounting(number, some))
                yield None
            fresh.shift(number, Seal(), self._seals[number]())
        for number, clientele in self._clientele.items():
            customers = iter(list(clientele.states.items()))
            while found := list(islice(customers, STEP)):
                fresh.count_customers(clientele.recounting(number, found))
                yield None
        fresh.advance(now_us, list(self._tickets))
        yield fresh

    def put_in_force(self, policy: Policy, counted: Counted) -> None:
        """Let everything be counted under another policy, as it was recounted."""
        counted.advance(self.counted.now_us, list(self._tickets))  # the windows may have moved meanwhile
        self.policy, self.counted = policy, counted
        self._advanced = None


def _next(held: Mapping[int, Held[S, K]], batch: Many[S, K], places: Places, most: int) -> Many[S, K]:
    """Move up to so many that are to be counted into a batch, of whichever partitions are not being read back."""
    for number, each in held.items():
        if each.loading or not each.was:
            continue
        each.settling(number, batch, places, most - len(batch.keys))
        if len(batch.keys) >= most:
            break
    return batch


class Adoption:
    """All numbers under another policy, once all steps are done.

    It says nothing any more if a state changes before it is in force, or one that was read back is counted meanwhile:
    then it has to be made anew.
    """

    def __init__(self, books: Books, policy: Policy) -> None:
        """Begin; nothing is counted yet."""
        self.policy = policy
        self._books = books
        self._began = books.changes, books.counted.changes
        self._done: Counted | None = None

    def steps(self) -> Iterator[None]:
        """Count, some states in a step, so that the caller can do something else in between."""
        for done in self._books.recounted(self.policy):
            self._done = done
            yield

    @property
    def stale(self) -> bool:
        """True if a state has changed since it began, or was counted."""
        return self._began != (self._books.changes, self._books.counted.changes)

    def adopt(self) -> bool:
        """Put it in force; returns False if there are steps left, or it is stale."""
        if self._done is None or self.stale:
            return False
        self._books.put_in_force(self.policy, self._done)
        return True
