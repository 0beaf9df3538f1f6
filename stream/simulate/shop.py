"""What customers do beside contacting the desk: they come, buy, show effort or absence, and leave."""

from __future__ import annotations

from collections.abc import Callable
from math import log

from stream.simulate.agenda import Agenda
from stream.simulate.chance import DAY_US, Chance, Mix
from stream.simulate.clientele import Clientele
from stream.simulate.customer import Customer
from stream.simulate.journal import Event, Journal
from stream.simulate.survey import Surveys

# median of a purchase, in the currency of the shop
_BASKET = {"consumer": 45.0, "business": 320.0, "enterprise": 2400.0}
_SIGNALS = Mix({"form": 0.75, "web_return": 0.18, "app_uninstalled": 0.07})
# A desk of 1,000 tickets a day sits beside a shop of some 350 orders.
_PURCHASES_PER_TICKET = 0.35
_PRICED = 0.96
# Of what is bought so much goes back, wholly or in part, days later.
_REFUNDED, _REFUNDED_WHOLLY, _REFUND_DAYS = 0.06, 0.6, 9
# Of the forms that somebody starts so many are abandoned.
_FORM_ABANDONED = 0.4
# Of those on record, a day: 0.7 % more come and 0.3 % leave, so that a month loses some 8 of 100.
_ACQUIRED_A_DAY, _LOST_A_DAY, _SIGNALS_A_DAY = 0.007, 0.003, 0.03
# Of those who come, so many were customers before.
_WON_BACK = 0.08
_MEAN_YEARS, _MOST_YEARS = 2.5, 15.0


class Shop:
    """Its events follow the desk's curve: shops are busy when desks are."""

    def __init__(
        self, agenda: Agenda, journal: Journal, chance: Chance, clientele: Clientele, surveys: Surveys
    ) -> None:
        self._agenda = agenda
        self._journal = journal
        self._chance = chance
        self._clientele = clientele
        self._surveys = surveys
        self._per_ticket: list[tuple[float, Callable[[int, None], None]]] = []
        self._lost: list[Customer] = []

    def open(self, start_us: int, tickets_per_day: float) -> None:
        """Those on record became customers in the years before the start."""
        chance, numbers = self._chance, self._clientele.on_record()
        ages_us = sorted(
            (int(min(chance.expovariate(1.0 / _MEAN_YEARS), _MOST_YEARS) * 365.25 * DAY_US) + 1 for _ in numbers),
            reverse=True,
        )
        for number, age_us in zip(numbers, ages_us, strict=True):
            self._agenda.at(start_us - age_us, self._is_acquired, self._clientele.member(number))
        on_record_per_ticket = len(numbers) / tickets_per_day
        self._per_ticket = [
            (_PURCHASES_PER_TICKET, self._purchase),
            (_SIGNALS_A_DAY * on_record_per_ticket, self._signal),
            (_ACQUIRED_A_DAY * on_record_per_ticket, self._come),
            (_LOST_A_DAY * on_record_per_ticket, self._leave),
        ]

    def something_may_happen(self, now_us: int) -> None:
        """Once a contact."""
        chance = self._chance
        for mean, step in self._per_ticket:
            for _ in range(int(mean + chance.random())):
                self._agenda.at(now_us + chance.waiting(1800), step, None)

    def _come(self, now_us: int, _: None) -> None:
        won_back = self._lost and self._chance.hit(_WON_BACK)
        customer = self._lost.pop(int(self._chance.random() * len(self._lost))) if won_back else None
        if customer is None or not customer.lost:
            customer = self._clientele.newcomer()
        self._is_acquired(now_us, customer)
        self._surveys.acquired(now_us, customer)

    def _is_acquired(self, now_us: int, customer: Customer) -> None:
        customer.lost = False
        self._journal.customer(now_us, "acquired", customer.id, {})

    def _leave(self, now_us: int, _: None) -> None:
        one, other = self._clientele.recorded(), self._clientele.recorded()
        if one is None or other is None:
            return
        customer = min(one, other, key=lambda who: who.mood)  # the less content of two
        if not customer.lost:
            customer.lost = True
            self._lost.append(customer)
            self._journal.customer(now_us, "lost", customer.id, {})

    def _purchase(self, now_us: int, _: None) -> None:
        chance, customer = self._chance, self._clientele.someone()
        amount = round(chance.lognormvariate(log(_BASKET[customer.segment]), 0.8), 2)
        fields: Event = {"amount": amount} if chance.hit(_PRICED) else {}
        self._journal.customer(now_us, "purchased", customer.id, fields)
        self._surveys.purchased(now_us, customer)
        if fields and chance.hit(_REFUNDED):
            back = amount if chance.hit(_REFUNDED_WHOLLY) else round(amount * chance.random(), 2)
            self._agenda.at(now_us + chance.waiting(_REFUND_DAYS * 86_400), self._refund, (customer, back))

    def _refund(self, now_us: int, what: tuple[Customer, float]) -> None:
        customer, amount = what
        self._journal.customer(now_us, "refunded", customer.id, {"amount": amount})

    def _signal(self, now_us: int, _: None) -> None:
        chance = self._chance
        signal = _SIGNALS.pick(chance)
        if signal == "form":
            # who fills in a form may be anybody
            self._give(now_us, (self._clientele.someone(), "form_started"))
        elif (customer := self._clientele.recorded()) is not None:
            self._give(now_us, (customer, signal))

    def _give(self, now_us: int, what: tuple[Customer, str]) -> None:
        customer, signal = what
        self._journal.customer(now_us, "signal", customer.id, {"signal": signal})
        if signal == "form_started" and self._chance.hit(_FORM_ABANDONED):
            self._agenda.at(now_us + self._chance.waiting(240), self._give, (customer, "form_abandoned"))
