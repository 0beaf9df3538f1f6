"""The sections of the snapshot that are made of tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stream.core.facts import BACKLOG_STATES
from stream.core.report_view import View
from stream.core.rows import Row, counted, durations, grouped, percent, quantiles
from stream.core.standing import AGES_US, SLA_STATES, Queue
from stream.core.windows import SECOND_US
from stream.kpi import agents, resolution, service_level
from stream.kpi.families import QUALITY, SERVICE_LEVEL

Section = Callable[[View], Iterator[Row]]


def _queues(view: View) -> Iterator[tuple[dict[str, str], Queue]]:
    policy = view.policy
    nothing = Queue(
        states={},
        ages={name: 0 for name, _, _ in AGES_US},
        longer_than={name: 0 for name, _ in policy.longer_than},
        waiting=0,
        waited_us=0,
        oldest_us=None,
        waits={},
        wait_le=dict.fromkeys(policy.buckets.le_us, 0),
        sla=dict.fromkeys(SLA_STATES, 0),
        lately_breached={},
    )
    return grouped(view.totals.queues.items(), policy.labels, Queue.merge, nothing)


def _open_wait(view: View) -> Iterator[Row]:
    for labels, queue in _queues(view):
        if queue.waiting or not labels:
            yield {
                "labels": labels,
                "n": queue.waiting,
                "mean_seconds": queue.waited_us / queue.waiting / SECOND_US if queue.waiting else None,
                "oldest_seconds": None if queue.oldest_us is None else queue.oldest_us / SECOND_US,
                **quantiles(queue.waits, view.policy, (0.5, 0.95)),
                "le": {str(le // SECOND_US): count for le, count in queue.wait_le.items()} | {"+Inf": queue.waiting},
            }


def _sla(view: View) -> Iterator[Row]:
    for labels, queue in _queues(view):
        if queue.waiting or not labels:
            yield {"labels": labels, "n": queue.waiting, **queue.sla}


def _backlog(view: View) -> Iterator[Row]:
    for labels, queue in _queues(view):
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


def _resolution(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.tickets):
        for which, measure in resolution.MEASURES.items():
            for row in durations(sums, measure, view.policy):
                yield {"window": window, "which": which, **row}


def _service_level(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.tickets):
        for _, labels, counts in counted(sums, SERVICE_LEVEL, view.policy):
            yield {"window": window, "labels": labels, **counts, "levels": service_level.service_levels(counts)}


def _quality(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.tickets):
        for _, labels, counts in counted(sums, QUALITY, view.policy):
            yield {
                "window": window,
                "labels": labels,
                **counts,
                "one_touch_rate": percent(counts["one_touch"], counts["resolved"]),
                "reopen_rate": percent(counts["reopened"], counts["resolved"]),
            }


def _agents(view: View) -> Iterator[Row]:
    """None of a desk whose events name no agent, or a worker of which tells none: nobody can say how many there are."""
    for window in view.policy.agent_windows:
        if view.only_windows is not None and window.name not in view.only_windows:
            continue
        cells = (view.totals.agents or {}).get(window.name)
        if cells is None:
            yield {"window": window.name, "labels": {}, "n": None}
            continue
        for labels, at_work in grouped(agents.by_labels(cells).items(), view.policy.labels, _together, frozenset()):
            yield {"window": window.name, "labels": labels, "n": len(at_work)}


def _together(parts: list[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*parts)


SECTIONS: dict[str, Section] = {
    "open_wait": _open_wait,
    "sla": _sla,
    "backlog": _backlog,
    "resolution": _resolution,
    "service_level": _service_level,
    "quality": _quality,
    "agents": _agents,
}
