"""Customers who come, stay, buy and leave. Relations `change`, `spell`, `purchase` and `signal`."""

from typing import Any

import duckdb

from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.policy import DAY, YEAR
from stream.verify.section import Family, Row, Section

SIGNALS = ("form_abandoned", "call_missed", "app_uninstalled", "web_return")
AGES = {"<1y": (0, 1), "1-3y": (1, 3), "3-5y": (3, 5), ">5y": (5, None)}

# A customer is one who was acquired last and not lost since; so there is a change wherever an event is of
# another kind than the one before it, and at the first.
_CHANGE = """
CREATE OR REPLACE TABLE change AS
SELECT
    customer_id, us, event_id, type = 'customer.acquired' AS came,
    row_number() OVER (PARTITION BY customer_id ORDER BY us, event_id, type) AS place
FROM (
    SELECT *, lag(type) OVER (PARTITION BY customer_id ORDER BY us, event_id, type) AS before
    FROM admitted WHERE type IN ('customer.acquired', 'customer.lost')
)
WHERE before IS DISTINCT FROM type
"""
# From each coming to the next leaving; end_us is null for those who are still there.
_SPELL = """
CREATE OR REPLACE TABLE spell AS
SELECT
    came.customer_id, came.us AS start_us, gone.us AS end_us,
    coalesce(gone.us, greatest({now_us}, came.us)) AS until_us
FROM (FROM change WHERE came) AS came
LEFT JOIN change AS gone ON gone.customer_id = came.customer_id AND gone.place = came.place + 1
"""
# Millionths, so that sums are exact.
_PURCHASE = """
CREATE OR REPLACE TABLE purchase AS
SELECT
    customer_id, us, CAST(round_even(amount * 1000000, 0) AS BIGINT) AS amount_micro,
    row_number() OVER (PARTITION BY customer_id ORDER BY us DESC, event_id DESC) = 1 AS latest
FROM admitted WHERE type = 'customer.purchased'
"""
_SIGNAL = """
CREATE OR REPLACE TABLE signal AS
SELECT
    customer_id, us, signal,
    row_number() OVER (PARTITION BY customer_id, signal ORDER BY us DESC, event_id DESC) = 1 AS latest
FROM admitted WHERE type = 'customer.signal'
"""
# The last NPS answer that names each customer.
_OPINION = """
SELECT customer_id, score FROM admitted
WHERE type = 'survey.answered' AND instrument = 'nps' AND customer_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY us DESC, event_id DESC, entity DESC) = 1
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, now_us: int) -> None:
    """Make the relations from `admitted`."""
    for query in (_CHANGE, _SPELL.format(now_us=now_us), _PURCHASE, _SIGNAL):
        database.execute(query)
    for relation in ("change", "purchase", "signal"):
        place(database, relation, Scope.BOUNDED)


def _bounded(options: Options) -> list[str]:
    return [window for window in options.windows if window != "all"]


def _present(database: duckdb.DuckDBPyConnection) -> int:
    ((present,),) = database.execute("SELECT count(*) FROM spell WHERE end_us IS NULL").fetchall()
    return int(present)


# A customer at an instant is one who came before it and had not left before it: what happens at the very start of a
# window happens within it. Who left without ever having come was a customer since before anybody looked.
_COHORT = """
WITH stay AS (
    SELECT customer_id, start_us, coalesce(end_us, 1::BIGINT << 62) AS end_us FROM spell
    UNION ALL SELECT customer_id, -(1::BIGINT << 62), us FROM change WHERE NOT came AND place = 1
),
standing AS (
    SELECT
        name, customer_id,
        bool_or(s.start_us < p.start_us AND s.end_us >= p.start_us) AS at_start,
        bool_or(s.start_us < p.end_us AND s.end_us >= p.end_us) AS at_end,
        bool_or(s.start_us < p.start_us) AS ever_before,
        bool_or(s.start_us >= p.start_us AND s.start_us < p.end_us) AS came_within,
        bool_or(s.end_us >= p.start_us AND s.end_us < p.end_us) AS left_within,
        max(s.end_us) FILTER (s.end_us < p.start_us) AS last_left_us,
        any_value(p.start_us) AS start_us
    FROM stay AS s, (FROM period WHERE name <> 'all') AS p
    GROUP BY name, customer_id
)
SELECT
    name,
    count(customer_id) FILTER (at_start),
    count(customer_id) FILTER (at_end),
    count(customer_id) FILTER (at_start AND NOT at_end),
    count(customer_id) FILTER (NOT at_start AND at_end AND NOT ever_before),
    count(customer_id) FILTER (NOT at_start AND at_end AND ever_before),
    count(customer_id) FILTER (NOT at_start AND NOT at_end AND came_within),
    count(customer_id) FILTER (at_start AND at_end AND left_within),
    count(customer_id) FILTER (at_start AND left_within),
    count(customer_id) FILTER (NOT at_start AND last_left_us >= start_us - {winback_us}),
    count(customer_id) FILTER (NOT at_start AND last_left_us >= start_us - {winback_us} AND at_end)
FROM (SELECT name FROM period WHERE name <> 'all') LEFT JOIN standing USING (name)
GROUP BY name
"""
_COUNTED = (
    *("start", "end", "lost", "new", "returned", "transient", "won_back_within"),
    *("left", "lapsed", "regained"),
)


def customers(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of the customers at the start of each window: who of them stays, and who is there at its end beside them."""
    policy = options.policy
    rows = []
    for window, *counts in database.execute(_COHORT.format(winback_us=policy.winback_days * DAY)).fetchall():
        n = dict(zip(_COUNTED, counts, strict=True))
        start = n["start"]
        net, gross = (_percent(n[who], start) for who in ("lost", "left"))
        rows.append(
            {
                "window": window,
                "labels": {},
                **n,
                "acquired": n["new"] + n["returned"],
                "retention": _percent(start - n["lost"], start),
                "churn": gross if policy.churn == "gross" else net,
                "net_churn": net,
                "gross_churn": gross,
                "win_back_rate": _percent(n["regained"], n["lapsed"]),
            }
        )
    return rows


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def tenure(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """The one row of how long customers have been and were customers, years."""
    spans = database.execute(
        f"SELECT until_us - start_us, end_us IS NULL, score FROM spell LEFT JOIN ({_OPINION}) USING (customer_id)"  # noqa: S608 - a constant
    ).fetchall()
    present = [(span, score) for span, lasts, score in spans if lasts]
    long_since = options.policy.long_tenure_years * YEAR
    scores = [score for span, score in present if span >= long_since]
    scored = [score for score in scores if score is not None]
    promoters = sum(score >= 9 for score in scored)
    return [
        {
            "labels": {},
            "customers": len(present),
            "mean_years": _mean_years([span for span, _ in present]),
            "ages": {
                name: sum(span >= start * YEAR and (end is None or span < end * YEAR) for span, _ in present)
                for name, (start, end) in AGES.items()
            },
            "long_tenure": len(scores),
            "long_tenure_scored": len(scored),
            "long_tenure_promoters": promoters,
            "promoter_share": 100 * promoters / len(scored) if scored else None,
            "lifespans": len(spans),
            "lifespan_years": _mean_years([span for span, _, _ in spans]),
        }
    ]


def _mean_years(spans_us: list[int]) -> float | None:
    return sum(spans_us) / len(spans_us) / YEAR if spans_us else None


def lifetime_value(database: duckdb.DuckDBPyConnection, options: Options, now_us: int) -> list[Row]:
    """Rows of what customers spend, and would over a mean lifespan."""
    (lives,) = tenure(database, options, now_us)
    years = lives["lifespan_years"]
    query = """
    SELECT
        name, end_us - start_us, count(customer_id), count(amount_micro), coalesce(sum(amount_micro), 0),
        count(*) FILTER (latest)
    FROM period LEFT JOIN placed_purchase ON "window" = name WHERE name <> 'all'
    GROUP BY ALL
    """
    rows = []
    for window, *counted in database.execute(query).fetchall():
        length, purchases, priced, micro, purchasers = map(int, counted)
        average = micro / 1_000_000 / priced if priced else None
        yearly = purchases / purchasers / (length / YEAR) if purchasers else None
        value = None if average is None or yearly is None or years is None else average * yearly * years
        rows.append(
            {
                "window": window,
                "labels": {},
                "purchases": purchases,
                "priced": priced,
                "revenue": micro / 1_000_000,
                "purchasers": purchasers,
                "average_purchase": average,
                "purchases_per_year": yearly,
                "lifespan_years": years,
                "lifetime_value": value,
            }
        )
    return rows


def signals(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of signals, and the share of the customers that gave them, percent."""
    present = _present(database)

    def numbers(values: tuple[Any, ...]) -> Row:
        n, by = values
        return {"n": n, "customers": by, "share": 100 * by / present if present else None}

    totals = [(window, signal) for window in _bounded(options) for signal in SIGNALS]
    relation = Relation("placed_signal", ("window", "signal"), totals)
    return relation.rows(database, (), Measure("count(*), count(*) FILTER (latest)", numbers, (0, 0)))


FAMILY = Family(
    derive,
    sections={
        "customers": Section(
            customers, ("window",), ("retention", "churn", "net_churn", "gross_churn", "win_back_rate")
        ),
        "tenure": Section(tenure, (), ("mean_years", "promoter_share", "lifespan_years")),
        "lifetime_value": Section(
            lifetime_value, ("window",), ("average_purchase", "purchases_per_year", "lifespan_years", "lifetime_value")
        ),
        "signals": Section(signals, ("window", "signal"), ("share",)),
    },
)
