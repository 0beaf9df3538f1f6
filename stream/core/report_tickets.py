"""The sections of the snapshot that are made of tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from stream.core.facts import BACKLOG_STATES
from stream.core.labels import Labels
from stream.core.ledger import COUNT, SUM
from stream.core.report_view import View
from stream.core.rows import Row, added, counted, durations, grouped, percent, quantiles
from stream.core.standing import AGES_US, SLA_STATES, Queue
from stream.core.sums import Amounts
from stream.core.windows import SECOND_US
from stream.kpi import agents, flow, reply, resolution, response, service_level
from stream.kpi.families import FLOW, HANDLING, QUALITY, SERVICE_LEVEL

Section = Callable[[View], Iterator[Row]]

_SHOWN = (0.5, 0.9, 0.95, 0.99)


def _first_response(view: View) -> Iterator[Row]:
    yield from _responses(view, response.MEASURES)


def _first_response_business(view: View) -> Iterator[Row]:
    yield from _responses(view, response.BUSINESS_MEASURES)


def _responses(view: View, measures: dict[str, str]) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.tickets):
        for attribute_to, measure in measures.items():
            for row in durations(sums, measure, view.policy):
                yield {"window": window, "attribute_to": attribute_to, **row}


def _counting_waiting(view: View) -> Iterator[Row]:
    """METRICS.md, row "FRT with the unanswered counted": who waits counts with the wait so far."""
    waits: dict[Labels, Amounts] = {labels: each.waits for labels, each in view.totals.queues.items() if each.waiting}
    for window, sums in view.shown(view.totals.tickets):
        answers = sums.of(response.BY_RESPONSE)
        parts = [(labels, (answers.get(labels, {}), waits.get(labels, {}))) for labels in answers.keys() | waits.keys()]
        for labels, (answered, waiting) in grouped(parts, view.policy.labels, _each_added, ({}, {})):
            durations_ = added([answered, waiting])
            durations_.pop(SUM, None)
            n, n_waiting = sum(durations_.values()), sum(waiting.values())
            yield {
                "window": window,
                "labels": labels,
                "n": n,
                "answered": n - n_waiting,
                "waiting": n_waiting,
                **quantiles(durations_, view.policy, _SHOWN),
            }


def _each_added(parts: list[tuple[Amounts, Amounts]]) -> tuple[Amounts, Amounts]:
    return added([answered for answered, _ in parts]), added([waiting for _, waiting in parts])


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


def _next_reply(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.tickets):
        for row in durations(sums, reply.MEASURE, view.policy):
            yield {"window": window, **row}


def _resolution(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.tickets):
        for which, measure in resolution.MEASURES.items():
            for row in durations(sums, measure, view.policy):
                yield {"window": window, "which": which, **row}


def _flow(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.tickets):
        for _, labels, counts in counted(sums, FLOW, view.policy):
            change = counts["opened"] + counts["reopened"] - counts["resolved"] - counts["abandoned"]
            yield {"window": window, "labels": labels, **counts, "change": change}


def _preferred_channel(view: View) -> Iterator[Row]:
    if "channel" not in view.policy.labels:
        return
    place = view.policy.labels.index("channel")
    for window, sums in view.shown(view.totals.tickets):
        opened: dict[str, int] = {}
        for labels, amounts in sums.of(flow.OPENED).items():
            opened[labels[place]] = opened.get(labels[place], 0) + amounts.get(COUNT, 0)
        of = sum(opened.values())
        for channel, n in sorted(opened.items()):
            yield {"window": window, "channel": channel, "labels": {}, "n": n, "of": of, "share": percent(n, of)}


def _service_level(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.tickets):
        for _, labels, counts in counted(sums, SERVICE_LEVEL, view.policy):
            yield {"window": window, "labels": labels, **counts, "levels": service_level.service_levels(counts)}


def _handling(view: View) -> Iterator[Row]:
    for window, sums in view.shown(view.totals.tickets):
        for _, labels, counts in counted(sums, HANDLING, view.policy):
            opened = counts["opened"]
            yield {
                "window": window,
                "labels": labels,
                **counts,
                "transfer_rate": percent(counts["transferred"], opened),
                "transfers_per_ticket": counts["transfers"] / opened if opened else None,
                "escalation_rate": percent(counts["escalated"], opened),
                "abandonment_rate": percent(counts["given_up"], counts["offered"]),
            }


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
    "first_response": _first_response,
    "first_response_business": _first_response_business,
    "first_response_counting_waiting": _counting_waiting,
    "open_wait": _open_wait,
    "sla": _sla,
    "backlog": _backlog,
    "next_reply": _next_reply,
    "resolution": _resolution,
    "flow": _flow,
    "preferred_channel": _preferred_channel,
    "service_level": _service_level,
    "handling": _handling,
    "quality": _quality,
    "agents": _agents,
}
