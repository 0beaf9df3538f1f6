"""The metrics of one scrape, built from the last snapshot and the worker's counters. Nothing is kept in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from stream import metric_names as names
from stream.core.labels import Labels
from stream.core.ledger import COUNT, SUM
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.windows import ALL, SECOND_US
from stream.engine.counters import Counters, Distribution
from stream.engine.view import Phase, WorkerView
from stream.kpi import promoters, response


class DeskCollector(Collector):
    """Collects what a worker shows. Reads the view once a scrape, so all numbers are of one snapshot."""

    def __init__(self, view: WorkerView) -> None:
        """Collect from a worker's view."""
        self._view = view

    def collect(self) -> Iterator[Family]:
        """Yield every metric family that has something to say."""
        totals, policy = self._view.totals, self._view.policy  # the policy may be replaced while a worker runs
        if totals is not None and self._view.ready:
            yield from desk_families(totals, policy)
        yield from worker_families(self._view, policy)


def desk_families(totals: Totals, policy: Policy) -> Iterator[Family]:
    """Yield the numbers of the desk: this worker's share, to be summed over workers."""
    yield from _first_responses(totals, policy)
    yield from _open_tickets(totals, policy)
    yield from _nps(totals, policy)
    yield from _tickets(totals)


def _gauge(metric: names.Metric, policy: Policy | None = None) -> GaugeMetricFamily:
    return GaugeMetricFamily(metric.name, metric.help, labels=_label_names(metric, policy))


def _label_names(metric: names.Metric, policy: Policy | None) -> list[str]:
    result: list[str] = []
    for label in metric.labels:
        result.extend(policy.labels if label == names.DIMENSIONS and policy else [label])
    return result


def _value(metric: names.Metric, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(metric.name, metric.help, value=value)


def _seconds(us: int) -> str:
    return str(float(us) / SECOND_US)


def _first_responses(totals: Totals, policy: Policy) -> Iterator[Family]:
    counts = _gauge(names.FIRST_RESPONSES, policy)
    seconds = GaugeHistogramMetricFamily(
        names.FIRST_RESPONSE_SECONDS.name,
        names.FIRST_RESPONSE_SECONDS.help,
        labels=_label_names(names.FIRST_RESPONSE_SECONDS, policy),
    )
    known = _known_labels(totals)
    for window, cells in totals.tickets.items():
        for attribute_to, measure in response.MEASURES.items():
            by_labels: dict[Labels, dict[int, int]] = {labels: {} for labels in known}
            for (name, labels, bucket), amount in cells.items():
                if name == measure:
                    by_labels.setdefault(labels, {})[bucket] = amount
            for labels, buckets in by_labels.items():
                total = buckets.pop(SUM, 0)
                n = sum(buckets.values())
                counts.add_metric((window, attribute_to, *labels), n)
                if n:  # no data is not zero: an empty window has no distribution
                    seconds.add_metric(
                        (window, attribute_to, *labels), _le(policy.buckets.cumulative(buckets), n), total / SECOND_US
                    )
    yield counts
    yield seconds


def _le(cumulative: Iterable[tuple[int, int]], n: int) -> list[tuple[str, float]]:
    return [(_seconds(le), float(count)) for le, count in cumulative] + [("+Inf", float(n))]


def _known_labels(totals: Totals) -> set[Labels]:
    """Return every combination of label values that ever had a ticket: their counts are 0, not absent."""
    return {labels for _, labels, _ in totals.tickets[ALL]} | set(totals.queues)


def _open_tickets(totals: Totals, policy: Policy) -> Iterator[Family]:
    waiting, oldest = _gauge(names.OPEN_WAIT_TICKETS, policy), _gauge(names.OPEN_WAIT_OLDEST, policy)
    seconds = GaugeHistogramMetricFamily(
        names.OPEN_WAIT_SECONDS.name, names.OPEN_WAIT_SECONDS.help, labels=_label_names(names.OPEN_WAIT_SECONDS, policy)
    )
    states, ages = _gauge(names.BACKLOG_TICKETS, policy), _gauge(names.BACKLOG_AGE_TICKETS, policy)
    longer = _gauge(names.UNRESOLVED_TICKETS, policy)
    for labels, queue in totals.queues.items():
        waiting.add_metric(labels, queue.waiting)
        if queue.oldest_us is not None:
            oldest.add_metric(labels, queue.oldest_us / SECOND_US)
            seconds.add_metric(labels, _le(queue.wait_le.items(), queue.waiting), queue.waited_us / SECOND_US)
        _each(states, queue.states, labels)
        _each(ages, queue.ages, labels)
        _each(longer, queue.longer_than, labels)
    yield from (waiting, oldest, seconds, states, ages, longer)


def _each(family: GaugeMetricFamily, counts: Mapping[str, int], labels: Labels) -> None:
    for name, count in counts.items():
        family.add_metric((name, *labels), count)


def _nps(totals: Totals, policy: Policy) -> Iterator[Family]:
    answers, unscored = _gauge(names.NPS_ANSWERS, policy), _gauge(names.NPS_UNSCORED, policy)
    for window, cells in totals.surveys.items():
        for attribute_to in promoters.ATTRIBUTE_TO:
            groups = {promoters.measure(attribute_to, group): group for group in promoters.GROUPS}
            none = promoters.measure(attribute_to, promoters.UNSCORED)
            for labels in {labels for name, labels, _ in cells if name in groups}:
                for name, group in groups.items():
                    answers.add_metric((window, attribute_to, group, *labels), cells.get((name, labels, COUNT), 0))
            for (name, labels, _), count in cells.items():
                if name == none:
                    unscored.add_metric((window, attribute_to, *labels), count)
    yield from (answers, unscored)


def _tickets(totals: Totals) -> Iterator[Family]:
    for metric, count in (
        (names.TICKETS_HELD, "held"),
        (names.TICKETS_OPENED, "opened"),
        (names.TICKETS_WITHOUT_OPENING, "without_opening"),
        (names.TICKETS_RETRACTED, "retracted"),
    ):
        yield _value(metric, totals.counts[count])
    owned = _gauge(names.PARTITION_OWNED)
    for partition in totals.partitions:
        owned.add_metric((str(partition),), 1)
    yield owned
    yield _value(names.SNAPSHOT_TIMESTAMP, totals.as_of_us / SECOND_US)
    if totals.watermark_us is not None:
        yield _value(names.WATERMARK, totals.watermark_us / SECOND_US)


def worker_families(view: WorkerView, policy: Policy) -> Iterator[Family]:
    """Yield the worker's own health, ready or not."""
    counters = view.counters
    yield _labelled(names.BUILD_INFO, [((version("deskpulse"),), 1)])
    variants = {name: ",".join(v) if isinstance(v, list) else str(v) for name, v in policy.variants().items()}
    yield _labelled(names.VARIANT_INFO, [([variants[label] for label in names.VARIANT_INFO.labels], 1)])
    yield _labelled(names.UP_PHASE, [((phase,), int(phase is view.phase)) for phase in Phase])
    yield _value(names.READY, int(view.ready))
    yield _value(names.SNAPSHOT_SECONDS, view.snapshot_seconds)
    if counters.newest_event_us is not None:
        yield _value(names.NEWEST_EVENT, counters.newest_event_us / SECOND_US)
    lag = [((topic, str(p)), n) for (topic, p), n in counters.lag.items() if n is not None]
    yield _labelled(names.CONSUMER_LAG, lag)
    yield _histogram(names.FRESHNESS, counters.freshness)
    yield _histogram(names.CHUNK_SECONDS, counters.chunk_seconds)
    yield from _counters(counters, view)


def _labelled(metric: names.Metric, samples: Iterable[tuple[Sequence[str], float]]) -> Family:
    family = _gauge(metric)
    for labels, value in samples:
        family.add_metric(labels, value)
    return family


def _histogram(metric: names.Metric, distribution: Distribution) -> Family:
    cumulative, total = [], 0
    for bound, count in zip((*distribution.bounds, None), distribution.counts, strict=True):
        total += count
        cumulative.append(("+Inf" if bound is None else str(float(bound)), float(total)))
    return HistogramMetricFamily(metric.name, metric.help, buckets=cumulative, sum_value=distribution.sum)


def _counters(counters: Counters, view: WorkerView) -> Iterator[Family]:
    plain = {
        names.EVENTS_APPLIED: counters.applied,
        names.DUPLICATES: counters.duplicates,
        names.DEAD_LETTERS: counters.dead_letters,
        names.DEAD_LETTERS_TRUNCATED: counters.dead_letters_truncated,
        names.CHANGELOG_RECORDS: counters.changelog_records,
        names.CHANGELOG_BYTES: counters.changelog_bytes,
        names.FOREIGN_CHANGELOG_WRITES: counters.changelog_foreign,
        names.EVICTED: counters.evicted,
        names.RECOVERY_RECORDS: counters.recovery_records,
        names.RECOVERY_SECONDS: counters.recovery_seconds,
    }
    for metric, value in plain.items():
        yield CounterMetricFamily(metric.name, metric.help, value=value)
    late = {("true",): counters.late - counters.late_dropped, ("false",): counters.late_dropped}
    labelled: dict[names.Metric, Mapping[tuple[str], int] | Mapping[tuple[str, str], int]] = {
        names.RECORDS: {(topic,): n for topic, n in counters.records.items()},
        names.REKEYED: {(topic,): n for topic, n in counters.rekeyed.items()},
        names.REJECTED: counters.rejected,
        names.LATE: late,
        names.CORRECTIONS: {(pane,): n for pane, n in view.corrections.items()},
        names.LABEL_OVERFLOW: {(label,): n for label, n in view.label_overflows.items()},
    }
    for metric, samples in labelled.items():
        family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
        for labels, value in samples.items():
            family.add_metric(labels, value)
        yield family
