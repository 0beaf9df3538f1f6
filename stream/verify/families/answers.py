"""Surveys and what was answered to them. Relations `sending` and `answer`, both with the dimensions of DIMENSIONS."""

import duckdb

from stream.verify.computed import create
from stream.verify.families import tickets
from stream.verify.options import DIMENSIONS, Options
from stream.verify.policy import Policy
from stream.verify.section import Family

# A promoter answers 9 or 10.
_PROMOTER = 9


def _dimensions(own: dict[str, str]) -> str:
    """The ticket's, if it was opened; else what is known of the survey itself."""
    return ", ".join(
        f"CASE WHEN ticket.opened_us IS NULL THEN {own.get(name, repr('unknown'))} ELSE ticket.{name} END AS {name}"
        for name in DIMENSIONS
    )


# A survey is known by what it belongs to and its id. It was sent when it was sent first; of the answers to each of its
# instruments the last counts. Nothing of a retracted ticket is here.
_SENDING = f"""
CREATE OR REPLACE TABLE sending AS
WITH
sent AS (
    SELECT entity, survey_id, ticket_id, us, touchpoint, channel, segment
    FROM admitted WHERE type = 'survey.sent'
    QUALIFY row_number() OVER (PARTITION BY entity, survey_id ORDER BY us, event_id) = 1
),
reply AS (
    SELECT entity, survey_id, min(us) AS first_answer_us FROM admitted WHERE type = 'survey.answered'
    GROUP BY entity, survey_id
)
SELECT
    sent.entity, sent.survey_id, sent.us AS sent_us, sent.touchpoint, first_answer_us,
    sent.channel AS own_channel, sent.segment AS own_segment,
    {_dimensions({name: f"coalesce(sent.{name}, 'unknown')" for name in ("channel", "segment")})}
FROM sent LEFT JOIN reply USING (entity, survey_id) LEFT JOIN ticket ON ticket.ticket_id = sent.ticket_id
WHERE ticket.retracted IS NOT TRUE
"""  # noqa: S608 - only constants of this package go in

# `satisfied` and `low` are null where nobody can say: without a score, on a scale that the
# policy does not know, or with a score that its scale does not have.
_ANSWER = f"""
CREATE OR REPLACE TABLE answer AS
WITH
last AS (
    SELECT *, coalesce(scale_max, {{csat_scale}}) AS csat_max, coalesce(scale_max, {{ces_scale}}) AS ces_max
    FROM admitted WHERE type = 'survey.answered'
    QUALIFY row_number() OVER (PARTITION BY entity, survey_id, instrument ORDER BY us DESC, event_id DESC) = 1
),
scaled AS (
    SELECT
        entity, survey_id, instrument, us, event_id, score, commented, ticket_id, touchpoint, channel, segment,
        CASE instrument WHEN 'csat' THEN csat_max WHEN 'ces' THEN ces_max END AS scale
    FROM last
)
SELECT
    scaled.entity, scaled.survey_id, scaled.instrument, scaled.us, scaled.event_id, scaled.score, scaled.commented,
    scaled.scale, grade.good, grade.bad, scaled.ticket_id, ticket.opened_us,
    coalesce(scaled.touchpoint, sending.touchpoint, 'unknown') AS touchpoint,
    CASE scaled.instrument
        WHEN 'nps' THEN scaled.score >= {_PROMOTER}
        WHEN 'csat' THEN scaled.score > scaled.scale - grade.good
        WHEN 'ces' THEN CASE WHEN {{ease}}
            THEN scaled.score >= scaled.scale + 1 - grade.good ELSE scaled.score <= grade.good END
    END AS satisfied,
    CASE WHEN scaled.instrument IN ('nps', 'enps') THEN scaled.score <= {{nps_low}}
         WHEN scaled.instrument = 'csat' THEN scaled.score <= grade.bad
    END AS low,
    {_dimensions({name: f"coalesce(scaled.{name}, sending.own_{name}, 'unknown')" for name in ("channel", "segment")})}
FROM scaled
LEFT JOIN sending USING (entity, survey_id)
LEFT JOIN grade
    ON grade.instrument = scaled.instrument AND grade.scale = scaled.scale AND coalesce(scaled.score, 0) <= grade.scale
LEFT JOIN ticket ON ticket.ticket_id = scaled.ticket_id
WHERE ticket.retracted IS NOT TRUE
"""  # noqa: S608 - only constants of this package, and numbers of the policy, go in


def derive(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> None:
    """Make the relations from `admitted` and `ticket`."""
    policy = options.policy
    create(database, "grade", _GRADE_COLUMNS, _grades(policy))
    database.execute(_SENDING)
    database.execute(
        _ANSWER.format(
            csat_scale=policy.csat_scale, ces_scale=policy.ces_scale, nps_low=policy.nps_low, ease=policy.ces_ease
        )
    )


# Of a scale, how many of its best scores are good and how high a bad one is; for effort how many are little effort.
_GRADE_COLUMNS = {"instrument": "VARCHAR", "scale": "BIGINT", "good": "BIGINT", "bad": "BIGINT"}


def _grades(policy: Policy) -> list[tuple[str, int, int | None, int | None]]:
    csat = [
        ("csat", scale, policy.csat_top.get(scale), policy.csat_low.get(scale))
        for scale in sorted({*policy.csat_top, *policy.csat_low})
    ]
    return [*csat, *(("ces", scale, few, None) for scale, few in policy.ces_low_effort.items())]


FAMILY = Family(derive, after=(tickets.derive,))
