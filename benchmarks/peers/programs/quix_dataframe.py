"""Quix Streams: topics that are concatenated in the order of their times, state by ticket, windows by channel.

Exactly once, so that a kill does no harm; windows are told of with each update.
"""

import os
from datetime import datetime, timedelta

import quixstreams.dataframe.windows.aggregations as agg
from quixstreams import Application

NAMES = ("ticket-opened", "ticket-response", "ticket-status", "survey")
# History is read partition by partition, so what one of them says may be hours behind the others.
WINDOW, GRACE = timedelta(minutes=5), timedelta(hours=3)

app = Application(
    broker_address=os.environ["PEER_BROKER"],
    consumer_group=os.environ["PEER_RUN"],
    auto_offset_reset="earliest",
    state_dir=os.environ["PEER_STATE"] + "/state",
    processing_guarantee="exactly-once",
    consumer_extra_config={"session.timeout.ms": 10_000},
    producer_extra_config={"transaction.timeout.ms": 10_000},
    loglevel="WARNING",
)
answers = app.topic(os.environ["PEER_ANSWERS"], value_serializer="json", key_serializer="str")


def follow(event, state):
    """Keep what is known of a ticket, and say what becomes of it."""
    at = round(datetime.fromisoformat(event["occurred_at"]).timestamp() * 1_000_000)
    if event["type"] == "survey.answered":
        score = event["score"]
        return [{"of": "nps", "channel": "desk", "at": at, "promoter": score >= 9, "detractor": score <= 6}]
    ticket = state.get("ticket", {"open": True, "status_at": 0})
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
        took = ticket["answered"] - ticket["opened"]
        found.append({"of": "wait", "channel": ticket["channel"], "at": ticket["answered"], "took": took})
    is_open = ticket["open"] and "channel" in ticket
    if is_open != was_open:
        found.append({"of": "backlog", "channel": ticket["channel"], "at": at, "amount": is_open - was_open})
    state.set("ticket", ticket)
    return found


def add_up(change, state):
    """Count what is open."""
    total = state.get("open", 0) + change["amount"]
    state.set("open", total)
    return {"key": f"backlog/{change['channel']}", "n": total}


def at_its_time(outcomes):
    """Let windows go by the moment of the response, which an opening that comes late would move."""
    return outcomes.set_timestamp(lambda value, _key, _timestamp, _headers: value["at"] // 1000)


def promoter_or_not(value):
    """Write what is counted as whole numbers."""
    return {"promoters": int(value["promoter"]), "detractors": int(value["detractor"])}


opened, *others = [
    app.dataframe(app.topic(os.environ["PEER_PREFIX"] + name, value_deserializer="json")) for name in NAMES
]
for other in others:
    opened = opened.concat(other)
outcomes = opened.apply(follow, stateful=True, expand=True)

waits = at_its_time(outcomes.filter(lambda value: value["of"] == "wait")).group_by("channel", name="waits")
waits = waits.tumbling_window(WINDOW, grace_ms=GRACE).agg(n=agg.Count(), sum_us=agg.Sum("took")).current()
waits = waits.apply(
    lambda value, key, _timestamp, _headers: {
        "key": f"first_response/{key if isinstance(key, str) else key.decode()}/{value['start'] // 1000}",
        "n": value["n"],
        "sum_us": value["sum_us"],
    },
    metadata=True,
)
waits.to_topic(answers)

backlog = outcomes.filter(lambda value: value["of"] == "backlog").group_by("channel", name="backlog")
backlog.apply(add_up, stateful=True).to_topic(answers)

scores = at_its_time(outcomes.filter(lambda value: value["of"] == "nps")).group_by("channel", name="scores")
scores = scores.apply(promoter_or_not).tumbling_window(WINDOW, grace_ms=GRACE)
scores = scores.agg(n=agg.Count(), promoters=agg.Sum("promoters"), detractors=agg.Sum("detractors")).current()
scores = scores.apply(
    lambda value: {
        "key": f"nps/{value['start'] // 1000}",
        **{field: value[field] for field in ("n", "promoters", "detractors")},
    }
)
scores.to_topic(answers)

if __name__ == "__main__":
    app.run()
