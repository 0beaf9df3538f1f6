"""Which tickets of the desk wait longest for an answer, by id. For leads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from typing import Any

from aiohttp import web

from stream.core.due import NEVER_US
from stream.core.facts import WAITS
from stream.core.instant import instant
from stream.core.labels import Labels
from stream.core.standing import sla_state
from stream.core.waiting import WaitingTicket, Waits, longest_waits, told_waits
from stream.core.windows import SECOND_US
from stream.engine.desk.desk import DeskSnapshot
from stream.engine.desk.view import WorkerView
from stream.serve.api.numbers import desk_document
from stream.serve.api.query import Query
from stream.serve.api.tickets import LIMIT, MOST, NotReadyError, answering


class WaitingApi:
    """Serves /api/v1/waiting.

    Who waits in this worker's own partitions it knows in full; of the others', it knows whom their records name.
    """

    def __init__(self, view: WorkerView) -> None:
        """Serve this view."""
        self._view = view

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the route."""
        return [web.get("/api/v1/waiting", answering(self._view, self._waiting))]

    async def _waiting(self, request: web.Request) -> dict[str, Any]:
        dimensions = self._view.policy.labels
        query = Query(request.query, ("limit", "for", *dimensions))
        limit, asked = query.number("limit", LIMIT, 1, MOST), query.filter(dimensions)
        kinds = query.many("for", WAITS) or WAITS

        def wanted(labels: Labels) -> bool:
            return asked.of(dimensions, labels)

        desk = await asyncio.to_thread(self._view.desk) if self._view.ready else None
        if desk is None:
            raise NotReadyError
        # No await from here on: the partitions do not change while they are looked at.
        found = longest_waits(self._waits(desk, limit, wanted, kinds), limit)
        totals, missing, behind = desk.totals, desk.missing, desk.behind
        return {
            "as_of": instant(totals.as_of_us),
            "partitions": list(totals.partitions),
            "n": sum(
                queue.waiting(kind).n for labels, queue in totals.queues.items() if wanted(labels) for kind in kinds
            ),
            "complete": found.complete and not missing and not behind,
            "certain": found.certain,
            "tickets": [_ticket(each, dimensions, totals.as_of_us) for each in found.tickets],
            "desk": desk_document(desk, self._view)
            | {
                "behind": list(behind),
                "unnamed": [each.partition for each in desk.sources if each.record and each.record.waiting is None],
            },
        }

    def _waits(
        self, desk: DeskSnapshot, limit: int, wanted: Callable[[Labels], bool], kinds: Collection[str]
    ) -> list[Waits]:
        """Return who waits in each partition; raises NotReadyError if one of our own was lost meanwhile."""
        held, owned = self._view.held(), self._view.owned
        waits: list[Waits] = []
        for source in desk.sources:
            if source.record is not None:
                part = source.record.totals
                waits.append(told_waits(source.record.waiting, part.queues, part.as_of_us, wanted, kinds))
            elif source.partition in held and source.partition in owned:
                waits.append(Waits(held[source.partition].longest_waiting(wanted, limit, kinds)))
            else:
                raise NotReadyError
        return waits


def _ticket(ticket: WaitingTicket, dimensions: tuple[str, ...], now_us: int) -> dict[str, Any]:
    due = ticket.due
    return {
        "ticket_id": ticket.ticket_id,
        "labels": dict(zip(dimensions, ticket.labels, strict=True)),
        "for": ticket.kind,
        "opened_at": instant(ticket.opened_us),
        "wait_began_at": instant(ticket.since_us),
        "waited_seconds": max(0, now_us - ticket.since_us) / SECOND_US,
        "sla": sla_state(due, now_us),
        "target_seconds": None if due is None else due.target_us / SECOND_US,
        "at_risk_at": None if due is None or due.risk_us >= NEVER_US else instant(due.risk_us),
        "due_at": None if due is None or due.deadline_us >= NEVER_US else instant(due.deadline_us),
    }
