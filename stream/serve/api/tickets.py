"""What answers about single tickets share: they are of a worker's own partitions, the only ones it knows so well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from aiohttp import web

from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.engine.desk.view import WorkerView
from stream.partition.partition import Partition
from stream.serve.api.query import WrongQueryError
from stream.serve.http.answers import error_answer, json_answer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LIMIT, MOST = 100, 1000


class NotReadyError(RuntimeError):
    """The worker has no numbers, or lost a partition while it was asked."""


class BusyError(RuntimeError):
    """Too many ask at a time; the text says so."""


class Own(NamedTuple):
    """A worker's own numbers, and the partitions that they are of."""

    totals: Totals
    policy: Policy
    partitions: tuple[Partition, ...]


async def own(view: WorkerView) -> Own:
    """Return what this worker shows and holds. Raises NotReadyError if that is nothing."""
    policy = view.policy
    totals = await asyncio.to_thread(lambda: view.totals) if view.ready else None
    held = view.held()
    if totals is None or not held.keys() >= set(totals.partitions):
        raise NotReadyError
    return Own(totals, policy, tuple(held[number] for number in totals.partitions))


def answering(view: WorkerView, make: Callable[[web.Request], Awaitable[dict[str, Any]]]) -> Handler:
    """Return a handler that answers with what is made, or says what is wrong."""

    async def handler(request: web.Request) -> web.StreamResponse:
        try:
            document = await make(request)
        except WrongQueryError as error:
            return error_answer(400, str(error))
        except BusyError as error:
            return error_answer(429, str(error), {"Retry-After": "5"})
        except NotReadyError:
            return error_answer(503, f"not ready: {view.phase}", {"Retry-After": "1"}, phase=view.phase)
        return json_answer(document)

    return handler
