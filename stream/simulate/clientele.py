"""Everyone who may contact the desk: those on record as customers, and those who just have a question."""

from __future__ import annotations

from collections import deque

from stream.simulate.chance import Chance
from stream.simulate.customer import Customer, make_up

# The same matter twice within minutes: the first message seemed to go nowhere.
_AGAIN_AT_ONCE = 0.04


class Clientele:
    """People by number: the newest contact the desk most. The last `on_record` of them are known as customers.

    Somebody is made up when first heard of, so a crowd of millions costs nothing.
    """

    def __init__(self, chance: Chance, prefix: str, size: int, on_record: int) -> None:
        self._chance = chance
        self._prefix = prefix
        self._size = size
        self._first_on_record = size - on_record
        self._known: dict[int, Customer] = {}
        self._recent: deque[Customer] = deque(maxlen=400)
        self._returning: deque[Customer] = deque()

    def contacting(self) -> Customer:
        """Who is at the door: somebody whose matter was not settled after all, or anyone."""
        chance = self._chance
        if self._returning:
            customer = self._returning.popleft()
        elif self._recent and chance.hit(_AGAIN_AT_ONCE):
            customer = self._recent[int(chance.random() * len(self._recent))]
        else:
            customer = self.someone()
        self._recent.append(customer)
        return customer

    def returns(self, _: int, customer: Customer) -> None:
        """The next contact is theirs: what was resolved some days ago is not."""
        self._returning.append(customer)

    def someone(self) -> Customer:
        """Anyone of them."""
        # The power makes some heavier users than others, the newest most of all. Who left is seldom heard of.
        chance = self._chance
        customer = self.member(self._size - 1 - int(chance.random() ** 1.5 * self._size))
        if customer.lost:
            customer = self.member(int(chance.random() * self._size))
        return customer

    def recorded(self) -> Customer | None:
        """Anyone who is on record as a customer, or was; None when there is nobody."""
        count = self._size - self._first_on_record
        return self.member(self._first_on_record + int(self._chance.random() * count)) if count else None

    def newcomer(self) -> Customer:
        """Somebody new, who is on record from now on."""
        self._size += 1
        return self.member(self._size - 1)

    def on_record(self) -> range:
        """The numbers of those on record, in the order in which they became customers."""
        return range(self._first_on_record, self._size)

    def member(self, number: int) -> Customer:
        """The person of that number."""
        customer = self._known.get(number)
        if customer is None:
            customer = self._known[number] = make_up(self._chance, f"C-{self._prefix}-{number:06d}")
        return customer
