"""Tiles of how soon somebody answers, and of what was promised."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stream.board.metric import Figure, Metric, of_some
from stream.core.policy import Policy
from stream.core.rows import Row


def _by_response(_policy: Policy) -> Mapping[str, object]:
    return {"attribute_to": "response"}


def _of(column: str) -> Callable[[Row, Policy], Figure]:
    def read(row: Row, _policy: Policy) -> Figure:
        return of_some(row[column], row["n"])

    return read


def _first_response(name: str, column: str) -> Metric:
    return Metric(
        *(name, "first_response", "seconds", "worse", _of(column), "tickets", ("first_response",)),
        where=_by_response,
        promised="calendar",
    )


def _service_level(row: Row, policy: Policy) -> Figure:
    return of_some(row["levels"][policy.definitions.service_level], row["answered"] + row["abandoned"])


def _answered_on_time(row: Row, _policy: Policy) -> Figure:
    on_time = row["answered_within"]
    parts: dict[str, float | None] = {"on_time": on_time, "late": row["answered"] - on_time}
    return of_some(row["levels"]["A/N"], row["answered"])._replace(parts=parts)


METRICS = (
    _first_response("frt_mean", "mean_seconds"),
    _first_response("frt_median", "p50_seconds"),
    _first_response("frt_p90", "p90_seconds"),
    Metric(
        *("frt_business_p90", "first_response_business", "seconds", "worse", _of("p90_seconds"), "tickets"),
        words=("first_response_business",),
        where=_by_response,
        promised="business",
    ),
    Metric(
        *("service_level", "service_level", "percent", "better", _service_level, "tickets", ("service_level",)),
    ),
    Metric(
        *("answered_on_time", "service_level", "percent", "better", _answered_on_time, "tickets", ("service_level",)),
    ),
    Metric(
        *("next_reply_p90", "next_reply", "seconds", "worse", _of("p90_seconds"), "tickets", ("next_reply",)),
    ),
)
