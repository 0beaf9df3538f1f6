"""Satisfaction: what customers and employees say, whom it is heard from, and what goes with low scores."""

from __future__ import annotations

from grafana import queries as q
from grafana.coverage import NOT_MATURE, coverage
from grafana.drivers import drivers
from grafana.frame import dashboard, place
from grafana.links import OF_ROW, OF_SERIES, linked, to
from grafana.panels import NONE_WANTED, Json, Query, Style, bars, lines, section, stat
from grafana.tables import table

TOO_FEW = "too few answers"
NO_ANSWER = "no answer"
SCORE = Style("none", TOO_FEW, decimals=0, minimum=-100, maximum=100)
SHARE = Style("percent", NO_ANSWER, decimals=0, maximum=100)
ANSWERS = Style("short", NO_ANSWER, decimals=0)
JUDGED = ("satisfied", "other")
_SLA = "response-times-and-sla"
_WHY = to(_SLA, "Was it slow? Response times and SLA")
_CHANNEL_WHY = to(_SLA, "Was it slow on this channel? Response times and SLA", channel=OF_ROW)
_CHANNEL_COMMENTS = to(_SLA, "Was it slow on this channel? Response times and SLA", channel=OF_SERIES)
_WHO_GOES = to("customers", "Do they stay? Customers")
_WINDOW = (q.IN_SURVEY_WINDOW,)


def _csat(by: str = "") -> str:
    return q.percent("deskpulse_csat_answers", "group", "satisfied", JUDGED, conditions=_WINDOW, by=by)


def _satisfied(by: str = "") -> str:
    return q.percent("deskpulse_satisfaction_answers", "group", "satisfied", JUDGED, conditions=_WINDOW, by=by)


def _effort(by: str) -> str:
    score = q.total(q.select("deskpulse_ces_score", *_WINDOW), by)
    return f"{score} / ({q.total(q.select('deskpulse_ces_answers', *_WINDOW), by)} > 0)"


def _coverage(by: str = "") -> str:
    return q.percent("deskpulse_surveys", "outcome", "answered", ("sent",), conditions=_WINDOW, by=by)


def scores() -> list[Json]:
    """Return the first screen: every score once, then by channel."""
    bad = Style("short", "none, or no worker", NONE_WANTED, decimals=0)
    nps = Query(q.nps_score())
    comments = q.total(q.select("deskpulse_bad_comments", *_WINDOW))
    by_channel = {
        "NPS": Query(q.nps_score("channel")),
        "NPS n": Query(q.nps_answers("channel")),
        "CSAT": Query(_csat("channel")),
        "CSAT n": Query(
            q.count("deskpulse_csat_answers", "group", *JUDGED, conditions=_WINDOW, by="channel"),
        ),
        "satisfied": Query(_satisfied("channel")),
        "coverage": Query(_coverage("channel")),
        "bad comments": Query(q.total(q.select("deskpulse_bad_comments", *_WINDOW), "channel")),
    }
    percents = dict.fromkeys(("CSAT", "satisfied", "coverage"), "percent")
    return [
        *place(
            4,
            (4, linked(stat("NPS · $survey_window", "Promoters minus detractors.", SCORE, nps), _WHO_GOES)),
            (4, stat("CSAT · $survey_window", "Satisfied, of those on a known scale.", SHARE, Query(_csat()))),
            (
                4,
                stat(
                    "Effort · $survey_window",
                    "Mean score, by the top of the scale.",
                    Style("none", NO_ANSWER, decimals=1),
                    Query(_effort("scale"), "of {{scale}}"),
                ),
            ),
            (4, stat("Satisfied · $survey_window", "Over all instruments.", SHARE, Query(_satisfied()))),
            (
                4,
                stat(
                    "Coverage · $survey_window",
                    "Answered, of the surveys that are old enough.",
                    Style("percent", NOT_MATURE, decimals=0, maximum=100),
                    Query(_coverage()),
                ),
            ),
            (
                4,
                linked(stat("Bad comments · $survey_window", "Low scores with a comment.", bad, Query(comments)), _WHY),
            ),
        ),
        *place(
            9,
            (
                12,
                linked(
                    table(
                        "Scores by channel · $survey_window",
                        "A score without its n says little.",
                        Style("none", NO_ANSWER, decimals=0, minimum=None),
                        by_channel,
                        labels={"channel": "channel"},
                        units=percents,
                    ),
                    _CHANNEL_WHY,
                ),
            ),
            (
                12,
                lines(
                    "Satisfied and CSAT · trailing $survey_window",
                    "Each point covers the window that ends there.",
                    SHARE,
                    Query(_satisfied(), "satisfied, all instruments"),
                    Query(_csat(), "CSAT"),
                    Query(_coverage(), "coverage"),
                ),
            ),
        ),
    ]


def instruments() -> list[Json]:
    """Return CSAT, effort and touchpoints in detail."""
    groups = [
        Query(q.count("deskpulse_csat_answers", "group", group, conditions=_WINDOW), group, instant=True)
        for group in (*JUDGED, "unscored", "unscaled")
    ]
    low = q.percent(
        "deskpulse_ces_answers", "group", "low_effort", ("low_effort", "other"), conditions=_WINDOW, by="scale"
    )
    effort = {
        "mean": Query(_effort("scale")),
        "n": Query(q.total(q.select("deskpulse_ces_answers", *_WINDOW), "scale")),
        "low effort": Query(low),
    }
    touchpoints = {
        "satisfied": Query(_satisfied("touchpoint")),
        "n": Query(q.total(q.select("deskpulse_satisfaction_answers", *_WINDOW), "touchpoint")),
    }
    comments = q.total(q.select("deskpulse_bad_comments", *_WINDOW), "channel")
    plain = Style("none", NO_ANSWER, decimals=1)
    return [
        *place(1, (24, section("Instruments"))),
        *place(
            7,
            (5, bars("CSAT answers · $survey_window", "Unscaled: on a scale not in the policy.", ANSWERS, *groups)),
            (
                6,
                table(
                    "Effort by scale · $survey_window",
                    "By the top of the scale; two scales have no mean in common.",
                    plain,
                    effort,
                    labels={"scale": "scale"},
                    units={"n": "short", "low effort": "percent"},
                ),
            ),
            (
                7,
                table(
                    "Satisfied by touchpoint · $survey_window",
                    "Where the customer was asked.",
                    plain,
                    touchpoints,
                    labels={"touchpoint": "touchpoint"},
                    units={"n": "short", "satisfied": "percent"},
                ),
            ),
            (
                6,
                linked(
                    lines(
                        "Bad comments by channel · trailing $survey_window",
                        "Each of them is an alert on the alerts topic too.",
                        Style("short", "none, or no worker", decimals=0),
                        Query(comments, "{{channel}}"),
                        stacked=True,
                    ),
                    _CHANNEL_COMMENTS,
                ),
            ),
        ),
    ]


def employees() -> list[Json]:
    """Return the score of employees."""
    enps = "enps"
    groups = [
        Query(q.nps_group(group, instrument=enps), group, instant=True)
        for group in ("promoter", "passive", "detractor")
    ]
    unscored = Query(q.nps_unscored(instrument=enps), "unscored", instant=True)
    return [
        *place(1, (24, section("Employees"))),
        *place(
            8,
            (4, stat("eNPS · $survey_window", "By the formula of NPS.", SCORE, Query(q.nps_score(instrument=enps)))),
            (
                12,
                lines(
                    "eNPS with its 95 % interval · trailing $survey_window",
                    "Adjusted interval. Hidden under the least number of answers that the settings say.",
                    SCORE,
                    Query(q.nps_bound("-", instrument=enps), "low"),
                    Query(q.nps_bound("+", instrument=enps), "high"),
                    Query(q.nps_score(instrument=enps), "eNPS"),
                    band=("low", "high"),
                ),
            ),
            (8, bars("Answers of employees · $survey_window", "Of pulse surveys.", ANSWERS, *groups, unscored)),
        ),
    ]


def satisfaction() -> Json:
    """Return the whole dashboard."""
    return dashboard(
        uid="deskpulse-satisfaction",
        title="Satisfaction",
        description="What customers and employees say, whom it is heard from, and what goes with low scores.",
        parts=[scores(), instruments(), coverage(), drivers(), employees()],
    )
