"""Events written as a story: short calls, times of one day, ids that count up."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from stream.verify.instant import microseconds
from stream.verify.options import Options
from stream.verify.oracle import Oracle
from stream.verify.policy import DEFAULT, Policy
from stream.verify.registry import SECTIONS
from stream.verify.section import Row

DAY = "2026-03-02"


def at(clock: str) -> str:
    """`10:00` of the story's day in UTC; a text with a date is taken as it is."""
    if "T" in clock:
        return clock
    return f"{DAY}T{clock if clock.count(':') == 2 else clock + ':00'}Z"


class Story:
    """The events told so far, in `events`; each call adds one and returns it."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def _tell(self, kind: str, when: str, **fields: Any) -> dict[str, Any]:
        event = {"type": kind, "version": 1, "event_id": f"e{len(self.events):05}", "occurred_at": at(when), **fields}
        self.events.append(event)
        return event

    def opened(self, ticket: str, when: str, **fields: Any) -> dict[str, Any]:
        return self._tell("ticket.opened", when, ticket_id=ticket, **fields)

    def responded(self, ticket: str, when: str, author: str = "agent", **fields: Any) -> dict[str, Any]:
        return self._tell("ticket.responded", when, ticket_id=ticket, author=author, **fields)

    def status(self, ticket: str, when: str, status: str, **fields: Any) -> dict[str, Any]:
        return self._tell("ticket.status", when, ticket_id=ticket, status=status, **fields)

    def sent(self, survey: str, when: str, **fields: Any) -> dict[str, Any]:
        return self._tell("survey.sent", when, survey_id=survey, **fields)

    def answered(self, survey: str, when: str, score: int | None = None, **fields: Any) -> dict[str, Any]:
        if score is not None:
            fields["score"] = score
        return self._tell("survey.answered", when, survey_id=survey, **fields)

    def acquired(self, customer: str, when: str) -> dict[str, Any]:
        return self._tell("customer.acquired", when, customer_id=customer)

    def lost(self, customer: str, when: str) -> dict[str, Any]:
        return self._tell("customer.lost", when, customer_id=customer)

    def purchased(self, customer: str, when: str, **fields: Any) -> dict[str, Any]:
        return self._tell("customer.purchased", when, customer_id=customer, **fields)

    def refunded(self, customer: str, when: str, **fields: Any) -> dict[str, Any]:
        return self._tell("customer.refunded", when, customer_id=customer, **fields)

    def signalled(self, customer: str, when: str, signal: str) -> dict[str, Any]:
        return self._tell("customer.signal", when, customer_id=customer, signal=signal)

    def lines(self) -> list[str]:
        return [json.dumps(event) for event in self.events]


def write(path: Path, lines: Iterable[str | bytes]) -> Path:
    path.write_bytes(b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines))
    return path


def row(report: dict[str, Any], section: str, window: str = "all", to: str = "", **labels: str) -> Row:
    """The one row of the section with these labels; fails when it is not there."""
    (found,) = (
        row
        for row in report[section]
        if row["labels"] == labels and row.get("window", window) == window and row.get("attribute_to", to) == to
    )
    return found


def one(report: dict[str, Any], section: str, labels: dict[str, str] | None = None, **keys: Any) -> Row:
    """The one row of the section with these keys, in total unless labels are given; fails when it is not there."""
    about = {"labels": labels or {}, **keys}
    (found,) = (row for row in report[section] if all(row[name] == value for name, value in about.items()))
    return found


def policy(**changed: Any) -> Policy:
    """The definitions that hold by default, but for those given."""
    return Policy.of_document({**DEFAULT, **changed})


def hours(zone: str = "UTC", *, dates: Sequence[str] = (), country: str | None = None, **week: Any) -> dict[str, Any]:
    """A schedule of a policy: spans such as `[["09:00", "17:00"]]` by day, `daily` for those not named."""
    daily = week.pop("daily", [])
    days = {day: week.get(day, daily) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    free = {"country": country, "subdivision": None, "dates": list(dates)}
    return {"zone": zone, "versions": [{"from": None, "week": days}], "holidays": free}


def target(seconds: float, **changed: Any) -> dict[str, Any]:
    """A target of a policy, for every ticket and on the calendar's clock, but for what is given."""
    every = dict.fromkeys(("channels", "priorities", "queues", "from", "until"))
    return {"target_seconds": seconds, **every, "clock": "calendar", **changed}


class Desk:
    """Tells what the oracle makes of a story at a time of the day."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def oracle(self, story: Story | Iterable[str | bytes], now: str = "12:00", **options: Any) -> Oracle:
        lines = story.lines() if isinstance(story, Story) else story
        return Oracle([write(self.directory / "events.jsonl", lines)], microseconds(at(now)), Options(**options))

    def snapshot(self, story: Story, now: str = "12:00", **options: Any) -> dict[str, Any]:
        """All of the report."""
        return self.oracle(story, now, **options).report()

    def report(self, story: Story, now: str = "12:00", **options: Any) -> dict[str, Any]:
        """The same, each part made as it is looked at, which most tests do with one of thirty."""
        return Told(self.oracle(story, now, **options))


class Told(dict[str, Any]):
    """A report that is made as it is looked at."""

    def __init__(self, oracle: Oracle) -> None:
        super().__init__()
        self._oracle = oracle

    def __missing__(self, name: str) -> Any:
        if name in SECTIONS:
            self[name] = self._oracle.section(name)
        else:
            self.update(self._oracle.header())
        return self[name]
