"""The sections of the snapshot that are made of surveys."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stream.core.labels import Labels
from stream.core.ledger import COUNT
from stream.core.report_view import View
from stream.core.rows import Row, added, counted, grouped, percent
from stream.core.windows import AHEAD
from stream.kpi import promoters
from stream.kpi.families import BAD_COMMENTS, CES, COVERAGE, COVERAGE_BY, CSAT, DRIVERS, SATISFACTION

Section = Callable[[View], Iterator[Row]]

_NOT_KNOWN = frozenset({"unknown"})


def _nps(view: View) -> Iterator[Row]:
    yield from _promoters(view, promoters.NPS)


def _enps(view: View) -> Iterator[Row]:
    yield from _promoters(view, promoters.ENPS)


def _promoters(view: View, instrument: str) -> Iterator[Row]:
    groups = (*promoters.GROUPS, promoters.UNSCORED)
    for window, sums in view.shown(view.totals.surveys):
        for attribute_to in promoters.ATTRIBUTE_TO:
            found: dict[Labels, dict[str, int]] = {}
            for group in groups:
                for labels, amounts in sums.of(promoters.measure(attribute_to, group, instrument)).items():
                    found.setdefault(labels, {})[group] = amounts.get(COUNT, 0)
            nothing = dict.fromkeys(groups, 0)
            for shown, some in grouped(found.items(), view.policy.labels, added, nothing):
                counts = nothing | some
                score = promoters.net_promoter_score(counts, view.policy.nps_min_n)
                yield {
                    "window": window,
                    "attribute_to": attribute_to,
                    "labels": shown,
                    "n": sum(counts[group] for group in promoters.GROUPS),
                    "promoters": counts[promoters.PROMOTER],
                    "passives": counts[promoters.PASSIVE],
                    "detractors": counts[promoters.DETRACTOR],
                    "unscored": counts[promoters.UNSCORED],
                    "score": score.score,
                    "low": score.low,
                    "high": score.high,
                }


def _csat(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.surveys):
        for _, labels, counts in counted(sums, CSAT, view.policy):
            n = counts["satisfied"] + counts["other"]
            yield {"window": window, "labels": labels, "n": n, **counts, "percent": percent(counts["satisfied"], n)}


def _ces(view: View) -> Iterator[Row]:
    scales = [(str(scale),) for scale in view.policy.definitions.ces_low_effort]
    for window, sums in view.shown(view.totals.surveys):
        for (scale,), labels, counts in counted(sums, CES, view.policy, scales):
            n = counts["low_effort"] + counts["other"]
            yield {
                "window": window,
                "scale": int(scale),
                "labels": labels,
                "n": n,
                **counts,
                "mean": counts["score"] / n if n else None,
                "low_effort_share": percent(counts["low_effort"], n),
            }


def _satisfaction(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.surveys):
        for everywhere in (True, False):
            always = [()] if everywhere else []
            for keys, labels, counts in counted(sums, SATISFACTION, view.policy, always, keyed=not everywhere):
                n = sum(counts.values())
                yield {
                    "window": window,
                    "touchpoint": keys[0] if keys else None,
                    "labels": labels,
                    "n": n,
                    **counts,
                    "ratio": percent(counts["satisfied"], n),
                }


def _coverage(view: View) -> Iterator[Row]:
    ahead = {
        tuple(labels.items()): counts["sent"]
        for _, labels, counts in counted(view.totals.surveys[AHEAD], COVERAGE, view.policy)
    }
    for window, sums in view.shown(view.totals.surveys, over_all=False):
        here = {tuple(labels.items()): counts for _, labels, counts in counted(sums, COVERAGE, view.policy)}
        for group in sorted(here.keys() | ahead.keys(), key=lambda group: (len(group), group)):
            counts = here.get(group, _NOTHING_SENT)
            yield {
                "window": window,
                "labels": dict(group),
                **counts,
                "immature": ahead.get(group, 0),
                "coverage": percent(counts["answered"], counts["sent"]),
            }


_NOTHING_SENT = dict.fromkeys(COVERAGE.fields, 0)


def _coverage_by(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.surveys, over_all=False):
        for (by, value), _, counts in counted(sums, COVERAGE_BY, view.policy, ()):
            share = percent(counts["answered"], counts["sent"])
            yield {"window": window, "by": by, "value": value, "labels": {}, **counts, "coverage": share}


def _blind_spot(view: View) -> Iterator[Row]:
    """METRICS.md, row "survey coverage": the segment or channel that answers least."""
    least: dict[str, Row] = {}
    for row in _coverage_by(view):
        if row["value"] in _NOT_KNOWN or row["sent"] < view.policy.definitions.blind_spot_min_sent:
            continue
        lowest = least.get(row["window"])
        if lowest is None or _blindness(row) < _blindness(lowest):
            least[row["window"]] = row
    for row in least.values():
        yield {name: value for name, value in row.items() if name != "answered"}


def _blindness(row: Row) -> tuple[float, str, str]:
    return row["coverage"], row["by"], row["value"]


def _bad_comments(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.surveys):
        for _, labels, counts in counted(sums, BAD_COMMENTS, view.policy):
            yield {"window": window, "labels": labels, **counts}


def _drivers(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.surveys):
        found = [(keys, counts) for keys, _, counts in counted(sums, DRIVERS, view.policy, ())]
        for (factor, value), counts in found:
            n, low = sum(counts.values()), counts["low"]
            rest = [others for (of, _), others in found if of == factor]
            rest_n = sum(sum(others.values()) for others in rest) - n
            rest_low = sum(others["low"] for others in rest) - low
            share, rest_share = percent(low, n), percent(rest_low, rest_n)
            yield {
                "window": window,
                "factor": factor,
                "value": value,
                "labels": {},
                "n": n,
                "low": low,
                "low_share": share,
                "rest_n": rest_n,
                "rest_low_share": rest_share,
                "difference": None if share is None or rest_share is None else share - rest_share,
            }


SECTIONS: dict[str, Section] = {
    "nps": _nps,
    "enps": _enps,
    "csat": _csat,
    "ces": _ces,
    "satisfaction": _satisfaction,
    "coverage": _coverage,
    "coverage_by": _coverage_by,
    "blind_spot": _blind_spot,
    "bad_comments": _bad_comments,
    "drivers": _drivers,
}
