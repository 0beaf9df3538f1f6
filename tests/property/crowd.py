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
    *("transferred", "transferred", "escalated", "updated", "merged", "spam", "deleted"),
)
AUTHORS = ("agent", "agent", "bot", "system", "customer", "customer")


class Crowd:
    """Makes up events by chance; a seed gives the same ones again."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.events: list[Event] = []
        self._moments: list[tuple[int, str]] = []  # time and event id of what the ticket at hand has seen

    def instant_us(self) -> int:
        """Often one of a few, or a microsecond off the bound of a pane, an age or a bucket."""
        kind = self.chance.randrange(4)
        if kind == 0:
            offset = self.chance.choice((0, 1, 2, 4, 5, 8, 24, 72, 168)) * HOUR
        elif kind == 1:
            offset = self.chance.randint(0, 12) * 10 * SECOND
        elif kind == 2:
            offset = self.chance.randint(0, 6) * SECOND
        else:
            offset = self.chance.randint(0, 200 * HOUR)
        return BASE_US + offset + self.chance.choice((0, 0, 0, -1, 1))

    def gather(self, tickets: int) -> list[Event]:
        """The events of so many tickets and their surveys, shuffled, one in ten of them twice."""
        for number in range(tickets):
            course = self.chance.choices((self._ticket, self._hand_over, self._wait), (7, 2, 1))[0]
            course(f"T{number}")
        once = list({_identity(event): event for event in self.events}.values())
        told = once + self.chance.sample(once, len(once) // 10)
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

    def _survey(self, survey: str, ticket: dict[str, str]) -> None:
        for kind in ("survey.sent", "survey.answered"):
            for _ in range(self.chance.choice((0, 1, 1, 2))):
                fields: dict[str, Any] = {"survey_id": survey, **ticket}
                fields |= self._maybe(0.3, "instrument", "nps", "csat", "enps")
                fields |= self._maybe(0.3, "channel", "form", "chat")
                fields |= self._maybe(0.3, "segment", "s1", "s9")
                if kind == "survey.answered":
                    fields |= self._maybe(0.8, "score", *range(11))
                self._happen(kind, **fields)

    def _attributes(self) -> dict[str, Any]:
        attributes = self._maybe(0.3, "channel", "chat", "email", "other")
        attributes |= self._maybe(0.2, "priority", "low", "urgent")
        attributes |= self._maybe(0.3, "queue", "q1", "q2", "unknown", "other")
        return attributes | self._maybe(0.1, "segment", "s1", "s2")

    def _maybe(self, share: float, name: str, *values: Any) -> dict[str, Any]:
        return {name: self.chance.choice(values)} if self.chance.random() < share else {}

    def _happen(self, kind: str, at_us: int | None = None, **fields: Any) -> None:
        when_us, event_id = at_us or self.instant_us(), f"{self.chance.randint(0, 25):02}"
        if at_us is None and self._moments and self.chance.random() < 0.4:
            # at the very moment of another event, and often with its id
            when_us, other_id = self.chance.choice(self._moments)
            event_id = other_id if self.chance.random() < 0.5 else event_id
        self._moments.append((when_us, event_id))
        when = rfc3339(when_us)
        self.events.append({"type": kind, "version": 1, "event_id": event_id, "occurred_at": when, **fields})


def _identity(event: Event) -> tuple[str, str, str]:
    return event["type"], event["event_id"], event.get("ticket_id") or event["survey_id"]
