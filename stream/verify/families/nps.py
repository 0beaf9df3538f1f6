"""Net promoter score of the surveys' last answers, of customers and of employees."""

from math import sqrt
from typing import Any

import duckdb

from stream.verify.families import answers
from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.section import Family, Row, Section

ATTRIBUTIONS = ("answered", "sent")

_SCORED = """
CREATE OR REPLACE TABLE placed_{instrument} AS
SELECT name AS "window", attribute_to, answer.*
FROM
    answer LEFT JOIN (SELECT entity, survey_id, sent_us FROM sending) USING (entity, survey_id),
    period, (VALUES ('answered'), ('sent')) AS attribution(attribute_to)
WHERE instrument = '{instrument}'
AND (CASE attribute_to WHEN 'sent' THEN sent_us ELSE answer.us END) BETWEEN start_us AND end_us - 1
"""

_SELECTED = """
count(score),
count(*) FILTER (score BETWEEN 9 AND 10),
count(*) FILTER (score BETWEEN 7 AND 8),
count(*) FILTER (score BETWEEN 0 AND 6),
count(*) FILTER (score IS NULL)
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> None:
    """Make the relations from `answer` and `sending`."""
    for instrument in ("nps", "enps"):
        database.execute(_SCORED.format(instrument=instrument))


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
    """Rows of customers' scores with what they are made of."""
    return _rows(database, options, "placed_nps")


def enps(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of employees' scores with what they are made of."""
    return _rows(database, options, "placed_enps")


def _rows(database: duckdb.DuckDBPyConnection, options: Options, placed: str) -> list[Row]:

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
    relation = Relation(placed, ("window", "attribute_to"), totals)
    return relation.rows(database, options.labels, Measure(_SELECTED, numbers, (0, 0, 0, 0, 0)))


FAMILY = Family(
    derive,
    after=(answers.derive,),
    sections={
        "nps": Section(nps, ("window", "attribute_to"), ("score", "low", "high")),
        "enps": Section(enps, ("window", "attribute_to"), ("score", "low", "high")),
    },
)
