"""Tiles of what customers say."""

from __future__ import annotations

from collections.abc import Mapping

from stream.board.interval import wilson_percent
from stream.board.metric import Figure, Metric, of_some
from stream.core.policy import Policy
from stream.core.rows import Row


def _answered(_policy: Policy) -> Mapping[str, object]:
    return {"attribute_to": "answered"}


def _nps(row: Row, _policy: Policy) -> Figure:
    parts: dict[str, float | None] = {group: row[group] for group in ("promoters", "passives", "detractors")}
    score, n = row["score"], row["n"]
    why = None if score is not None else "too_few" if n else "no_data"
    return Figure(score, n, row["low"], row["high"], why, parts)  # type: ignore[arg-type]  # of these words


def _csat(row: Row, _policy: Policy) -> Figure:
    interval = wilson_percent(row["satisfied"], row["n"])
    return of_some(row["percent"], row["n"], *interval)


def _asked_scale(policy: Policy) -> Mapping[str, object]:
    return {"scale": policy.definitions.ces_scale}


def _ces(row: Row, _policy: Policy) -> Figure:
    return of_some(row["mean"], row["n"])._replace(parts={"low_effort_share": row["low_effort_share"]})


def _coverage(row: Row, _policy: Policy) -> Figure:
    interval = wilson_percent(row["answered"], row["sent"])
    return of_some(row["coverage"], row["sent"], *interval)


def _bad_comments(row: Row, _policy: Policy) -> Figure:
    return Figure(row["n"], row["n"])


METRICS = (
    Metric("nps", "nps", "score", "better", _nps, "surveys", ("nps",), where=_answered, kind="score"),
    Metric("csat", "csat", "percent", "better", _csat, "surveys", ("csat",), kind="score"),
    Metric(
        *("ces", "ces", "score", "worse", _ces, "surveys", ("ces",)),
        where=_asked_scale,
        kind="score",
        follows_ease=True,
    ),
    Metric(
        *("survey_coverage", "coverage", "percent", "better", _coverage, "surveys", ("coverage",)),
        over_all=False,
    ),
    Metric("bad_comments", "bad_comments", "count", "worse", _bad_comments, "surveys", ("bad_comments",)),
)
