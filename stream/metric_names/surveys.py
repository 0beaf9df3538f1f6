"""What customers answered in a window."""

from __future__ import annotations

from stream.metric_names.metric import DIMENSIONS, Metric

NPS_ANSWERS = Metric(
    "deskpulse_nps_answers",
    "gauge",
    "Scored NPS answers in the window, by group: promoter (9, 10), passive (7, 8), detractor (0 to 6).",
    ("window", "attribute_to", "group", DIMENSIONS),
)
NPS_UNSCORED = Metric(
    "deskpulse_nps_unscored",
    "gauge",
    "NPS answers without a score in the window; they count nowhere else.",
    ("window", "attribute_to", DIMENSIONS),
)
ENPS_ANSWERS = Metric(
    "deskpulse_enps_answers",
    "gauge",
    "Scored answers of employees in the window, by group as for NPS.",
    ("window", "attribute_to", "group", DIMENSIONS),
)
ENPS_UNSCORED = Metric(
    "deskpulse_enps_unscored",
    "gauge",
    "Answers of employees without a score in the window; they count nowhere else.",
    ("window", "attribute_to", DIMENSIONS),
)
CSAT_ANSWERS = Metric(
    "deskpulse_csat_answers",
    "gauge",
    "CSAT answers in the window: satisfied, other, unscored, or unscaled (no score of a scale that the policy knows).",
    ("window", "group", DIMENSIONS),
)
CES_ANSWERS = Metric(
    "deskpulse_ces_answers",
    "gauge",
    "Scored customer effort answers in the window: low_effort or other, by the top of their scale.",
    ("window", "scale", "group", DIMENSIONS),
)
CES_SCORE = Metric(
    "deskpulse_ces_score",
    "gauge",
    "Sum of the customer effort scores in the window, in points of the scale.",
    ("window", "scale", DIMENSIONS),
)
SATISFACTION_ANSWERS = Metric(
    "deskpulse_satisfaction_answers",
    "gauge",
    "Judged answers to NPS, CSAT and customer effort in the window: satisfied or other, by touchpoint.",
    ("window", "touchpoint", "group", DIMENSIONS),
)
SURVEYS = Metric(
    "deskpulse_surveys",
    "gauge",
    "Surveys whose time to be answered was over in the window (sent), and those answered in that time.",
    ("window", "outcome", DIMENSIONS),
)
SURVEYS_IMMATURE = Metric(
    "deskpulse_surveys_immature", "gauge", "Surveys sent whose time to be answered is not over yet, now.", (DIMENSIONS,)
)
SURVEYS_BY = Metric(
    "deskpulse_surveys_by",
    "gauge",
    "Surveys as in deskpulse_surveys, by each channel and each segment (by, value).",
    ("window", "by", "value", "outcome"),
)
BAD_COMMENTS = Metric(
    "deskpulse_bad_comments", "gauge", "Low scores with a comment in the window.", ("window", DIMENSIONS)
)
DRIVER_ANSWERS = Metric(
    "deskpulse_driver_answers",
    "gauge",
    "NPS and CSAT answers about tickets in the window, low or other, by what is known of the ticket (factor, value).",
    ("window", "factor", "value", "group"),
)
