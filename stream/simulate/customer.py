"""The people who write, call and buy; most of them more than once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from stream.simulate.chance import Chance, Mix

if TYPE_CHECKING:  # the journal writes about tickets and those know their customer: a cycle of types only
    from stream.simulate.agenda import Agenda
    from stream.simulate.journal import Journal

_SEGMENTS = Mix({"consumer": 0.70, "business": 0.22, "enterprise": 0.08})
_BRANDS = Mix({"aurora": 0.55, "basalt": 0.30, "cinder": 0.15})
_LANGUAGES = Mix({"en": 0.48, "de": 0.15, "fr": 0.12, "es": 0.12, "nl": 0.06, "ja": 0.05, None: 0.02})
# median of a purchase, in the currency of the shop
_BASKET = {"consumer": 45.0, "business": 320.0, "enterprise": 2400.0}
_SIGNALS = Mix({"form_abandoned": 0.55, "web_return": 0.33, "app_uninstalled": 0.12})
_HAPPENINGS = Mix({"purchased": 0.56, "signal": 0.24, "acquired": 0.14, "lost": 0.06})
# Events about customers a ticket: a desk of 1,000 tickets a day sits beside a shop of some 500 orders.
_HAPPENINGS_PER_TICKET = 0.6


@dataclass(slots=True)
class Customer:
    """`mood` shifts every score the customer gives, in points of 0..10."""

    id: str
    segment: str
    brand: str
    language: str | None
    mood: float
    lost: bool = False


class Customers:
    """Everyone who may contact the desk. A base exists already; new ones are acquired, some are lost.

    A member of the base is made up when first heard of, so a base of millions costs nothing.
    """

    def __init__(self, chance: Chance, prefix: str, base: int, agenda: Agenda, journal: Journal) -> None:
        self._chance = chance
        self._prefix = prefix
        self._size = base
        self._known: dict[int, Customer] = {}
        self._recent: deque[Customer] = deque(maxlen=400)
        self._agenda = agenda
        self._journal = journal

    def contacting(self) -> Customer:
        """Who is at the door: one in ten was here a short time ago, the same matter not being settled."""
        if self._recent and self._chance.hit(0.1):
            customer = self._recent[int(self._chance.random() * len(self._recent))]
        else:
            customer = self.someone()
        self._recent.append(customer)
        return customer

    def something_may_happen(self, now_us: int) -> None:
        """Once a contact: shops are busy when desks are, so these events follow the same curve."""
        if self._chance.hit(_HAPPENINGS_PER_TICKET):
            self._agenda.at(now_us + self._chance.waiting(1800), self._happens, _HAPPENINGS.pick(self._chance))

    def _happens(self, now_us: int, kind: str) -> None:
        if kind == "acquired":
            self._size += 1
            self._journal.customer(now_us, "acquired", self._member(self._size - 1).id, {})
            return
        customer = self.someone()
        if kind == "lost":
            if not customer.lost:
                customer.lost = True
                self._journal.customer(now_us, "lost", customer.id, {})
        elif kind == "purchased":
            amount = self._chance.lognormvariate(log(_BASKET[customer.segment]), 0.8)
            self._journal.customer(now_us, "purchased", customer.id, {"amount": round(amount, 2)})
        else:
            self._journal.customer(now_us, "signal", customer.id, {"signal": _SIGNALS.pick(self._chance)})

    def someone(self) -> Customer:
        """Anyone of them."""
        # Squared: the newest contact the desk most, and some are heavy users. Who left is seldom heard of.
        customer = self._member(self._size - 1 - int(self._chance.random() ** 2 * self._size))
        if customer.lost:
            customer = self._member(int(self._chance.random() * self._size))
        return customer

    def _member(self, number: int) -> Customer:
        customer = self._known.get(number)
        if customer is None:
            chance = self._chance
            customer = self._known[number] = Customer(
                id=f"C-{self._prefix}-{number:06d}",
                segment=_SEGMENTS.pick(chance),
                brand=_BRANDS.pick(chance),
                language=_LANGUAGES.pick(chance),
                mood=chance.gauss(0.0, 1.3),
            )
        return customer
