"""The waits of a story, for tests to compare with what was worked out by hand."""

from stream.verify.instant import rfc3339
from tests.verify.story import Desk, Story

ANSWERED, SOLVED, ABANDONED, BOT = "answered", "solved", "abandoned", "bot_answered"
FIRST, REPLY = "first", "reply"
HUMAN, ANY, AFTER = "human", "any", "after_handoff"

Wait = tuple[str, str, str | None, str | None]


def told(desk: Desk, story: Story, now: str = "12:00", **options: object) -> dict[str, list[Wait]]:
    """The waits of each ticket: kind, from, until and outcome, the last two null while it lasts."""
    oracle = desk.oracle(story, now, **options)
    oracle.section("open_wait")
    found: dict[str, list[Wait]] = {}
    columns = "ticket_id, kind, began_us, ended_us, outcome"
    query = f"SELECT {columns} FROM wait ORDER BY ticket_id, place"
    for ticket, kind, began_us, ended_us, outcome in oracle.loaded.database.execute(query).fetchall():
        found.setdefault(ticket, []).append((kind, _clock(began_us), ended_us and _clock(ended_us), outcome))
    return found


def of_one(desk: Desk, story: Story, **options: object) -> list[Wait]:
    """The waits of the only ticket."""
    return told(desk, story, **options).get("T", [])


def _clock(time_us: int) -> str:
    """A time as stories write it: of the day alone, without what is zero."""
    text = rfc3339(time_us)[11:-1].removesuffix(".000000")
    return text.removesuffix(":00") if "." not in text else text


def promises(numbers: dict[str, int]) -> tuple[int, ...]:
    """On time, at risk, breached, without a target."""
    found = tuple(numbers[state] for state in ("on_time", "at_risk", "breached", "without_target"))
    assert numbers["n"] == sum(found)
    return found
