"""What the bare loops count with: dicts in memory, and nothing of a framework."""

import os
from collections import defaultdict
from datetime import datetime

BROKER = os.environ["PEER_BROKER"]
TOPICS = [os.environ["PEER_PREFIX"] + name for name in ("ticket-opened", "ticket-response", "ticket-status", "survey")]
GROUP = os.environ["PEER_RUN"]
ANSWERS = os.environ["PEER_ANSWERS"]
WINDOW_SECONDS = 300


class Ticket:
    """What is known of a ticket."""

    __slots__ = ("answered", "channel", "counted", "open", "opened", "status_at")

    def __init__(self) -> None:
        self.opened = self.answered = None
        self.channel = None
        self.open = True
        self.status_at = 0
        self.counted = None  # the window that its first response is in, and how long it took


class Desk:
    """The numbers, which move with each event."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = defaultdict(Ticket)
        self.numbers: dict[str, dict[str, int]] = {}
        self._changed: set[str] = set()

    def apply(self, event: dict) -> None:
        """Count an event."""
        at = round(datetime.fromisoformat(event["occurred_at"]).timestamp() * 1_000_000)
        kind = event["type"]
        if kind == "survey.answered":
            score = event["score"]
            self._add(f"nps/{window(at)}", n=1, promoters=score >= 9, detractors=score <= 6)
            return
        ticket = self.tickets[event["ticket_id"]]
        if kind == "ticket.opened":
            if ticket.opened is None:
                ticket.opened, ticket.channel = at, event["channel"]
                self._add(f"backlog/{ticket.channel}", n=ticket.open)
                self._answered(ticket)
        elif kind == "ticket.responded":
            if ticket.answered is None or at < ticket.answered:
                ticket.answered = at
                self._answered(ticket)
        elif at > ticket.status_at:
            ticket.status_at = at
            was, ticket.open = ticket.open, event["status"] == "reopened"
            if ticket.channel is not None:
                self._add(f"backlog/{ticket.channel}", n=ticket.open - was)

    def changes(self) -> list[dict]:
        """Return the numbers that changed since the last call."""
        changed = [{"key": key, **self.numbers[key]} for key in self._changed]
        self._changed.clear()
        return changed

    def _answered(self, ticket: Ticket) -> None:
        if ticket.opened is None or ticket.answered is None:
            return
        if ticket.counted is not None:
            key, wait = ticket.counted
            self._add(key, n=-1, sum_us=-wait)
        wait = ticket.answered - ticket.opened
        ticket.counted = f"first_response/{ticket.channel}/{window(ticket.answered)}", wait
        self._add(ticket.counted[0], n=1, sum_us=wait)

    def _add(self, key: str, **amounts: int) -> None:
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = dict.fromkeys(amounts, 0)
        for field, amount in amounts.items():
            number[field] += amount
        self._changed.add(key)


def window(at: int) -> int:
    """Return the second at which the window of a moment begins."""
    seconds = at // 1_000_000
    return seconds - seconds % WINDOW_SECONDS
