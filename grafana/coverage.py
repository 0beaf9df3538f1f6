"""Who is heard: which of the surveys that were sent were answered, and by whom."""

from __future__ import annotations

from grafana import queries as q
from grafana.frame import place
from grafana.panels import Json, Query, Style, section, stat
from grafana.tables import table

NOT_MATURE = "no survey is old enough"


def coverage() -> list[Json]:
    """Return who is heard, and who is not."""
    by = 'sum by (by, value) (deskpulse_surveys_by{%s, outcome="%s"})'
    sent, answered = (by % (q.IN_SURVEY_WINDOW, outcome) for outcome in ("sent", "answered"))
    immature = q.total(q.select("deskpulse_surveys_immature"))
    return [
        *place(1, (24, section("Who is heard"))),
        *place(
            8,
            (
                12,
                table(
                    "Survey coverage by channel and segment · $survey_window",
                    "Answered, of the surveys that had the days of the policy file to be answered; of the whole desk.",
                    Style("short", NOT_MATURE, decimals=0),
                    {
                        "sent": Query(sent),
                        "answered": Query(answered),
                        "coverage": Query(f"100 * {answered} / ({sent} > 0)"),
                    },
                    labels={"by": "by", "value": "value"},
                    units={"coverage": "percent"},
                ),
            ),
            (
                6,
                stat(
                    "Blind spot · $survey_window",
                    "Who answers least, of those that were asked often enough; of the whole desk.",
                    Style("percent", "nobody was asked often enough", decimals=0, maximum=100),
                    Query('desk:deskpulse_survey_blind_spot:percent{window="$survey_window"}', "{{by}} {{value}}"),
                ),
            ),
            (
                6,
                stat(
                    "Surveys not old enough yet",
                    "They will count once their days are over.",
                    Style("short", "none, or no worker", decimals=0),
                    Query(immature),
                ),
            ),
        ),
    ]
