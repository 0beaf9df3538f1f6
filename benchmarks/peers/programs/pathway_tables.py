"""Pathway: tables that are grouped and joined, a tumbling window, and persistence in the file system."""

import os
from datetime import timedelta

import pathway as pw

MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
WINDOW = timedelta(minutes=5)
KAFKA = {
    "bootstrap.servers": os.environ["PEER_BROKER"],
    "group.id": os.environ["PEER_RUN"],
    "auto.offset.reset": "earliest",
    "session.timeout.ms": "10000",
}


class Opened(pw.Schema):
    """What an opening says."""

    ticket_id: str
    occurred_at: str
    channel: str


class Responded(pw.Schema):
    """What a response says."""

    ticket_id: str
    occurred_at: str


class Status(pw.Schema):
    """What a change of status says."""

    ticket_id: str
    occurred_at: str
    status: str


class Survey(pw.Schema):
    """What an answer to a survey says."""

    occurred_at: str
    score: int


def read(name, schema):
    """Read a topic, with the events' times as such."""
    table = pw.io.kafka.read(KAFKA, topic=os.environ["PEER_PREFIX"] + name, schema=schema, format="json", name=name)
    return table.with_columns(at=pw.this.occurred_at.dt.strptime(MOMENT)).without(pw.this.occurred_at)


def text(number):
    """Write a whole number."""
    return pw.cast(str, number)


def start(table):
    """Write the second at which a window begins."""
    return text(pw.cast(int, table._pw_window_start.dt.timestamp(unit="s")))


opened = read("ticket-opened", Opened)
opened = opened.groupby(pw.this.ticket_id).reduce(
    pw.this.ticket_id, channel=pw.reducers.any(pw.this.channel), at=pw.reducers.min(pw.this.at)
)
answered = read("ticket-response", Responded)
answered = answered.groupby(pw.this.ticket_id).reduce(pw.this.ticket_id, at=pw.reducers.min(pw.this.at))
statuses = read("ticket-status", Status)
latest = statuses.groupby(pw.this.ticket_id).reduce(pw.this.ticket_id, last=pw.reducers.argmax(pw.this.at))
latest = latest.select(pw.this.ticket_id, status=statuses.ix(pw.this.last).status)

waits = opened.join(answered, opened.ticket_id == answered.ticket_id).select(
    opened.channel, answered.at, took=(answered.at - opened.at).dt.microseconds()
)
by_window = waits.windowby(waits.at, window=pw.temporal.tumbling(duration=WINDOW), instance=waits.channel).reduce(
    key="first_response/" + pw.this._pw_instance + "/" + start(pw.this),
    n=pw.reducers.count(),
    sum_us=pw.reducers.sum(pw.this.took),
)

with_status = opened.join_left(latest, opened.ticket_id == latest.ticket_id).select(
    opened.channel, open=pw.coalesce(latest.status, "reopened") == "reopened"
)
backlog = (
    with_status.filter(pw.this.open)
    .groupby(pw.this.channel)
    .reduce(key="backlog/" + pw.this.channel, n=pw.reducers.count())
)

surveys = read("survey", Survey)
scores = surveys.windowby(surveys.at, window=pw.temporal.tumbling(duration=WINDOW)).reduce(
    key="nps/" + start(pw.this),
    n=pw.reducers.count(),
    promoters=pw.reducers.sum(pw.cast(int, pw.this.score >= 9)),
    detractors=pw.reducers.sum(pw.cast(int, pw.this.score <= 6)),
)

for answers in (by_window, backlog, scores):
    pw.io.kafka.write(answers, KAFKA, topic_name=os.environ["PEER_ANSWERS"], format="json")

pw.run(
    monitoring_level=pw.MonitoringLevel.NONE,
    persistence_config=pw.persistence.Config(
        pw.persistence.Backend.filesystem(os.environ["PEER_STATE"] + "/state"), snapshot_interval_ms=1000
    ),
)
