"""The live desk: what a lead steers by and a floor looks up at, then what says whether to believe it.

The first screen (16 rows of the grid) fits a laptop of 1366 x 768 and a TV; the rest is for those who scroll.
"""

from __future__ import annotations

from grafana import queries as q
from grafana.frame import dashboard, place
from grafana.health import health
from grafana.panels import IN_TIME, NONE_WANTED, Json, Query, Style, bars, lines, section, stat, table

NOBODY_ANSWERED = "no response in this window"
NOBODY_WAITS = "nobody waits"
TOO_FEW = "fewer than 5 answers"
AGES = ("<1h", "1-4h", "4-8h", "8-24h", "1-3d", "3-7d", ">7d")
STATES = {"unanswered": "orange", "answered": "blue", "pending": "#808080"}
GROUPS = {"promoter": "green", "passive": "#808080", "detractor": "red"}
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}

SECONDS = Style("s", NOBODY_ANSWERED, decimals=1)
TICKETS = Style("short", "no data", decimals=0)
SCORE = Style("none", TOO_FEW, decimals=0, minimum=-100, maximum=100)


def now() -> list[Json]:
    """Return the first screen."""
    wait = Style("dthms", NOBODY_WAITS)
    return [
        *place(
            2,
            (
                24,
                stat(
                    "Definitions in force",
                    "What counts as a response, which tickets take part, and from when today counts.",
                    Style("none", "no worker"),
                    Query(
                        "count by (responder, agent_opened, nps_min_n, today) (deskpulse_variant_info)",
                        "first {{responder}} response · opened by an agent: {{agent_opened}} · "
                        "NPS from {{nps_min_n}} answers · today from {{today}}",
                        instant=True,
                    ),
                    name_only=True,
                ),
            ),
        ),
        *place(
            5,
            (4, stat("Waiting now", "Open tickets without a first response.", TICKETS, Query(q.open_wait_tickets()))),
            (4, stat("Longest wait", "Of the tickets that wait now.", wait, Query(q.open_wait_oldest()))),
            (
                4,
                stat(
                    "First response, p90 · $window",
                    "Nine in ten first responses of the window took no longer.",
                    SECONDS,
                    Query(q.first_response_quantile(0.9)),
                ),
            ),
            (
                4,
                stat(
                    "First responses · $window",
                    "The n of the numbers beside it: one a ticket.",
                    TICKETS,
                    Query(q.first_responses()),
                ),
            ),
            (4, stat("Open tickets", "The backlog: unanswered, answered and pending.", TICKETS, Query(q.backlog()))),
            (4, stat("NPS · $survey_window", "Promoters minus detractors, of 100.", SCORE, Query(q.nps_score()))),
        ),
        *place(
            9,
            (8, waiting_by_promise()),
            (16, first_responses_by_channel()),
        ),
    ]


def waiting_by_promise() -> Json:
    """Return the table of those that wait, by how what they were promised stands."""
    columns = {
        "breached": Query(q.promised("breached", "channel")),
        "at risk": Query(q.promised("at_risk", "channel")),
        "on time": Query(q.promised("on_time", "channel")),
        "no target": Query(q.promised("without_target", "channel")),
        "longest": Query(q.open_wait_oldest("channel")),
    }
    return table(
        "Waiting, by promise",
        "Breached: longer than the target. At risk: little of it left. The targets stand in the policy file.",
        Style("short", NOBODY_WAITS, steps=NONE_WANTED, decimals=0),
        columns,
        labels={"channel": "channel"},
        units={"longest": "dthms"},
        graded=("breached",),
    )


def first_responses_by_channel() -> Json:
    """Return the table of first response times, with n beside every mean and quantile."""
    columns = {
        "n": Query(q.first_responses("channel")),
        "mean": Query(q.first_response_mean("channel")),
        **{name: Query(q.first_response_quantile(value, "channel")) for name, value in QUANTILES.items()},
        "in time": Query(q.service_level("A/N", "channel")),
    }
    return table(
        "First response time by channel · $window",
        "Opened to first public response. In time: within the target, of those answered that have one.",
        Style("s", NOBODY_ANSWERED, steps=IN_TIME, decimals=1),
        columns,
        labels={"channel": "channel"},
        units={"n": "short", "in time": "percent"},
        graded=("in time",),
    )


def first_response() -> list[Json]:
    """Return first response times over time."""
    quantiles = [Query(q.first_response_quantile(value), name) for name, value in QUANTILES.items()]
    return [
        *place(1, (24, section("First responses over time"))),
        *place(
            8,
            (
                12,
                lines(
                    "First response time · trailing $window",
                    "Each point covers the window that ends there.",
                    SECONDS,
                    Query(q.first_response_mean(), "mean"),
                    *quantiles,
                ),
            ),
            (
                6,
                lines(
                    "p90 by channel · trailing $window",
                    "Each point covers the window that ends there.",
                    SECONDS,
                    Query(q.first_response_quantile(0.9, "channel"), "{{channel}}"),
                ),
            ),
            (
                6,
                lines(
                    "First responses · trailing $window",
                    "The n of the quantiles beside it.",
                    TICKETS,
                    Query(q.first_responses("channel"), "{{channel}}"),
                    stacked=True,
                ),
            ),
        ),
    ]


def open_wait() -> list[Json]:
    """Return who waits, over time."""
    wait = Style("s", NOBODY_WAITS, decimals=1)
    waiting = Query(q.open_wait_tickets("channel"), "{{channel}}")
    oldest = Query(q.open_wait_oldest("channel"), "{{channel}}")
    p95 = [Query(q.open_wait_quantile(0.95, "channel"), "{{channel}}"), Query(q.open_wait_quantile(0.95), "all")]
    return [
        *place(1, (24, section("Waiting for a first response"))),
        *place(
            8,
            (8, lines("Waiting by channel", "Open, no first response yet.", TICKETS, waiting, stacked=True)),
            (8, lines("Longest wait by channel", "Now minus opened.", wait, oldest)),
            (8, lines("p95 of the waits so far", "Only 5 % of those that wait have waited longer.", wait, *p95)),
        ),
    ]


def backlog() -> list[Json]:
    """Return the open tickets by state, age and channel."""
    states = [Query(q.backlog(f'state="{state}"'), state) for state in STATES]
    by_state = Style("short", "no data", decimals=0, colors=STATES)
    # One query an age keeps their order.
    ages = [
        Query(q.total(q.select("deskpulse_backlog_age_tickets", f'age="{age}"')), age, instant=True) for age in AGES
    ]
    longer = q.total(q.select("deskpulse_unresolved_tickets"), "longer_than")
    blue = Style("short", "no data", steps=((None, "blue"),), decimals=0)
    return [
        *place(1, (24, section("Backlog"))),
        *place(
            8,
            (9, lines("By state", "Pending waits for the customer.", by_state, *states, stacked=True)),
            (5, bars("By age", "Time since opened.", blue, *ages)),
            (5, bars("By channel", "Open tickets.", blue, Query(q.backlog(by="channel"), "{{channel}}", instant=True))),
            (
                5,
                stat(
                    "Unresolved for longer than",
                    "Open tickets that were opened longer ago than this.",
                    TICKETS,
                    Query(longer, "{{longer_than}}"),
                ),
            ),
        ),
    ]


def satisfaction() -> list[Json]:
    """Return NPS with its interval and n."""
    answers = Style("short", "no answer", decimals=0, colors=GROUPS)
    columns = {
        "n": Query(q.nps_answers("channel")),
        "score": Query(q.nps_score("channel")),
        "low": Query(q.nps_bound("-", "channel")),
        "high": Query(q.nps_bound("+", "channel")),
        "unscored": Query(q.nps_unscored("channel")),
    }
    groups = [Query(q.nps_group(group), group, instant=True) for group in GROUPS]
    return [
        *place(1, (24, section("Net promoter score"))),
        *place(
            8,
            (
                9,
                lines(
                    "NPS with its 95 % interval · trailing $survey_window",
                    "Adjusted interval. Hidden under 5 answers.",
                    SCORE,
                    Query(q.nps_bound("-"), "low"),
                    Query(q.nps_bound("+"), "high"),
                    Query(q.nps_score(), "NPS"),
                    band=("low", "high"),
                ),
            ),
            (5, bars("Answers · $survey_window", "Promoters 9-10, passives 7-8, detractors 0-6.", answers, *groups)),
            (
                10,
                table(
                    "NPS by channel · $survey_window",
                    "A difference between channels means something only where their intervals do not overlap.",
                    Style("none", TOO_FEW, decimals=0, minimum=None),
                    columns,
                    labels={"channel": "channel"},
                    units={},
                ),
            ),
        ),
    ]


def live_desk() -> Json:
    """Return the whole dashboard."""
    return dashboard(
        uid="deskpulse-live-desk",
        title="Live desk",
        description="First response time, waits, backlog and NPS as they are now, and how fresh they are.",
        parts=[now(), first_response(), open_wait(), backlog(), satisfaction(), health()],
    )
