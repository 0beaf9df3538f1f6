"""The live desk: what a lead steers by and a floor looks up at, with what says whether to believe it on top.

The first screen (16 rows of the grid) fits a laptop of 1366 x 768 and a TV; the rest is for those who scroll.
"""

from __future__ import annotations

from grafana import queries as q
from grafana.frame import dashboard, place
from grafana.handling import CHANNEL_SAYS
from grafana.links import OF_SERIES, linked, to
from grafana.now import (
    HOW_LONG,
    IN_AND_OUT,
    NOBODY_WAITS,
    PROMISED,
    QUANTILES,
    SAID,
    SCORE,
    SECONDS,
    TICKETS,
    TOO_FEW,
    by_promise,
    now,
)
from grafana.panels import Json, Query, Style, bars, lines, section, stat
from grafana.tables import table

AGES = ("<1h", "1-4h", "4-8h", "8-24h", "1-3d", "3-7d", ">7d")
STATES = {"unanswered": "orange", "reply_waiting": "yellow", "answered": "blue", "pending": "#808080"}
GROUPS = {"promoter": "green", "passive": "#808080", "detractor": "red"}

_SLA = "response-times-and-sla"
_CHANNEL_WAITS = to(_SLA, "What was promised on this channel? Response times and SLA", channel=OF_SERIES)
_CHANNEL_ANSWERS = to(_SLA, "What takes long on this channel? Response times and SLA", channel=OF_SERIES)

_CHANNEL_FLOWS = to(_SLA, "What comes in and goes out on this channel? Response times and SLA", channel=OF_SERIES)
_WAITED_LONGER = "Only 5 % of those that wait have waited longer."

_GROUPS = "Promoters 9-10, passives 7-8, detractors 0-6."


def first_response() -> list[Json]:
    """Return first response times over time."""
    quantiles = [Query(q.first_response_quantile(value), name) for name, value in QUANTILES.items()]
    return [
        *place(1, (24, section("First responses over time"))),
        *place(
            8,
            (
                12,
                linked(
                    lines(
                        "First response time · trailing $window",
                        "Each point covers the window that ends there.",
                        SECONDS,
                        Query(q.first_response_mean(), "mean"),
                        *quantiles,
                    ),
                    HOW_LONG,
                ),
            ),
            (
                6,
                linked(
                    lines(
                        "p90 by channel · trailing $window",
                        "Each point covers the window that ends there.",
                        SECONDS,
                        Query(q.first_response_quantile(0.9, "channel"), "{{channel}}"),
                    ),
                    _CHANNEL_ANSWERS,
                ),
            ),
            (
                6,
                linked(
                    lines(
                        "First responses · trailing $window",
                        "The n of the quantiles beside it.",
                        TICKETS,
                        Query(q.first_responses("channel"), "{{channel}}"),
                        stacked=True,
                    ),
                    _CHANNEL_ANSWERS,
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
    by_channel = lines("Waiting by channel", "Open, no first response yet.", TICKETS, waiting, stacked=True)
    return [
        *place(1, (24, section("Waiting for a first response"))),
        *place(
            8,
            (8, linked(by_channel, _CHANNEL_WAITS)),
            (8, linked(lines("Longest wait by channel", "Now minus opened.", wait, oldest), _CHANNEL_WAITS)),
            (8, linked(lines("p95 of the waits so far", _WAITED_LONGER, wait, *p95), PROMISED)),
        ),
    ]


def reply_wait() -> list[Json]:
    """Return who waits for a reply: over time, and by what was promised."""
    wait = Style("s", NOBODY_WAITS, decimals=1)
    waiting = Query(q.reply_wait_tickets("channel"), "{{channel}}")
    oldest = Query(q.reply_wait_oldest("channel"), "{{channel}}")
    p95 = [Query(q.reply_wait_quantile(0.95, "channel"), "{{channel}}"), Query(q.reply_wait_quantile(0.95), "all")]
    by_channel = lines(
        "Replies owed, by channel", "The customer wrote again after a response.", TICKETS, waiting, stacked=True
    )
    longest = lines("Longest, by channel", "Since the customer's oldest message.", wait, oldest)
    return [
        *place(1, (24, section("Waiting for a reply"))),
        *place(
            8,
            (6, linked(by_channel, _CHANNEL_WAITS)),
            (6, linked(longest, _CHANNEL_WAITS)),
            (4, linked(lines("p95 of these waits", _WAITED_LONGER, wait, *p95), PROMISED)),
            (8, replies_by_promise()),
        ),
    ]


def replies_by_promise() -> Json:
    """Return the same of those that wait for a reply."""
    return by_promise(
        "Waiting for a reply, by promise",
        "Targets are those of the policy file with `for: reply`; it has none by default.",
        q.reply_promised,
        q.reply_wait_oldest,
    )


def backlog() -> list[Json]:
    """Return the open tickets by state, age and channel."""
    states = [Query(q.backlog(f'state="{state}"'), state.replace("_", " ")) for state in STATES]
    by_state = Style(
        "short", "no data", decimals=0, colors={state.replace("_", " "): color for state, color in STATES.items()}
    )
    # One query an age keeps their order.
    ages = [
        Query(q.total(q.select("deskpulse_backlog_age_tickets", f'age="{age}"')), age, instant=True) for age in AGES
    ]
    longer = q.total(q.select("deskpulse_unresolved_tickets"), "longer_than")
    blue = Style("short", "no data", steps=((None, "blue"),), decimals=0)
    by_channel = Query(q.backlog(by="channel"), "{{channel}}", instant=True)
    return [
        *place(1, (24, section("Backlog"))),
        *place(
            8,
            (
                9,
                linked(
                    lines("By state", "Pending waits for the customer.", by_state, *states, stacked=True), IN_AND_OUT
                ),
            ),
            (5, linked(bars("By age", "Time since opened.", blue, *ages), IN_AND_OUT)),
            (5, linked(bars("By channel", "Open tickets.", blue, by_channel), _CHANNEL_FLOWS)),
            (
                5,
                linked(
                    stat(
                        "Unresolved for longer than",
                        "Open tickets that were opened longer ago than this.",
                        TICKETS,
                        Query(longer, "{{longer_than}}"),
                    ),
                    IN_AND_OUT,
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
                linked(
                    lines(
                        "NPS with its 95 % interval · trailing $survey_window",
                        "Adjusted interval. Hidden under the least number of answers that the settings say.",
                        SCORE,
                        Query(q.nps_bound("-"), "low"),
                        Query(q.nps_bound("+"), "high"),
                        Query(q.nps_score(), "NPS"),
                        band=("low", "high"),
                    ),
                    SAID,
                ),
            ),
            (5, linked(bars("Answers · $survey_window", _GROUPS, answers, *groups), SAID)),
            (
                10,
                linked(
                    table(
                        "NPS by channel · $survey_window",
                        "A difference between channels means something only where their intervals do not overlap.",
                        Style("none", TOO_FEW, decimals=0, minimum=None),
                        columns,
                        labels={"channel": "channel"},
                        units={},
                    ),
                    CHANNEL_SAYS,
                ),
            ),
        ),
    ]


def live_desk() -> Json:
    """Return the whole dashboard."""
    return dashboard(
        uid="deskpulse-live-desk",
        title="Live desk",
        description="First response time, waits, backlog and NPS as they are now, and whether to believe them.",
        parts=[now(), first_response(), open_wait(), reply_wait(), backlog(), satisfaction()],
    )
