"""Customers who come, stay, buy and leave. Relations `change`, `spell`, `purchase`,
`refund`, `signal` and `form`."""

from math import exp, sqrt
from typing import Any

import duckdb

from stream.verify.groups import Measure, Relation
from stream.verify.options import Options
from stream.verify.placing import Scope, place
from stream.verify.policy import DAY, YEAR
from stream.verify.section import Family, Row, Section

SIGNALS = ("form_started", "form_abandoned", "call_missed", "app_uninstalled", "web_return")
MICRO = 1_000_000
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
# Millionths, so that sums are exact. Events that name the same purchase are one: made when the first of them says, for
# what the last of them says that says any amount.
_PURCHASE = """
CREATE OR REPLACE TABLE purchase AS
WITH told AS (
    SELECT
        customer_id, us, event_id, CAST(round_even(amount * 1000000, 0) AS BIGINT) AS micro,
        CASE WHEN purchase_id IS NULL THEN 'event ' || event_id ELSE 'purchase ' || purchase_id END AS bought
    FROM admitted WHERE type = 'customer.purchased'
),
made AS (
    SELECT
        customer_id, arg_min(us, (us, event_id)) AS us, arg_min(event_id, (us, event_id)) AS event_id,
        arg_max(micro, (us, event_id)) FILTER (micro IS NOT NULL) AS amount_micro
    FROM told GROUP BY customer_id, bought
)
SELECT
    customer_id, us, amount_micro,
    row_number() OVER (PARTITION BY customer_id ORDER BY us DESC, event_id DESC) = 1 AS latest
FROM made
"""
_REFUND = """
CREATE OR REPLACE TABLE refund AS
SELECT customer_id, us, CAST(round_even(amount * 1000000, 0) AS BIGINT) AS amount_micro
FROM admitted WHERE type = 'customer.refunded'
"""
_SIGNAL = """
CREATE OR REPLACE TABLE signal AS
SELECT
    customer_id, us, signal,
    row_number() OVER (PARTITION BY customer_id, signal ORDER BY us DESC, event_id DESC) = 1 AS latest,
    customer_id IN (SELECT customer_id FROM spell WHERE end_us IS NULL) AS present
FROM admitted WHERE type = 'customer.signal'
"""
# A form that somebody started is abandoned if that comes next, before they start another one.
_FORM = """
CREATE OR REPLACE TABLE form AS
SELECT us, coalesce(following = 'form_abandoned', false) AS abandoned
FROM (
    SELECT us, signal, lead(signal) OVER (PARTITION BY customer_id ORDER BY us, signal DESC) AS following
    FROM signal WHERE signal IN ('form_started', 'form_abandoned')
)
WHERE signal = 'form_started'
"""
# The last NPS answer that names each customer.
_OPINION = """
SELECT customer_id, score FROM admitted
WHERE type = 'survey.answered' AND instrument = 'nps' AND customer_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY us DESC, event_id DESC, entity DESC) = 1
"""


def derive(database: duckdb.DuckDBPyConnection, _options: Options, now_us: int) -> None:
    """Make the relations from `admitted`."""
    for query in (_CHANGE, _SPELL.format(now_us=now_us), _PURCHASE, _REFUND, _SIGNAL, _FORM):
        database.execute(query)
    for relation in ("change", "purchase", "refund", "signal", "form"):
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


def purchases(database: duckdb.DuckDBPyConnection, _options: Options, _now_us: int) -> list[Row]:
    """Rows of what was bought in each window."""
    query = """
    SELECT
        name, count(customer_id), count(amount_micro), coalesce(sum(amount_micro), 0),
        count(customer_id) FILTER (latest)
    FROM period LEFT JOIN placed_purchase ON "window" = name WHERE name <> 'all'
    GROUP BY name
    """
    refunds = """
    SELECT name, count(customer_id), coalesce(sum(amount_micro), 0)
    FROM period LEFT JOIN placed_refund ON "window" = name WHERE name <> 'all'
    GROUP BY name
    """
    given_back = {window: (int(n), int(micro)) for window, n, micro in database.execute(refunds).fetchall()}
    rows = []
    for window, *counted in database.execute(query).fetchall():
        bought, priced, micro, purchasers = map(int, counted)
        refunded, back = given_back[window]
        rows.append(
            {
                "window": window,
                "labels": {},
                "purchases": bought,
                "priced": priced,
                "revenue": micro / MICRO,
                "purchasers": purchasers,
                "refunds": refunded,
                "refunded": back / MICRO,
                "net_revenue": (micro - back) / MICRO,
                "average_purchase": micro / MICRO / priced if priced else None,
            }
        )
    return rows


# Of those of whom it is known when they became a customer. What is bought before that belongs to the first year of
# tenure; what is bought by one who left, to the year in which they left. An end at the very edge of a year belongs to
# the year that ends.
_MONEY_BY_YEAR = """
WITH money AS (
    SELECT row_number() OVER () AS id, customer_id, us, amount_micro
    FROM (
        SELECT customer_id, us, amount_micro FROM purchase
        UNION ALL SELECT customer_id, us, -amount_micro FROM refund
    )
    WHERE amount_micro IS NOT NULL AND customer_id IN (SELECT customer_id FROM spell)
),
placed AS (
    SELECT money.id, money.us, amount_micro, start_us, end_us
    FROM money LEFT JOIN spell ON spell.customer_id = money.customer_id AND start_us <= money.us
    QUALIFY row_number() OVER (PARTITION BY money.id ORDER BY start_us DESC) = 1
)
SELECT
    CASE
        WHEN start_us IS NULL THEN 1
        WHEN end_us IS NULL OR us < end_us THEN (us - start_us) // {year} + 1
        ELSE greatest(1, (end_us - start_us + {year} - 1) // {year})
    END AS year,
    sum(amount_micro)
FROM placed GROUP BY year
"""


def _lives(database: duckdb.DuckDBPyConnection) -> list[tuple[int, bool]]:
    """How long everybody was a customer each time, in microseconds, and whether they left."""
    return database.execute("SELECT until_us - start_us, end_us IS NOT NULL FROM spell").fetchall()


def value_by_year(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows by year of tenure: what was lived in it by all customers, who left in it, and what they brought."""
    money = {int(year): int(micro) for year, micro in database.execute(_MONEY_BY_YEAR.format(year=YEAR)).fetchall()}
    lives = _lives(database)
    rows = []
    for year in range(1, options.policy.ltv_years + 1):
        lived = sum(min(max(span - (year - 1) * YEAR, 0), YEAR) for span, _ in lives)
        lost = sum(left and max(1, -(-span // YEAR)) == year for span, left in lives)
        years, revenue = lived / YEAR, money.get(year, 0) / MICRO
        rows.append(
            {
                "year": year,
                "labels": {},
                "revenue": revenue,
                "lost": lost,
                "lived_years": years,
                "revenue_per_year": revenue / years if lived >= YEAR else None,
                "lost_per_year": lost / years if lived >= YEAR else None,
            }
        )
    return rows


def lifetime_value(database: duckdb.DuckDBPyConnection, options: Options, now_us: int) -> list[Row]:
    """The one row of what a customer is worth, over all lives so far."""
    policy, lives = options.policy, _lives(database)
    ((bought, micro, customers),) = database.execute(
        "SELECT count(amount_micro), coalesce(sum(amount_micro), 0), (SELECT count(DISTINCT customer_id) FROM spell) "
        "FROM purchase WHERE customer_id IN (SELECT customer_id FROM spell)"
    ).fetchall()
    ((back,),) = database.execute(
        "SELECT coalesce(sum(amount_micro), 0) FROM refund WHERE customer_id IN (SELECT customer_id FROM spell)"
    ).fetchall()
    revenue, lived, lost = (
        int(micro - back) / MICRO,
        sum(span for span, _ in lives) / YEAR,
        sum(left for _, left in lives),
    )
    known = bought and lost >= policy.ltv_min_lost
    first_years, first_value = 0, 0.0
    staying = 1.0
    for year in value_by_year(database, options, now_us):
        if year["revenue_per_year"] is None:
            break
        risk = year["lost_per_year"]
        still = staying * exp(-risk)
        first_value += year["revenue_per_year"] * ((staying - still) / risk if risk else staying)
        first_years, staying = first_years + 1, still
    return [
        {
            "labels": {},
            "revenue": revenue,
            "purchases": bought,
            "customers": customers,
            "lost": lost,
            "lived_years": lived,
            "average_purchase": revenue / bought if bought else None,
            "purchases_per_year": bought / lived if lived else None,
            "lifespan_years": lived / lost if lost >= policy.ltv_min_lost else None,
            "lifetime_value": revenue / lost if known else None,
            "error_percent": 100 / sqrt(lost) if known else None,
            "value_so_far": revenue / customers if bought else None,
            "first_years": first_years,
            "first_years_value": first_value if bought and first_years else None,
        }
    ]


def signals(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of signals, and the share of the customers of now that gave them, percent; other people apart."""
    present = _present(database)

    def numbers(values: tuple[Any, ...]) -> Row:
        n, by, prospects = values
        return {"n": n, "customers": by, "prospects": prospects, "share": _percent(by, present)}

    totals = [(window, signal) for window in _bounded(options) for signal in SIGNALS]
    relation = Relation("placed_signal", ("window", "signal"), totals)
    counted = ("count(*)", "count(*) FILTER (latest AND present)", "count(*) FILTER (latest AND NOT present)")
    return relation.rows(database, (), Measure(", ".join(counted), numbers, (0, 0, 0)))


def forms(database: duckdb.DuckDBPyConnection, options: Options, _now_us: int) -> list[Row]:
    """Rows of forms that were started, and the share of them that was then abandoned, percent."""

    def numbers(values: tuple[Any, ...]) -> Row:
        started, abandoned = values
        return {"started": started, "abandoned": abandoned, "rate": _percent(abandoned, started)}

    relation = Relation("placed_form", ("window",), [(window,) for window in _bounded(options)])
    return relation.rows(database, (), Measure("count(*), count(*) FILTER (abandoned)", numbers, (0, 0)))


FAMILY = Family(
    derive,
    sections={
        "customers": Section(
            customers, ("window",), ("retention", "churn", "net_churn", "gross_churn", "win_back_rate")
        ),
        "tenure": Section(tenure, (), ("mean_years", "promoter_share", "lifespan_years")),
        "purchases": Section(purchases, ("window",), ("average_purchase",)),
        "lifetime_value": Section(
            lifetime_value,
            (),
            (
                *("average_purchase", "purchases_per_year", "lifespan_years", "lifetime_value", "error_percent"),
                *("value_so_far", "first_years", "first_years_value"),
            ),
        ),
        "value_by_year": Section(value_by_year, ("year",), ("revenue_per_year", "lost_per_year")),
        "signals": Section(signals, ("window", "signal"), ("share",)),
        "forms": Section(forms, ("window",), ("rate",)),
    },
)
