"""Bytewax: a dataflow with a stateful step by ticket, windows by channel, and a snapshot every ten seconds."""

import os
from datetime import UTC, datetime, timedelta

import bytewax.operators as op
import bytewax.operators.windowing as win
import orjson
from bytewax.connectors.kafka import KafkaSinkMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.operators.windowing import EventClock, TumblingWindower

BROKERS = [os.environ["PEER_BROKER"]]
NAMES = ("ticket-opened", "ticket-response", "ticket-status", "survey")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A window is told of when it closes, so a longer grace period would tell of it later.
WINDOW, GRACE = timedelta(minutes=5), timedelta(minutes=10)

clock = EventClock(ts_getter=lambda value: value["at"], wait_for_system_duration=GRACE)
windower = TumblingWindower(length=WINDOW, align_to=EPOCH)


def decode(message):
    """Read an event and its time."""
    event = orjson.loads(message.value)
    event["at"] = datetime.fromisoformat(event["occurred_at"])
    return event


def follow(ticket, event):
    """Keep what is known of a ticket, and say what becomes of it."""
    ticket = ticket or {"open": True, "status_at": EPOCH}
    at = event["at"]
    was_open = ticket["open"] and "channel" in ticket
    if event["type"] == "ticket.opened" and "opened" not in ticket:
        ticket |= {"opened": at, "channel": event["channel"]}
    elif event["type"] == "ticket.responded" and "answered" not in ticket:
        ticket["answered"] = at
    elif event["type"] == "ticket.status" and at > ticket["status_at"]:
        ticket |= {"status_at": at, "open": event["status"] == "reopened"}
    found = []
    if "counted" not in ticket and "opened" in ticket and "answered" in ticket:
        ticket["counted"] = True
        took = (ticket["answered"] - ticket["opened"]) // timedelta(microseconds=1)
        found.append(("wait", ticket["channel"], {"at": ticket["answered"], "took": took}))
    is_open = ticket["open"] and "channel" in ticket
    if is_open != was_open:
        found.append(("backlog", ticket["channel"], {"amount": is_open - was_open}))
    return ticket, found


def of(name):
    """Make a filter that lets through what a ticket said of one number, by channel."""

    def only(ticket_and_said):
        _ticket, (kind, channel, value) = ticket_and_said
        return (channel, value) if kind == name else None

    return only


def add_wait(total, value):
    """Count a first response."""
    return total[0] + 1, total[1] + value["took"]


def add_score(total, event):
    """Count an answer to the NPS question."""
    return total[0] + 1, total[1] + (event["score"] >= 9), total[2] + (event["score"] <= 6)


def add_up(total, change):
    """Count what is open."""
    total = (total or 0) + change["amount"]
    return total, total


def merge(one, other):
    """Add up two windows."""
    return tuple(map(sum, zip(one, other, strict=True)))


def start_of(window_id):
    """Return the second at which a window begins."""
    return window_id * int(WINDOW.total_seconds())


def answer(key, **numbers):
    """Write an answer."""
    return KafkaSinkMessage(key=key.encode(), value=orjson.dumps({"key": key, **numbers}))


flow = Dataflow("desk")
source = kop.input("source", flow, brokers=BROKERS, topics=[os.environ["PEER_PREFIX"] + name for name in NAMES])
events = op.map("decode", source.oks, decode)
is_survey = op.branch("surveys", events, lambda event: event["type"] == "survey.answered")

by_ticket = op.key_on("by ticket", is_survey.falses, lambda event: event["ticket_id"])
said = op.stateful_flat_map("follow", by_ticket, follow)

waits = win.fold_window(
    "wait windows", op.filter_map("waits", said, of("wait")), clock, windower, lambda: (0, 0), add_wait, merge
)
wait_answers = op.map(
    "wait answers",
    waits.down,
    lambda item: answer(f"first_response/{item[0]}/{start_of(item[1][0])}", n=item[1][1][0], sum_us=item[1][1][1]),
)

totals = op.stateful_map("add up", op.filter_map("changes", said, of("backlog")), add_up)
backlog_answers = op.map("backlog answers", totals, lambda item: answer(f"backlog/{item[0]}", n=item[1]))

scores = win.fold_window(
    "score windows",
    op.key_on("desk", is_survey.trues, lambda _: "desk"),
    clock,
    windower,
    lambda: (0, 0, 0),
    add_score,
    merge,
)
score_answers = op.map(
    "score answers",
    scores.down,
    lambda item: answer(
        f"nps/{start_of(item[1][0])}",
        **dict(zip(("n", "promoters", "detractors"), item[1][1], strict=True)),
    ),
)

kop.output(
    "answers",
    op.merge("all", wait_answers, backlog_answers, score_answers),
    brokers=BROKERS,
    topic=os.environ["PEER_ANSWERS"],
)
