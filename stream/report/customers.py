"""The sections of the snapshot that are made of customers, and of the past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import get_args

from schemas import events
from stream.core.customer import MICRO
from stream.core.history import Week
from stream.core.report_view import View
from stream.core.rows import Row, counted, percent
from stream.core.tenure import YEAR_US
from stream.core.windows import AHEAD, SECOND_US
from stream.kpi import baseline, customers
from stream.kpi.families import CONTACT_AVOIDANCE, CUSTOMERS, PURCHASES, SIGNALS

Section = Callable[[View], Iterator[Row]]

_KINDS = [(kind,) for kind in get_args(events.Signal)]


def _contact_avoidance(view: View) -> Iterator[Row]:
    days = [(str(n),) for n in view.policy.definitions.avoidance_days]
    ahead = {
        (keys, tuple(labels.items())): counts["matured"]
        for keys, labels, counts in counted(view.totals.customers[AHEAD], CONTACT_AVOIDANCE, view.policy, days)
    }
    for window, sums in view.shown(view.totals.customers, over_all=False):
        here = {
            (keys, tuple(labels.items())): counts
            for keys, labels, counts in counted(sums, CONTACT_AVOIDANCE, view.policy, days)
        }
        for place in sorted(here.keys() | ahead.keys(), key=lambda place: (place[0], len(place[1]), place[1])):
            counts, immature = here.get(place, _NONE_MATURED), ahead.get(place, 0)
            yield {
                "window": window,
                "days": int(place[0][0]),
                "labels": dict(place[1]),
                **counts,
                "immature": immature,
                "rate": percent(counts["avoided"], counts["matured"]),
                "matured_share": percent(counts["matured"], counts["matured"] + immature),
            }


_NONE_MATURED = dict.fromkeys(CONTACT_AVOIDANCE.fields, 0)


def _customers(view: View) -> Iterator[Row]:
    end = view.totals.tenure.customers
    for window, sums in view.shown(view.totals.customers, over_all=False):
        for _, _, counts in counted(sums, CUSTOMERS, view.policy):
            acquired, lost = counts["acquired"], counts["lost"]
            start = customers.customers_at_start(end, acquired, lost)
            yield {
                "window": window,
                "labels": {},
                "start": start,
                "acquired": acquired,
                "lost": lost,
                "end": end,
                "retention": customers.retention_percent(start, end, acquired),
                "churn": customers.churn_percent(start, lost),
            }


def _tenure(view: View) -> Iterator[Row]:
    tenure = view.totals.tenure
    n, lifespans = tenure.customers, tenure.lifespans
    yield {
        "labels": {},
        "customers": n,
        "mean_years": tenure.tenure_us / n / YEAR_US if n else None,
        "ages": dict(tenure.ages),
        "long_tenure": tenure.long_tenure,
        "long_tenure_scored": tenure.long_tenure_scored,
        "long_tenure_promoters": tenure.long_tenure_promoters,
        "promoter_share": percent(tenure.long_tenure_promoters, tenure.long_tenure_scored),
        "lifespans": lifespans,
        "lifespan_years": tenure.lifespan_us / lifespans / YEAR_US if lifespans else None,
    }


def _lifetime_value(view: View) -> Iterator[Row]:
    tenure = view.totals.tenure
    for window, sums in view.shown(view.totals.customers, over_all=False):
        start_us, end_us = view.totals.windows[window]
        for _, _, counts in counted(sums, PURCHASES, view.policy):
            value = customers.lifetime_value(
                purchases=counts["purchases"],
                priced=counts["priced"],
                revenue_micro=counts["revenue"],
                purchasers=counts["purchasers"],
                window_us=end_us - start_us,
                lifespans=tenure.lifespans,
                lifespan_us=tenure.lifespan_us,
            )
            bought = {**counts, "revenue": counts["revenue"] / MICRO}
            yield {"window": window, "labels": {}, **bought, **value._asdict()}


def _signals(view: View) -> Iterator[Row]:
    of = view.totals.tenure.customers
    for window, sums in view.shown(view.totals.customers, over_all=False):
        for (signal,), _, counts in counted(sums, SIGNALS, view.policy, _KINDS):
            share = percent(counts["customers"], of)
            yield {"window": window, "signal": signal, "labels": {}, **counts, "share": share}


def _baseline(view: View) -> Iterator[Row]:
    history = view.totals.history
    backlog = sum(sum(queue.states.values()) for queue in view.totals.queues.values())

    def median_seconds(week: Week) -> float | None:
        (median_us,) = view.policy.buckets.quantiles_us(week.responses, (0.5,))
        return None if median_us is None else median_us / SECOND_US

    metrics: dict[str, Callable[[Week], float | None]] = {
        "inflow": lambda week: week.inflow,
        "first_response_seconds": median_seconds,
        "backlog": lambda week: backlog - week.change_since,
    }
    this_hour, *weeks = history.weeks
    for metric, value in metrics.items():
        now = backlog if metric == "backlog" else value(this_hour)
        before = [value(week) if history.has(week) else None for week in weeks]
        usual = baseline.usual(before)
        yield {
            "metric": metric,
            "labels": {},
            "now": now,
            "weeks": before,
            **usual._asdict(),
            "unusual": usual.judge(now),
        }


SECTIONS: dict[str, Section] = {
    "contact_avoidance": _contact_avoidance,
    "customers": _customers,
    "tenure": _tenure,
    "lifetime_value": _lifetime_value,
    "signals": _signals,
    "baseline": _baseline,
}
