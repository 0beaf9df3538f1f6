"""Which tickets wait longest for their first response, by id. For leads."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from stream.core.due import NEVER_US
from stream.core.instant import instant
from stream.core.labels import Labels
from stream.core.partition import Partition
from stream.core.seal import TICKET
from stream.core.standing import sla_state
from stream.core.windows import SECOND_US
from stream.engine.view import WorkerView
from stream.serve.api_query import Query
from stream.serve.api_tickets import LIMIT, MOST, answering, own


class WaitingApi:
    """Serves /api/v1/waiting. Who waits is kept in order, so no walk is needed."""

    def __init__(self, view: WorkerView) -> None:
        """Serve this view."""
        self._view = view

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the route."""
        return [web.get("/api/v1/waiting", answering(self._view, self._waiting))]

    async def _waiting(self, request: web.Request) -> dict[str, Any]:
        dimensions = self._view.policy.labels
        query = Query(request.query, ("limit", *dimensions))
        limit, asked = query.number("limit", LIMIT, 1, MOST), query.filter(dimensions)
        totals, _, partitions = await own(self._view)

        def wanted(labels: Labels) -> bool:
            return asked.of(dimensions, labels)

        # No await from here on: the partitions do not change while they are looked at.
        longest = heapq.nsmallest(
            limit,
            (
                (*found, partition.number)
                for partition in partitions
                for found in partition.tickets.longest_waiting(wanted, limit)
            ),
        )
        held = {partition.number: partition for partition in partitions}
        return {
            "as_of": instant(totals.as_of_us),
            "partitions": list(totals.partitions),
            "n": sum(queue.waiting for labels, queue in totals.queues.items() if wanted(labels)),
            "tickets": [_ticket(held[number], key, dimensions, totals.as_of_us) for _, key, number in longest],
        }


def _ticket(partition: Partition, key: bytes, dimensions: tuple[str, ...], now_us: int) -> dict[str, Any]:
    ((_, _, share),) = partition.tickets.look((key,))
    stands = share.open
    assert stands is not None  # else it would not wait
    due = stands.due
    return {
        "ticket_id": key[len(TICKET) :].decode(),
        "labels": dict(zip(dimensions, stands.labels, strict=True)),
        "opened_at": instant(stands.opened_us),
        "waited_seconds": max(0, now_us - stands.opened_us) / SECOND_US,
        "sla": sla_state(due, now_us),
        "target_seconds": None if due is None else due.target_us / SECOND_US,
        "at_risk_at": None if due is None or due.risk_us >= NEVER_US else instant(due.risk_us),
        "due_at": None if due is None or due.deadline_us >= NEVER_US else instant(due.deadline_us),
    }
