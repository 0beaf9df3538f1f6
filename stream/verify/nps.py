"""Net promoter score of the surveys' last answers. Relation `nps`."""

from math import sqrt
from typing import Any

import duckdb

from stream.verify.groups import Measure, Relation
from stream.verify.layout import Row
from stream.verify.options import DIMENSIONS, Options

ATTRIBUTIONS = ("answered", "sent")

# Of a survey outside any opened ticket, the channel and the segment are known at most.
_OWN = {
    name: f"coalesce(answer.{name}, sent.{name}, 'unknown')" if name in ("channel", "segment") else "'unknown'"
    for name in DIMENSIONS
}

_NPS = f"""
CREATE OR REPLACE TABLE nps AS
WITH
answer AS (
    SELECT * FROM admitted WHERE type = 'survey.answered' AND instrument = 'nps'
    QUALIFY row_number() OVER (PARTITION BY entity, survey_id ORDER BY us DESC, event_id DESC) = 1
),
sent AS (
    SELECT * FROM admitted WHERE type = 'survey.sent'
    QUALIFY row_number() OVER (PARTITION BY entity, survey_id ORDER BY us, event_id) = 1
)
SELECT
    answer.score, answer.us AS answered_us, sent.us AS sent_us,
    {
    ", ".join(
        f"CASE WHEN ticket.opened_us IS NULL THEN {own} ELSE ticket.{name} END AS {name}" for name, own in _OWN.items()
    )
}
FROM answer
LEFT JOIN sent ON sent.survey_id = answer.survey_id AND sent.ticket_id IS NOT DISTINCT FROM answer.ticket_id
LEFT JOIN ticket ON ticket.ticket_id = answer.ticket_id
WHERE ticket.retracted IS NOT TRUE
"""  # noqa: S608 - only constants of this package go in

_PLACED = """
CREATE OR REPLACE TABLE placed_nps AS
SELECT name AS "window", attribute_to, nps.*
FROM nps, period, (VALUES ('answered'), ('sent')) AS attribution(attribute_to)
WHERE (CASE attribute_to WHEN 'sent' THEN sent_us ELSE answered_us END) BETWEEN start_us AND end_us - 1
"""

_SELECTED = """
count(score),
count(*) FILTER (score BETWEEN 9 AND 10),
count(*) FILTER (score BETWEEN 7 AND 8),
count(*) FILTER (score BETWEEN 0 AND 6),
count(*) FILTER (score IS NULL)
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> None:
    """Make the relation from `admitted` and `ticket`."""
    database.execute(_NPS)
    database.execute(_PLACED)


def score(promoters: int, detractors: int, n: int) -> tuple[float, float, float]:
    """The score with its 95 % interval, -100..100.

    The interval is the adjusted Wald one of Bonett and Price: three quarters of an answer are added to the
    promoters and as much to the detractors, one and a half to the passives, so that it does not vanish when all agree.
    """
    p, d = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    margin = 1.96 * sqrt((p + d - (p - d) ** 2) / (n + 3))
    low, high = (max(-100.0, min(100.0, 100 * bound)) for bound in (p - d - margin, p - d + margin))
    return 100 * (promoters - detractors) / n, low, high


def nps(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of scores with what they are made of."""

    def numbers(values: tuple[Any, ...]) -> Row:
        n, promoters, passives, detractors, unscored = values
        shown = score(promoters, detractors, n) if n >= options.nps_min_n and n > 0 else (None, None, None)
        return {
            "n": n,
            "promoters": promoters,
            "passives": passives,
            "detractors": detractors,
            "unscored": unscored,
            **dict(zip(("score", "low", "high"), shown, strict=True)),
        }

    totals = [(window, to) for window in options.windows for to in ATTRIBUTIONS]
    relation = Relation("placed_nps", ("window", "attribute_to"), totals)
    return relation.rows(database, options.labels, Measure(_SELECTED, numbers, (0, 0, 0, 0, 0)))
