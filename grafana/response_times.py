"""Response times and SLA: what was promised and kept, how long things take, and what flows in and out."""

from __future__ import annotations

from grafana import queries as q
from grafana.flow import CHANNEL_WAITS as SERIES_WAITS
from grafana.flow import flow, same_hours
from grafana.frame import dashboard, place
from grafana.handling import handling, returning
from grafana.links import OF_ROW, linked, to
from grafana.panels import IN_TIME, NONE_WANTED, PLAIN, Json, Query, Style, lines, section, stat
from grafana.tables import table

NOTHING_ANSWERED = "no contact in this window"
NO_DURATION = "none in this window"
# Counts by promise are 0 where nobody waits, so none at all is no comfort.
NO_DATA = "no data"
STATES = {"breached": "red", "at_risk": "orange", "on_time": "green", "without_target": "#808080"}
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}

WHO_WAITS = to("live-desk", "Who waits now? Live desk")
CHANNEL_WAITS = to("live-desk", "Who waits on this channel? Live desk", channel=OF_ROW)

PERCENT = Style("percent", NOTHING_ANSWERED, IN_TIME, decimals=1, maximum=100)
SECONDS = Style("s", NO_DURATION, decimals=1)


def promises() -> list[Json]:
    """Return what was promised: now, and how it was kept over the window."""
    waiting = Style("short", NO_DATA, NONE_WANTED, decimals=0)
    at_risk = Style("short", NO_DATA, ((None, "text"), (1, "orange")), decimals=0)
    calm = Style("short", NO_DATA, PLAIN, decimals=0)
    promised = (
        ("breached", waiting, "Breached", "Waiting for longer than promised."),
        ("at_risk", at_risk, "At risk", "Little of the target left."),
        ("on_time", calm, "On time", "Waiting within the target."),
        ("without_target", calm, "Without a target", "Nothing was promised."),
    )
    states = [Query(q.promised(state), state.replace("_", " ")) for state in STATES]
    colors = {state.replace("_", " "): color for state, color in STATES.items()}
    in_force = "count by (service_level) (deskpulse_variant_info)"
    return [
        *place(
            4,
            *(
                (4, linked(stat(title, text, style, Query(q.promised(state))), WHO_WAITS))
                for state, style, title, text in promised
            ),
            (
                4,
                stat(
                    "Service level · $window",
                    "Answered within the target, in the variant that the policy file says.",
                    PERCENT,
                    Query(q.service_level_in_force()),
                ),
            ),
            (
                4,
                stat(
                    "Variant in force",
                    "A answered in time, N answered, B given up, b of these in time, s at once.",
                    Style("none", "no worker"),
                    Query(in_force, "{{service_level}}", instant=True),
                    name_only=True,
                ),
            ),
        ),
        *place(
            7,
            (
                8,
                linked(
                    lines(
                        "Those that wait, by promise",
                        "Targets run out by themselves, with no event.",
                        Style("short", NO_DATA, decimals=0, colors=colors),
                        *states,
                        stacked=True,
                    ),
                    WHO_WAITS,
                ),
            ),
            (
                8,
                lines(
                    "Service level, all variants · trailing $window",
                    "They differ in how they count contacts that were given up.",
                    PERCENT,
                    *(Query(q.service_level(variant), variant) for variant in q.VARIANTS),
                ),
            ),
            (8, linked(_service_by_channel(), CHANNEL_WAITS)),
        ),
        *place(5, *((12, panel) for panel in _objective())),
    ]


def _objective() -> tuple[Json, Json]:
    """Return how fast the objective is missed."""
    burn = Style("none", NOTHING_ANSWERED, ((None, "green"), (2, "orange"), (5, "red")), decimals=1)
    by_window = Query('desk:deskpulse_slo_burn:rate{window=~"5m|1h|24h"}', "{{window}}")
    by_channel = Query('channel:deskpulse_slo_burn:rate{window="1h", channel=~"$channel"}', "{{channel}}")
    text = "How many times faster than the objective allows answers come too late: 1 misses just as much as may be. %s"
    whole, only = text % "Of the whole desk.", text % "Of the whole desk, by channel only."
    return (
        lines("Objective, all channels · how fast it is missed", whole, burn, by_window),
        linked(lines("Objective by channel · how fast it is missed in an hour", only, burn, by_channel), SERIES_WAITS),
    )


def _service_by_channel() -> Json:
    def contacts(kind: str) -> Query:
        conditions = (q.IN_WINDOW,)
        return Query(q.count("deskpulse_service_level_contacts", "contact", kind, conditions=conditions, by="channel"))

    return table(
        "Service level by channel · $window",
        "Of contacts to which something was promised.",
        Style("short", NOTHING_ANSWERED, IN_TIME, decimals=0),
        {
            "in force": Query(q.service_level_in_force("channel")),
            "answered": contacts("answered"),
            "in time": contacts("answered_within"),
            "given up": contacts("abandoned"),
            "at once": contacts("abandoned_short"),
        },
        labels={"channel": "channel"},
        units={"in force": "percent"},
        graded=("in force",),
    )


def durations() -> list[Json]:
    """Return how long first responses, replies and resolutions take."""
    business = "deskpulse_first_response_business_seconds"
    conditions = (q.IN_WINDOW, 'attribute_to="$attribute_to"')
    waiting = [Query(q.first_response_counting_waiting(value), name) for name, value in QUANTILES.items()]
    return [
        *place(1, (24, section("First response time"))),
        *place(
            8,
            (
                8,
                lines(
                    "By the calendar · trailing $window",
                    "Opened to first public response, nights and weekends included.",
                    SECONDS,
                    Query(q.first_response_mean(), "mean"),
                    *(Query(q.first_response_quantile(value), name) for name, value in QUANTILES.items()),
                ),
            ),
            (8, _duration("By business hours · trailing $window", "In the hours of the queue.", business, conditions)),
            (
                8,
                lines(
                    "Counting those that wait · trailing $window",
                    "A waiting ticket counts with its wait so far: long waits do not vanish for want of an answer.",
                    SECONDS,
                    *waiting,
                ),
            ),
        ),
        *place(1, (24, section("Replies and resolution"))),
        *place(
            8,
            (
                6,
                _duration(
                    "Next reply · trailing $window",
                    "Oldest unanswered message of the customer to the reply.",
                    "deskpulse_next_reply_seconds",
                    (q.IN_WINDOW,),
                ),
            ),
            (
                6,
                _duration(
                    "Second response · trailing $window",
                    "Opened to second public response.",
                    "deskpulse_second_response_seconds",
                    (q.IN_WINDOW,),
                ),
            ),
            *(
                (
                    6,
                    _duration(
                        f"{which.capitalize()} resolution · trailing $window",
                        "Opened to resolved, without the pauses of the policy file.",
                        "deskpulse_resolution_seconds",
                        (q.IN_WINDOW, q.one("which", which)),
                    ),
                )
                for which in ("first", "last")
            ),
        ),
    ]


def _duration(title: str, description: str, metric: str, conditions: tuple[str, ...]) -> Json:
    quantiles = [Query(q.quantile(value, metric, *conditions), name) for name, value in QUANTILES.items()]
    return lines(title, description, SECONDS, Query(q.mean(metric, *conditions), "mean"), *quantiles)


def response_times() -> Json:
    """Return the whole dashboard."""
    return dashboard(
        uid="deskpulse-response-times-and-sla",
        title="Response times and SLA",
        description="What was promised and kept, how long things take, what flows in and out, and how it is handled.",
        parts=[promises(), durations(), flow(), same_hours(), handling(), returning()],
    )
