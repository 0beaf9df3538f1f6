"""The snapshot that people and programs read: the totals, spelt out as rows with n, means, quantiles and scores.

Each group of rows is given in all, for each value of each single dimension, and for each full combination.
No data is not zero: a mean, quantile or score of nothing is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from schemas.fields import EPOCH
from stream.core.labels import Labels
from stream.core.ledger import COUNT, SUM, Cell, Cells
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.standing import AGES_US, Queue
from stream.core.windows import ALL, SECOND_US
from stream.kpi import response, satisfaction

VERSION = 1
Row = dict[str, Any]
Group = tuple[tuple[str, str], ...]  # (dimension, value) pairs; () is the total


def report(totals: Totals, policy: Policy) -> dict[str, Any]:
    """Return the snapshot, version 1, ready for JSON."""
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
        "first_response": list(_first_response(totals, policy)),
        "open_wait": list(_open_wait(totals, policy)),
        "backlog": list(_backlog(totals, policy)),
        "nps": list(_nps(totals, policy)),
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


def _of_measure(cells: Cells, measures: tuple[str, ...]) -> dict[Labels, Cells]:
    by_labels: dict[Labels, Cells] = {}
    for cell, amount in cells.items():
        if cell.measure in measures:
            by_labels.setdefault(cell.labels, {})[cell] = amount
    return by_labels


def _add_unlabelled(parts: list[Cells]) -> Cells:
    total: Cells = {}
    for cells in parts:
        for cell, amount in cells.items():
            plain = cell._replace(labels=())
            total[plain] = total.get(plain, 0) + amount
    return total


def _first_response(totals: Totals, policy: Policy) -> Iterator[Row]:
    for window, cells in totals.tickets.items():
        for attribute_to, measure in response.MEASURES.items():
            parts = _of_measure(cells, (measure,)).items()
            for labels, added in _grouped(parts, policy.labels, _add_unlabelled, {}):
                counts = {cell.bucket: amount for cell, amount in added.items() if cell.bucket != SUM}
                n = sum(counts.values())
                total = added.get(Cell(measure, (), SUM), 0)
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
        states = {name: queue.states.get(name, 0) for name in ("unanswered", "answered", "pending")}
        yield {
            "labels": labels,
            "n": sum(states.values()),
            **states,
            "ages": dict(queue.ages),
            "longer_than": dict(queue.longer_than),
        }


def _nps(totals: Totals, policy: Policy) -> Iterator[Row]:
    groups = (*satisfaction.GROUPS, satisfaction.UNSCORED)
    for window, cells in totals.surveys.items():
        for attribute_to in satisfaction.ATTRIBUTE_TO:
            names = {group: satisfaction.measure(attribute_to, group) for group in groups}
            parts = _of_measure(cells, tuple(names.values())).items()
            for labels, added in _grouped(parts, policy.labels, _add_unlabelled, {}):
                counts = {group: added.get(Cell(name, (), COUNT), 0) for group, name in names.items()}
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
