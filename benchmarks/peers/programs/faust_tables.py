"""Stock Faust: agents, tables with changelogs, and tumbling windows by the event's own time.

An agent follows each ticket in a table and sends on what becomes of it under another key (the channel), where other
agents count it. A timer sends the numbers that changed, once a second.
"""

import os
from datetime import datetime, timedelta

import faust

RUN = os.environ["PEER_RUN"]
NAMES = ("ticket-opened", "ticket-response", "ticket-status", "survey")
WINDOW_SECONDS = 300
KEPT = timedelta(days=1)

app = faust.App(
    RUN,
    broker=f"kafka://{os.environ['PEER_BROKER']}",
    topic_partitions=int(os.environ["PEER_PARTITIONS"]),
    topic_replication_factor=1,
    store="memory://",
    datadir=os.environ["PEER_STATE"],
    consumer_auto_offset_reset="earliest",
    broker_session_timeout=10.0,
    web_enabled=False,
)


class Event(faust.Record, serializer="json"):
    """What all source topics have."""

    type: str
    ticket_id: str
    occurred_at: str
    channel: str = None
    status: str = None
    score: int = None


class Wait(faust.Record, serializer="json"):
    """A first response, at the second at which it came."""

    channel: str
    at: float
    microseconds: int


class Change(faust.Record, serializer="json"):
    """One more open ticket, or one less."""

    channel: str
    amount: int


class Score(faust.Record, serializer="json"):
    """An answer to the NPS question."""

    at: float
    score: int


source = app.topic(*[os.environ["PEER_PREFIX"] + name for name in NAMES], value_type=Event)
waits = app.topic(f"{RUN}-waits", key_type=str, value_type=Wait, internal=True)
changes = app.topic(f"{RUN}-changes", key_type=str, value_type=Change, internal=True)
scores = app.topic(f"{RUN}-scores", key_type=str, value_type=Score, internal=True)
answers = app.topic(os.environ["PEER_ANSWERS"], value_serializer="json")


def windowed(name, field):
    """Make a table of whole numbers in windows."""
    return app.Table(name, default=int).tumbling(WINDOW_SECONDS, expires=KEPT).relative_to_field(field)


tickets = app.Table("tickets", default=dict)
backlog = app.Table("backlog", default=int)
wait_counts, wait_sums = windowed("wait-counts", Wait.at), windowed("wait-sums", Wait.at)
score_counts, promoters = windowed("score-counts", Score.at), windowed("promoters", Score.at)
detractors = windowed("detractors", Score.at)
changed = {}


@app.agent(source)
async def follow(events):
    """Keep what is known of each ticket."""
    async for event in events:
        at = round(datetime.fromisoformat(event.occurred_at).timestamp() * 1_000_000)
        if event.type == "survey.answered":
            await scores.send(key="desk", value=Score(at=at / 1_000_000, score=event.score))
            continue
        ticket = tickets[event.ticket_id]
        was_open = ticket.get("open", True) and "channel" in ticket
        if event.type == "ticket.opened" and "opened" not in ticket:
            ticket |= {"opened": at, "channel": event.channel}
        elif event.type == "ticket.responded" and "answered" not in ticket:
            ticket["answered"] = at
        elif event.type == "ticket.status" and at > ticket.get("status_at", 0):
            ticket |= {"status_at": at, "open": event.status == "reopened"}
        if not ticket.get("counted") and "opened" in ticket and "answered" in ticket:
            ticket["counted"] = True
            took = ticket["answered"] - ticket["opened"]
            wait = Wait(channel=ticket["channel"], at=ticket["answered"] / 1_000_000, microseconds=took)
            await waits.send(key=wait.channel, value=wait)
        tickets[event.ticket_id] = ticket
        is_open = ticket.get("open", True) and "channel" in ticket
        if is_open != was_open:
            change = Change(channel=ticket["channel"], amount=is_open - was_open)
            await changes.send(key=change.channel, value=change)


@app.agent(waits)
async def count_waits(stream):
    """Count first responses in windows, by channel."""
    async for wait in stream:
        wait_counts[wait.channel] += 1
        wait_sums[wait.channel] += wait.microseconds
        key = f"first_response/{wait.channel}/{start_of(wait.at)}"
        changed[key] = {"n": wait_counts[wait.channel].value(), "sum_us": wait_sums[wait.channel].value()}


@app.agent(changes)
async def count_open(stream):
    """Count what is open, by channel."""
    async for change in stream:
        backlog[change.channel] += change.amount
        changed[f"backlog/{change.channel}"] = {"n": backlog[change.channel]}


@app.agent(scores)
async def count_scores(stream):
    """Count promoters and detractors in windows."""
    async for score in stream:
        score_counts["desk"] += 1
        promoters["desk"] += int(score.score >= 9)
        detractors["desk"] += int(score.score <= 6)
        changed[f"nps/{start_of(score.at)}"] = {
            "n": score_counts["desk"].value(),
            "promoters": promoters["desk"].value(),
            "detractors": detractors["desk"].value(),
        }


@app.timer(1.0)
async def answer():
    """Send what changed in the last second."""
    told = dict(changed)
    changed.clear()
    for key, numbers in told.items():
        await answers.send(value={"key": key, **numbers})


def start_of(at):
    """Return the second at which the window of a moment begins."""
    return int(at) - int(at) % WINDOW_SECONDS


if __name__ == "__main__":
    app.main()
