"""The first screen of the live desk: whether to believe it, who waits, and how soon they are answered."""

from __future__ import annotations

from collections.abc import Callable

from grafana import queries as q
from grafana.believe import believe
from grafana.frame import place
from grafana.links import OF_ROW, linked, to
from grafana.panels import IN_TIME, NONE_WANTED, Json, Query, Style, stat
from grafana.tables import table

NOBODY_ANSWERED = "no response in this window"
# Without a worker there is no longest wait either.
NOBODY_WAITS = "nobody waits, or no worker"
TOO_FEW = "too few answers"
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}

SECONDS = Style("s", NOBODY_ANSWERED, decimals=1)
TICKETS = Style("short", "no data", decimals=0)
SCORE = Style("none", TOO_FEW, decimals=0, minimum=-100, maximum=100)

_SLA = "response-times-and-sla"
PROMISED = to(_SLA, "What was promised them? Response times and SLA")
PROMISED_OF_ROW = to(_SLA, "What was promised on this channel? Response times and SLA", channel=OF_ROW)
HOW_LONG = to(_SLA, "Which answers take long? Response times and SLA")
HOW_LONG_OF_ROW = to(_SLA, "What takes long on this channel? Response times and SLA", channel=OF_ROW)
IN_AND_OUT = to(_SLA, "What comes in and goes out? Response times and SLA")
SAID = to("satisfaction", "Who says so, and about what? Satisfaction")


def now() -> list[Json]:
    """Return the first screen."""
    return [
        *place(3, (9, definitions()), *((3, panel) for panel in believe())),
        *place(
            4,
            *((4, linked(panel, PROMISED)) for panel in _waiting()),
            *((4, linked(panel, HOW_LONG)) for panel in _answered()),
            (
                4,
                linked(
                    stat(
                        "Open tickets",
                        "The backlog: unanswered, waiting for a reply, answered and pending.",
                        TICKETS,
                        Query(q.backlog()),
                    ),
                    IN_AND_OUT,
                ),
            ),
            (
                4,
                linked(
                    stat("NPS · $survey_window", "Promoters minus detractors, of 100.", SCORE, Query(q.nps_score())),
                    SAID,
                ),
            ),
        ),
        *place(
            9,
            (8, waiting_by_promise()),
            (16, first_responses_by_channel()),
        ),
    ]


def definitions() -> Json:
    """Return which definitions the numbers beside it have."""
    return stat(
        "Definitions in force",
        "What counts as a first response, whether tickets that agents open take part, from how many answers NPS is "
        "shown, and from when today counts.",
        Style("none", "no worker"),
        Query(
            "count by (responder, agent_opened, nps_min_n, today) (deskpulse_variant_info)",
            # Short enough to be read on half a laptop's width.
            "first {{responder}} response · by agents: {{agent_opened}} · NPS from {{nps_min_n}} · today: {{today}}",
            instant=True,
        ),
        name_only=True,
    )


def _waiting() -> tuple[Json, Json]:
    wait = Style("dthms", NOBODY_WAITS)
    return (
        stat(
            "Waiting now",
            "Open tickets whose customers wait for a first response, or for a reply after one.",
            TICKETS,
            Query(q.open_wait_tickets(), "first response"),
            Query(q.reply_wait_tickets(), "reply"),
        ),
        stat(
            "Longest wait",
            "Of the tickets that wait now.",
            wait,
            Query(q.open_wait_oldest(), "first response"),
            Query(q.reply_wait_oldest(), "reply"),
        ),
    )


def _answered() -> tuple[Json, Json]:
    text = "Nine in ten first responses of the window took no longer."
    p90 = Query(q.first_response_quantile(0.9))
    n = Query(q.first_responses())
    return (
        stat("First response, p90 · $window", text, SECONDS, p90),
        stat("First responses · $window", "The n of the numbers beside it: one a ticket.", TICKETS, n),
    )


def waiting_by_promise() -> Json:
    """Return the table of those that wait for a first response, by how what they were promised stands."""
    return by_promise(
        "Waiting, by promise",
        "Breached: longer than the target. At risk: little of it left. The targets stand in the policy file.",
        q.promised,
        q.open_wait_oldest,
    )


def by_promise(title: str, text: str, promised: Callable[[str, str], str], oldest: Callable[[str], str]) -> Json:
    """Return a table of those that wait, by how what they were promised stands.

    promised, oldest: queries, by a state and a label, and by a label.
    """
    columns = {
        "breached": Query(promised("breached", "channel")),
        "at risk": Query(promised("at_risk", "channel")),
        "on time": Query(promised("on_time", "channel")),
        "no target": Query(promised("without_target", "channel")),
        "longest": Query(oldest("channel")),
    }
    waiting = table(
        title,
        text,
        Style("short", "no data", steps=NONE_WANTED, decimals=0),
        columns,
        labels={"channel": "channel"},
        units={"longest": "dthms"},
        graded=("breached",),
        empty={"longest": "nobody waits"},
    )
    return linked(waiting, PROMISED_OF_ROW)


def first_responses_by_channel() -> Json:
    """Return the table of first response times, with n beside every mean and quantile."""
    columns = {
        "n": Query(q.first_responses("channel")),
        "mean": Query(q.first_response_mean("channel")),
        **{name: Query(q.first_response_quantile(value, "channel")) for name, value in QUANTILES.items()},
        "in time": Query(q.service_level("A/N", "channel")),
    }
    responses = table(
        "First response time by channel · $window",
        "Opened to first public response. In time: within the target, of those answered that have one.",
        Style("s", NOBODY_ANSWERED, steps=IN_TIME, decimals=1),
        columns,
        labels={"channel": "channel"},
        units={"n": "short", "in time": "percent"},
        graded=("in time",),
    )
    return linked(responses, HOW_LONG_OF_ROW)
