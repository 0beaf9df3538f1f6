"""Tiles of the work: what comes, what goes, how long it takes, and how well it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stream.board.metric import Figure, Metric, of_some
from stream.core.policy import Policy
from stream.core.rows import Row

_FLOWS = ("opened", "reopened", "resolved", "abandoned")


def _sum_of(*flows: str) -> Callable[[Row, Policy], Figure]:
    def read(row: Row, _policy: Policy) -> Figure:
        n = sum(row[flow] for flow in flows)
        return Figure(n, n, parts={flow: row[flow] for flow in flows})

    return read


def _change(row: Row, _policy: Policy) -> Figure:
    parts: dict[str, float | None] = {flow: row[flow] for flow in _FLOWS}
    return Figure(row["change"], sum(row[flow] for flow in _FLOWS), parts=parts)


def _first_time(_policy: Policy) -> Mapping[str, object]:
    return {"which": "first"}


def _median(row: Row, _policy: Policy) -> Figure:
    return of_some(row["p50_seconds"], row["n"])


def _rate(column: str, of: str) -> Callable[[Row, Policy], Figure]:
    def read(row: Row, _policy: Policy) -> Figure:
        return of_some(row[column], row[of])

    return read


def _inflow_baseline(_policy: Policy) -> Mapping[str, object]:
    return {"metric": "inflow"}


def _against_usual(row: Row, _policy: Policy) -> Figure:
    """This hour, the band of the weeks before as its interval, and of how many weeks that is; METRICS.md, baseline."""
    unusual = row["unusual"]
    return Figure(
        row["now"],
        row["n"],
        row["low"],
        row["high"],
        parts={"usual": row["median"]},
        judged=None if unusual is None else "good" if unusual == "usual" else "warn",
    )


METRICS = (
    Metric("inflow", "flow", "count", "neutral", _sum_of("opened", "reopened"), "tickets", ("flow",)),
    Metric("outflow", "flow", "count", "better", _sum_of("resolved", "abandoned"), "tickets", ("flow",)),
    Metric("in_out", "flow", "count", "worse", _change, "tickets", ("flow",), kind="flow"),
    Metric(
        *("resolution_median", "resolution", "seconds", "worse", _median, "tickets", ("resolution",)),
        where=_first_time,
    ),
    Metric(
        *("one_touch", "quality", "percent", "better", _rate("one_touch_rate", "resolved"), "tickets", ("quality",)),
    ),
    Metric("reopened", "quality", "percent", "worse", _rate("reopen_rate", "resolved"), "tickets", ("quality",)),
    Metric(
        *("abandonment", "handling", "percent", "worse", _rate("abandonment_rate", "offered")),
        *("tickets", ("handling",)),
    ),
    Metric(
        *("inflow_vs_usual", "baseline", "per_hour", "neutral", _against_usual),
        where=_inflow_baseline,
        labelled=False,
    ),
)
