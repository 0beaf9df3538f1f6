"""A worker's own health as metrics, ready or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from importlib.metadata import version

import orjson

from stream.core.policy import Policy
from stream.core.windows import SECOND_US
from stream.engine.desk.view import Phase, WorkerView
from stream.engine.process.counters import Counters, Distribution
from stream.metric_names import Metric
from stream.metric_names import definitions as defined
from stream.metric_names import worker as names
from stream.partition.alarms import KINDS
from stream.serve.metrics.exposition import INF
from stream.serve.metrics.sheet import Sheet

DIGEST_LENGTH = 12
# Counters that are there from the start: an increase from nothing to one would not be seen.
RESULTS = ("written", "refused", "unreadable", "forged")
LOOKS = ("ok", "failed")


def worker_health(sheet: Sheet, view: WorkerView, policy: Policy) -> None:
    """Add what a worker is, does and has done."""
    counters = view.counters
    sheet.value(defined.BUILD_INFO, 1, version("deskpulse"))
    variants = {name: ",".join(v) if isinstance(v, list) else str(v) for name, v in policy.variants().items()}
    variants["service_level"] = policy.definitions.service_level
    sheet.value(defined.VARIANT_INFO, 1, *(variants[label] for label in defined.VARIANT_INFO.labels))
    sheet.value(defined.POLICY_INFO, 1, digest(policy))
    for phase in Phase:
        sheet.value(names.UP_PHASE, int(phase is view.phase), phase)
    sheet.value(names.READY, int(view.fit))
    clock = view.broker_time
    sheet.family(names.CLOCK_OFFSET)
    if (offset := clock.offset_seconds) is not None:
        sheet.value(names.CLOCK_OFFSET, offset)
    sheet.value(names.CLOCK_COMPARED, int(clock.compared))
    sheet.value(names.CLOCK_WRONG, int(not clock.right))
    sheet.value(names.PARTITIONS_SILENT, view.partitions_silent)
    for name, number in definitions(policy).items():
        sheet.value(defined.DEFINITION, number, name)
    sheet.value(names.SNAPSHOT_SECONDS, view.snapshot_seconds)
    if counters.newest_event_us is not None:
        sheet.value(names.NEWEST_EVENT, counters.newest_event_us / SECOND_US)
    sheet.family(names.CONSUMER_LAG)
    for (topic, partition), records in counters.lag.items():
        if records is not None:
            sheet.value(names.CONSUMER_LAG, records, topic, str(partition))
    for work, seconds in counters.failing_seconds.items():
        sheet.value(names.SEND_FAILING, seconds, work)
    sheet.value(names.UNSAVED_STATES, sum(counters.unsaved_states.values()))
    sheet.family(names.PARTITIONS_MISPLACED)
    for (topic, problem), partitions in counters.misplaced.items():
        sheet.value(names.PARTITIONS_MISPLACED, partitions, topic, problem)
    sheet.family(names.CHANGELOG_BAD_RECORDS)
    for partition_held, bad in counters.changelog_bad.items():
        sheet.value(names.CHANGELOG_BAD_RECORDS, bad, partition_held)
    for reason, partitions in view.partitions_not_comparable.items():
        sheet.value(names.PARTITIONS_NOT_COMPARABLE, partitions, reason)
    _histogram(sheet, names.FRESHNESS, counters.freshness)
    _histogram(sheet, names.CHUNK_SECONDS, counters.chunk_seconds)
    _histogram(sheet, names.ALERT_DELAY, counters.alert_delay)
    _plain_counters(sheet, counters)
    _labelled_counters(sheet, counters, view)


def definitions(policy: Policy) -> dict[str, int]:
    """Return the numbers of the definitions that rules and boards need: least n, shares in percent, and partitions."""
    return {
        "partitions": policy.partitions,
        "nps_min_n": policy.nps_min_n,
        "blind_spot_min_sent": policy.definitions.blind_spot_min_sent,
        "ltv_min_lost": policy.definitions.ltv_min_lost,
        "at_risk_percent": policy.definitions.at_risk_percent,
    }


def digest(policy: Policy) -> str:
    """Return what tells the definitions of two workers apart."""
    document = orjson.dumps(dict(policy.definitions.document), option=orjson.OPT_SORT_KEYS)
    return sha256(document).hexdigest()[:DIGEST_LENGTH]


def _histogram(sheet: Sheet, metric: Metric, distribution: Distribution) -> None:
    cumulative, total = [], 0
    for count in distribution.counts:
        total += count
        cumulative.append(total)
    bounds = (*(str(float(bound)) for bound in distribution.bounds), INF)
    sheet.family(metric).add_distribution("", bounds, cumulative, distribution.sum)


def _plain_counters(sheet: Sheet, counters: Counters) -> None:
    for metric, value in {
        names.EVENTS_APPLIED: counters.applied,
        names.DUPLICATES: counters.duplicates,
        names.DEAD_LETTERS: counters.dead_letters,
        names.DEAD_LETTERS_TRUNCATED: counters.dead_letters_truncated,
        names.CHANGELOG_RECORDS: counters.changelog_records,
        names.CHANGELOG_BYTES: counters.changelog_bytes,
        names.FOREIGN_CHANGELOG_WRITES: counters.changelog_foreign,
        names.CHANGELOG_LOST: counters.changelog_lost,
        names.EVICTED: counters.evicted,
        names.RECOVERY_RECORDS: counters.recovery_records,
        names.RECOVERY_SECONDS: counters.recovery_seconds,
        names.NOTICES_REFUSED: counters.notices_refused,
        names.ALERTS_SKIPPED: counters.alerts_skipped,
        names.LIVE_COUNTS_BYTES: counters.live_counts_bytes,
    }.items():
        sheet.value(metric, value)


def _labelled_counters(sheet: Sheet, counters: Counters, view: WorkerView) -> None:
    read = dict.fromkeys(sorted({topic for topic, _ in counters.lag}), 0)  # from the start, as above
    by_name: dict[Metric, Mapping[str, int]] = {
        names.RECORDS: counters.records,
        names.RECORDS_READ_AGAIN: read | counters.read_again,
        names.RECORDS_DELETED_UNREAD: read | counters.deleted_unread,
        names.TOPIC_CUT_BACKS: read | counters.cut_back,
        names.OFFSETS_MOVED: read | counters.moved,
        names.EVENT_IDS_REUSED: counters.reused,
        names.VALUES_NOT_UNDERSTOOD: counters.misunderstood.events,
        names.REKEYED: counters.rekeyed,
        names.LATE: {"true": counters.late - counters.late_dropped, "false": counters.late_dropped},
        names.CORRECTIONS: view.corrections,
        names.LABEL_OVERFLOW: view.label_overflows,
        names.NOTICES: counters.notices,
        names.ALERTS: dict.fromkeys(KINDS, 0) | counters.alerts,
        names.LIVE_COUNTS: dict.fromkeys(RESULTS, 0) | counters.live_counts,
        names.GROUP_LOOKS: dict.fromkeys(LOOKS, 0) | counters.group_looks,
        names.POLICY_RELOADS: dict.fromkeys(names.RELOAD_RESULTS, 0) | counters.policy_reloads,
    }
    for metric, samples in by_name.items():
        _counter(sheet, metric, [((name,), count) for name, count in samples.items()])
    _counter(sheet, names.REJECTED, counters.rejected.items())


def _counter(sheet: Sheet, metric: Metric, samples: Iterable[tuple[Sequence[str], int]]) -> None:
    sheet.family(metric)
    for labels, count in samples:
        sheet.value(metric, count, *labels)
