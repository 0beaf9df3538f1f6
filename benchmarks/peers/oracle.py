"""What the right numbers are: computed in one go from all events, from the definitions in docs/metrics.

A number is named by what it is of and by its field, such as ("first_response/email/1790000100", "sum_us"), where the
last part is the second at which a window of five minutes begins. All are whole numbers; microseconds for sums.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from benchmarks.peers.log import Event

WINDOW_SECONDS: Final = 300
GRACE_SECONDS: Final = 600
MICROSECONDS: Final = 1_000_000

Numbers = Mapping[tuple[str, str], int]


def numbers_of(events: Iterable[Event]) -> Numbers:
    """Return the numbers of the windows that are over, beyond their grace period, and of the backlog at the end."""
    distinct = {(event["type"], event["event_id"]): event for event in events}.values()
    opened: dict[str, tuple[int, str]] = {}
    answered: dict[str, int] = {}
    status: dict[str, tuple[int, str, str]] = {}
    found: Counter[tuple[str, str]] = Counter()
    newest = 0
    for event in distinct:
        at, ticket = _microseconds(event["occurred_at"]), event.get("ticket_id", "")
        newest = max(newest, at)
        match event["type"]:
            case "ticket.opened":
                first = (at, event["channel"])
                opened[ticket] = min(opened.get(ticket, first), first)
            case "ticket.responded":
                answered[ticket] = min(answered.get(ticket, at), at)
            case "ticket.status":
                said = (at, event["event_id"], event["status"])
                status[ticket] = max(status.get(ticket, said), said)
            case "survey.answered":
                found[f"nps/{_window(at)}", "n"] += 1
                found[f"nps/{_window(at)}", "promoters"] += event["score"] >= 9
                found[f"nps/{_window(at)}", "detractors"] += event["score"] <= 6
    for ticket, (at, channel) in opened.items():
        found[f"backlog/{channel}", "n"] += ticket not in status or status[ticket][2] == "reopened"
        if ticket in answered:
            of = f"first_response/{channel}/{_window(answered[ticket])}"
            found[of, "n"] += 1
            found[of, "sum_us"] += answered[ticket] - at
    over = newest // MICROSECONDS - WINDOW_SECONDS - GRACE_SECONDS
    return {name: value for name, value in found.items() if _ends(name[0]) <= over}


def wrong(expected: Numbers, given: Numbers) -> int:
    """Return how many of the expected numbers are missing or others."""
    return sum(given.get(name) != value for name, value in expected.items())


def _microseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * MICROSECONDS)


def _window(at: int) -> int:
    seconds = at // MICROSECONDS
    return seconds - seconds % WINDOW_SECONDS


def _ends(of: str) -> int:
    """Return the second at which the window of a number ends; 0 for the backlog, which has none."""
    last = of.rsplit("/", 1)[1]
    return int(last) + WINDOW_SECONDS if last.isdigit() else 0
