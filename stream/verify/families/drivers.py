"""What goes along with low answers: each value of a factor against the rest. Relation `driver`."""

from collections import defaultdict

import duckdb

from stream.verify.families import answers, course, response
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.section import Family, Row, Section
from stream.verify.windows import DAY, HOUR

# Lower bound of each band of first response times, inclusive.
_BANDS = {">7d": 7 * DAY, "3-7d": 3 * DAY, "1-3d": DAY, "8-24h": 8 * HOUR, "4-8h": 4 * HOUR, "1-4h": HOUR, "<1h": 0}
_BAND = " ".join(f"WHEN duration_us >= {start} THEN '{name}'" for name, start in _BANDS.items())

_DRIVER = f"""
CREATE OR REPLACE TABLE driver AS
WITH
reopened AS (SELECT DISTINCT ticket_id FROM transition WHERE kind = 'reopened'),
transferred AS (SELECT DISTINCT ticket_id FROM admitted WHERE type = 'ticket.status' AND status = 'transferred'),
explained AS (
    SELECT
        answer.us, answer.low, answer.channel, answer.queue,
        CASE {_BAND} ELSE 'none' END AS frt_band,
        CASE WHEN answer.ticket_id IN (FROM reopened) THEN 'yes' ELSE 'no' END AS reopened,
        CASE WHEN answer.ticket_id IN (FROM transferred) THEN 'yes' ELSE 'no' END AS transferred
    FROM answer LEFT JOIN first_response USING (ticket_id)
    WHERE instrument IN ('nps', 'csat') AND answer.low IS NOT NULL AND answer.opened_us IS NOT NULL
)
UNPIVOT explained ON channel, queue, frt_band, reopened, transferred INTO NAME factor VALUE value
"""  # noqa: S608 - only constants of this package go in


def derive(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> None:
    """Make the relation from `answer`, `first_response` and `transition`."""
    database.execute(_DRIVER)
    place(database, "driver", Scope.ALL)


def drivers(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> list[Row]:
    """Rows of low answers where a factor has a value and where it has another, percent."""
    found: dict[tuple[str, str], dict[str, tuple[int, int]]] = defaultdict(dict)
    query = """
    SELECT "window", factor, value, count(*), count(*) FILTER (low) FROM placed_driver
    GROUP BY ALL ORDER BY ALL
    """
    for window, factor, value, n, low in database.execute(query).fetchall():
        found[window, factor][value] = n, low
    rows = []
    for (window, factor), values in found.items():
        for value, (n, low) in values.items():
            others = [counted for name, counted in values.items() if name != value]
            rest_n, rest_low = sum(count for count, _ in others), sum(count for _, count in others)
            share, rest = _share(low, n), _share(rest_low, rest_n)
            difference = None if share is None or rest is None else share - rest
            rows.append(
                {
                    "window": window,
                    "factor": factor,
                    "value": value,
                    "labels": {},
                    "n": n,
                    "low": low,
                    "low_share": share,
                    "rest_n": rest_n,
                    "rest_low_share": rest,
                    "difference": difference,
                }
            )
    return rows


def _share(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


FAMILY = Family(
    derive,
    after=(answers.derive, course.derive, response.derive),
    sections={
        "drivers": Section(
            drivers, ("window", "factor", "value"), ("low_share", "rest_n", "rest_low_share", "difference")
        )
    },
)
