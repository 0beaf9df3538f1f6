"""Many tickets at once whose events crowd together: few instants, few ids, every status, in no order, some twice."""

import random
from typing import Any

from stream.verify.instant import microseconds, rfc3339

Event = dict[str, Any]

# The night before the clocks of Berlin go forward.
BASE_US = microseconds("2026-03-28T20:00:00Z")
SECOND, HOUR = 1_000_000, 3_600_000_000
STATUSES = (
    *("pending", "pending", "pending", "resolved", "reopened", "reopened", "closed", "abandoned"),
    *("transferred", "transferred", "escalated", "updated", "updated", "merged", "spam", "deleted"),
)
AUTHORS = ("agent", "agent", "bot", "system", "customer", "customer")
AGENTS = (None, "ann", "bob", None, "ann", "cy/d", None)
CUSTOMERS = tuple(f"C{number}" for number in range(40))
SIGNALS = ("form_started", "form_abandoned", "call_missed", "app_uninstalled", "web_return")
# A survey is mostly sent and answered with one instrument; one of the scales is known to none of them.
INSTRUMENTS = ("nps", "nps", "csat", "csat", "ces", "enps")
SCALES = (1, 2, 3, 4, 5, 7, 10, 11)
DAY = 24 * HOUR
YEAR = 365 * DAY + DAY // 4


class Crowd:
    """Makes up events by chance; a seed gives the same ones again."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.events: list[Event] = []
        self._moments: list[tuple[int, str]] = []  # time and event id of what the ticket at hand has seen

    def instant_us(self) -> int:
        """Often one of a few, or a microsecond off the bound of a pane, an age or a bucket."""
        kind = self.chance.randrange(9)
        if kind == 8:  # this hour, some weeks ago
            offset = self.chance.choice((0, 1, 24)) * HOUR - self.chance.randint(1, 9) * 7 * DAY
            offset -= self.chance.choice((0, 0, 1, 300, 3600, 3601)) * SECOND
        elif kind in (0, 1):
            offset = self.chance.choice((0, 1, 2, 4, 5, 8, 24, 72, 168)) * HOUR
        elif kind in (2, 3):
            offset = self.chance.randint(0, 12) * 10 * SECOND
        elif kind in (4, 5):
            offset = self.chance.randint(0, 6) * SECOND
        else:
            offset = self.chance.randint(0, 200 * HOUR)
        return BASE_US + offset + self.chance.choice((0, 0, 0, -1, 1))

    def gather(self, tickets: int) -> list[Event]:
        """The events of so many tickets and their surveys, shuffled, one in ten twice; an id may have several."""
        for number in range(tickets):
            courses = (self._ticket, self._hand_over, self._wait, self._talk, self._pause)
            self.chance.choices(courses, (6, 1, 1, 3, 1))[0](f"T{number}")
        for customer in CUSTOMERS:
            self._customer(customer)
        told = self.events + self.chance.sample(self.events, len(self.events) // 10)
        self.chance.shuffle(told)
        return told

    def _ticket(self, ticket: str) -> None:
        chance = self.chance
        self._moments = []
        for _ in range(chance.choice((0, 1, 1, 1, 1, 2))):
            opener = self._maybe(0.4, "opened_by", "customer", "agent")
            self._happen("ticket.opened", ticket_id=ticket, **self._attributes(), **opener)
        for _ in range(chance.randint(0, 6)):
            public = self._maybe(0.5, "public", True, False)
            self._happen("ticket.responded", ticket_id=ticket, author=chance.choice(AUTHORS), **public)
        for _ in range(chance.choice((0, 1, 1, 2, 3, 5))):
            queue = self._maybe(0.2, "to_queue", "q1", "q3")
            status = chance.choice(STATUSES)
            self._happen("ticket.status", ticket_id=ticket, status=status, **self._attributes(), **queue)
        for number in range(chance.choice((0, 0, 1, 2))):
            self._survey(f"S{ticket}-{number}", {"ticket_id": ticket} if chance.random() < 0.7 else {})

    def _hand_over(self, ticket: str) -> None:
        """A bot answers, hands over some times, and an agent answers: within seconds, so that some of it coincides."""
        self._moments = []
        start_us, second = self.instant_us(), self.chance.randint
        self._happen("ticket.opened", start_us, ticket_id=ticket)
        self._happen("ticket.responded", start_us + second(0, 2) * SECOND, ticket_id=ticket, author="bot")
        for _ in range(second(1, 3)):
            status = self.chance.choice(("transferred", "escalated", "updated"))
            self._happen("ticket.status", start_us + second(0, 6) * SECOND, ticket_id=ticket, status=status)
        self._happen("ticket.responded", start_us + second(3, 6) * SECOND, ticket_id=ticket, author="agent")

    def _wait(self, ticket: str) -> None:
        """The desk waits for the customer, who writes at about the same moment."""
        start_us = self.instant_us()
        self._happen("ticket.opened", start_us, ticket_id=ticket)
        for _ in range(self.chance.randint(1, 2)):
            self._happen("ticket.status", start_us + self.chance.randint(1, 2), ticket_id=ticket, status="pending")
        self._moments = [(start_us + 1, self.events[-1]["event_id"])]
        self._happen("ticket.responded", ticket_id=ticket, author="customer")

    def _talk(self, ticket: str) -> None:
        """Customer and agent write in turn, it is solved and opened again: at one moment, within seconds or in days."""
        self._moments = []
        opener = self._maybe(0.2, "opened_by", "customer", "agent")
        self._happen("ticket.opened", ticket_id=ticket, **self._attributes(), **opener)
        step_us = self.chance.choice((1, SECOND, 10 * SECOND, HOUR, DAY))
        when_us = self._moments[0][0]
        for _ in range(self.chance.randint(2, 12)):
            when_us += self.chance.choice((0, 0, 1, 1, 2)) * step_us
            if self.chance.random() < 0.6:
                author = self.chance.choice(("customer", "customer", "agent", "agent", "bot"))
                public = self._maybe(0.2, "public", True, False)
                self._happen("ticket.responded", when_us, ticket_id=ticket, author=author, **public)
            else:
                self._happen(
                    "ticket.status",
                    when_us,
                    ticket_id=ticket,
                    status=self.chance.choice((*("resolved", "reopened", "pending") * 3, *STATUSES)),
                )
            if self.chance.random() < 0.3:  # with the id of what was said or done just before
                self.events[-1]["event_id"] = self.events[-2]["event_id"]

    def _pause(self, ticket: str) -> None:
        """The desk waits for something, which ends in one way or another, often at that moment; then it is solved."""
        when_us, step_us = self.instant_us(), self.chance.choice((1, SECOND, HOUR))
        attributes = self._attributes() | self._maybe(0.7, "customer_id", f"only {ticket}")
        self._happen("ticket.opened", when_us, ticket_id=ticket, **attributes)
        for status in ("pending", self.chance.choice(("spam", "deleted", "pending", "reopened", "")), "reopened"):
            when_us += self.chance.choice((0, 1, 2)) * step_us
            if status:
                self._happen("ticket.status", when_us, ticket_id=ticket, status=status)
            else:
                self._happen("ticket.responded", when_us, ticket_id=ticket, author="customer")
            if self.chance.random() < 0.5:
                self.events[-1]["event_id"] = self.events[-2]["event_id"]
        when_us += 2 * step_us
        self._happen("ticket.status", when_us, ticket_id=ticket, status="resolved")
        if self.chance.random() < 0.5:  # the customer comes back, to the microsecond after so many days
            days = self.chance.choice((1, 2, 3))
            self._happen("ticket.status", when_us + days * DAY, ticket_id=ticket, status="reopened")

    def _survey(self, survey: str, ticket: dict[str, str]) -> None:
        instrument = self._maybe(0.8, "instrument", *INSTRUMENTS)
        for kind in ("survey.sent", "survey.answered"):
            for _ in range(self.chance.choice((0, 1, 1, 2))):
                fields: dict[str, Any] = {"survey_id": survey, **ticket, **instrument}
                fields |= self._maybe(0.1, "instrument", *INSTRUMENTS)
                fields |= self._maybe(0.3, "channel", "form", "chat", "FORM", "fax", "WhatsApp")
                fields |= self._maybe(0.3, "segment", "s1", "s9")
                fields |= self._maybe(0.3, "touchpoint", "checkout", "delivery/door")
                fields |= self._maybe(0.3, "customer_id", *CUSTOMERS)
                if kind == "survey.answered":
                    fields |= self._maybe(0.8, "score", *range(11))
                    fields |= self._maybe(0.5, "scale_max", *SCALES)
                    fields |= self._maybe(0.5, "comment", "no", " \n ")
                self._happen(kind, **fields)

    def _customer(self, customer: str) -> None:
        """Comes and goes, at times twice at once, and was there years before."""
        self._moments = []
        known = {"customer_id": customer}
        for kind in self.chance.choices(("customer.acquired", "customer.lost"), (2, 1), k=self.chance.randint(0, 5)):
            self._happen(kind, self._years_ago_us(), **known)
        for _ in range(self.chance.randint(0, 4)):
            amount = self._maybe(0.7, "amount", 0, 5, 19.99, 0.0000005, 1e12)
            which = self._maybe(0.4, "purchase_id", "p1", "p2", "07")
            self._happen("customer.purchased", self._years_ago_us(), **known, **amount, **which)
        for _ in range(self.chance.choice((0, 0, 1, 2))):
            amount = self._maybe(0.8, "amount", 0, 2.5, 1e12)
            self._happen("customer.refunded", self._years_ago_us(), **known, **amount)
        for _ in range(self.chance.randint(0, 6)):
            self._happen("customer.signal", **known, signal=self.chance.choice(SIGNALS))

    def _years_ago_us(self) -> int | None:
        """Now, or to the microsecond some years of tenure before one of the crowd's instants."""
        years_us = self.chance.choice((0, 0, 365 * DAY, YEAR, 3 * YEAR, 2200 * DAY))
        return self.instant_us() - years_us if years_us else None

    def _attributes(self) -> dict[str, Any]:
        attributes = self._maybe(0.3, "channel", "chat", "email", "other", "Chat ", "fax", "WhatsApp", 4, "", None)
        attributes |= self._maybe(0.2, "priority", "low", "urgent", "LOW", "P1", "p9", None)
        attributes |= self._maybe(0.3, "queue", "q1", "q2", "unknown", "other", "Q One", None)
        attributes |= self._maybe(0.3, "customer_id", *CUSTOMERS, None)
        return attributes | self._maybe(0.1, "segment", "s1", "s2")

    def _maybe(self, share: float, name: str, *values: Any) -> dict[str, Any]:
        return {name: self.chance.choice(values)} if self.chance.random() < share else {}

    def _happen(self, kind: str, at_us: int | None = None, **fields: Any) -> None:
        when_us, event_id = at_us or self.instant_us(), f"{self.chance.randint(0, 60):02}"
        if at_us is None and self._moments and self.chance.random() < 0.4:
            # at the very moment of another event, and often with its id
            when_us, other_id = self.chance.choice(self._moments)
            event_id = other_id if self.chance.random() < 0.5 else event_id
        self._moments.append((when_us, event_id))
        if kind in ("ticket.responded", "ticket.status"):
            agent = AGENTS[len(self.events) % len(AGENTS)]
            fields |= {} if agent is None else {"agent_id": agent}
        when = rfc3339(when_us)
        self.events.append({"type": kind, "version": 1, "event_id": event_id, "occurred_at": when, **fields})
