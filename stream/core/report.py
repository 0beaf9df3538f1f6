"""The snapshot that people and programs read: the totals, spelt out as rows with n, means, quantiles and scores.

Each group of rows is given in all, for each value of each single dimension, and for each full combination.
No data is not zero: a mean, quantile or score of nothing is None.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from schemas.fields import EPOCH
from stream.core.facts import BACKLOG_STATES
from stream.core.labels import Labels
from stream.core.ledger import COUNT, SUM, Cells
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.standing import AGES_US, Queue
from stream.core.windows import ALL, SECOND_US
from stream.kpi import response, satisfaction

VERSION = 1
Row = dict[str, Any]
Group = tuple[tuple[str, str], ...]  # (dimension, value) pairs; () is the total


def report(totals: Totals, policy: Policy, only_windows: Container[str] | None = None) -> dict[str, Any]:
    """Return the snapshot, version 1, ready for JSON; rows of all windows, or only of those named."""
    shown = [*totals.windows, ALL]
    windows = [name for name in shown if only_windows is None or name in only_windows]
    return {
        "version": VERSION,
        "as_of": instant(totals.as_of_us),
        "watermark": instant(totals.watermark_us),
        "final_until": instant(totals.final_until_us),
        "partitions": list(totals.partitions),
        "variants": policy.variants(),
        "windows": {
            name: {"start": instant(start), "end": instant(end)} for name, (start, end) in totals.windows.items()
        }
        | {ALL: {"start": None, "end": None}},
        "tickets": dict(totals.counts),
        "first_response": list(_first_response(totals, policy, windows)),
        "open_wait": list(_open_wait(totals, policy)),
        "backlog": list(_backlog(totals, policy)),
        "nps": list(_nps(totals, policy, windows)),
    }


def instant(at_us: int | None) -> str | None:
    """Write an instant as RFC 3339 in UTC, with microseconds."""
    if at_us is None:
        return None
    at: datetime = (EPOCH + timedelta(microseconds=at_us)).astimezone(UTC)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _groups(labels: Labels, dimensions: tuple[str, ...]) -> Iterator[Group]:
    pairs = tuple(zip(dimensions, labels, strict=True))
    yield ()
    for pair in pairs:
        yield (pair,)
    if len(pairs) > 1:
        yield pairs


Value = TypeVar("Value")
Name = TypeVar("Name", bound=Hashable)


def _grouped(
    parts: Iterable[tuple[Labels, Value]],
    dimensions: tuple[str, ...],
    add: Callable[[list[Value]], Value],
    none: Value,
) -> Iterator[tuple[dict[str, str], Value]]:
    groups: dict[Group, list[Value]] = {(): [none]}
    for labels, value in parts:
        for group in _groups(labels, dimensions):
            groups.setdefault(group, []).append(value)
    for group in sorted(groups, key=lambda group: (len(group), group)):
        yield dict(group), add(groups[group])


def _by_labels(cells: Cells, names: Mapping[str, Name]) -> dict[Labels, dict[tuple[Name, int], int]]:
    """Sort the cells of some measures by their labels; what is left of a cell is its name and bucket."""
    by_labels: dict[Labels, dict[tuple[Name, int], int]] = {}
    for (measure, labels, bucket), amount in cells.items():
        if measure in names:
            by_labels.setdefault(labels, {})[names[measure], bucket] = amount
    return by_labels


def _sum(parts: list[dict[Name, int]]) -> dict[Name, int]:
    total: dict[Name, int] = {}
    for part in parts:
        for name, amount in part.items():
            total[name] = total.get(name, 0) + amount
    return total


def _first_response(totals: Totals, policy: Policy, windows: Container[str]) -> Iterator[Row]:
    for window, cells in totals.tickets.items():
        if window not in windows:
            continue
        for attribute_to, measure in response.MEASURES.items():
            parts = _by_labels(cells, {measure: measure})
            for labels, added in _grouped(parts.items(), policy.labels, _sum, {}):
                counts = {bucket: amount for (_, bucket), amount in added.items() if bucket != SUM}
                n = sum(counts.values())
                total = added.get((measure, SUM), 0)
                yield {
                    "window": window,
                    "attribute_to": attribute_to,
                    "labels": labels,
                    "n": n,
                    "sum_seconds": total / SECOND_US,
                    "mean_seconds": total / n / SECOND_US if n else None,
                    **_quantiles(counts, policy, (0.5, 0.9, 0.95, 0.99)),
                    "le": {str(le // SECOND_US): count for le, count in policy.buckets.cumulative(counts)}
                    | {"+Inf": n},
                }


def _quantiles(counts: dict[int, int], policy: Policy, quantiles: tuple[float, ...]) -> Row:
    values = policy.buckets.quantiles_us(counts, quantiles)
    return {
        f"p{round(q * 100)}_seconds": None if value is None else value / SECOND_US
        for q, value in zip(quantiles, values, strict=True)
    }


def _empty_queue(policy: Policy) -> Queue:
    return Queue(
        states={},
        ages={name: 0 for name, _, _ in AGES_US},
        longer_than={name: 0 for name, _ in policy.longer_than},
        waiting=0,
        waited_us=0,
        oldest_us=None,
        waits={},
        wait_le=dict.fromkeys(policy.buckets.le_us, 0),
    )


def _queues(totals: Totals, policy: Policy) -> Iterator[tuple[dict[str, str], Queue]]:
    return _grouped(totals.queues.items(), policy.labels, Queue.merge, _empty_queue(policy))


def _open_wait(totals: Totals, policy: Policy) -> Iterator[Row]:
    for labels, queue in _queues(totals, policy):
        if queue.waiting or not labels:
            yield {
                "labels": labels,
                "n": queue.waiting,
                "mean_seconds": queue.waited_us / queue.waiting / SECOND_US if queue.waiting else None,
                "oldest_seconds": None if queue.oldest_us is None else queue.oldest_us / SECOND_US,
                **_quantiles(queue.waits, policy, (0.5, 0.95)),
                "le": {str(le // SECOND_US): count for le, count in queue.wait_le.items()} | {"+Inf": queue.waiting},
            }


def _backlog(totals: Totals, policy: Policy) -> Iterator[Row]:
    for labels, queue in _queues(totals, policy):
        states = {name: queue.states.get(name, 0) for name in BACKLOG_STATES}
        n = sum(states.values())
        if n or not labels:
            yield {
                "labels": labels,
                "n": n,
                **states,
                "ages": dict(queue.ages),
                "longer_than": dict(queue.longer_than),
            }


def _nps(totals: Totals, policy: Policy, windows: Container[str]) -> Iterator[Row]:
    groups = (*satisfaction.GROUPS, satisfaction.UNSCORED)
    for window, cells in totals.surveys.items():
        if window not in windows:
            continue
        for attribute_to in satisfaction.ATTRIBUTE_TO:
            parts = _by_labels(cells, {satisfaction.measure(attribute_to, group): group for group in groups})
            for labels, added in _grouped(parts.items(), policy.labels, _sum, {}):
                counts = {group: added.get((group, COUNT), 0) for group in groups}
                score = satisfaction.net_promoter_score(counts, policy.nps_min_n)
                yield {
                    "window": window,
                    "attribute_to": attribute_to,
                    "labels": labels,
                    "n": sum(counts[group] for group in satisfaction.GROUPS),
                    "promoters": counts[satisfaction.PROMOTER],
                    "passives": counts[satisfaction.PASSIVE],
                    "detractors": counts[satisfaction.DETRACTOR],
                    "unscored": counts[satisfaction.UNSCORED],
                    "score": score.score,
                    "low": score.low,
                    "high": score.high,
                }
