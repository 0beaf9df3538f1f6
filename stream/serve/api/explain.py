"""How a number was made: which tickets are in it, which are not, and why. For leads.

The walk over what a worker holds is cut into slices, between which the engine goes on; so the answer is of the seconds
in which it was made.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from aiohttp import web

from stream.core.instant import instant
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.windows import ALL
from stream.engine.desk.view import WorkerView
from stream.numbers.declare import Number
from stream.numbers.explained import Choices
from stream.numbers.registry import switched_on
from stream.partition.keys import customer_id, ticket_id
from stream.partition.partition import Partition
from stream.report.explanation import Explanation
from stream.report.question import Question, chosen, options, row_of
from stream.serve.api.query import Filter, Query, WrongQueryError
from stream.serve.api.tickets import LIMIT, MOST, BusyError, NotReadyError, Own, answering, own
from stream.serve.metrics.worker import digest

# The engine goes on after so long.
_SLICE_SECONDS = 0.01
# Tickets that are looked at without looking at the clock.
_STEP = 200
# One explains at a time; so many may wait for their turn.
_MAY_WAIT = 8


class _Asked(NamedTuple):
    """What a request asks for; choices are those that it makes itself."""

    number: Number
    choices: Choices
    window: str
    labels: Filter
    limit: int

    def view(self, mine: Own) -> View:
        """Return what the number is shown from."""
        return View(mine.totals, mine.policy, (self.window or ALL,))

    def question(self, mine: Own) -> Question:
        """Return the question, with what is meant where nothing was chosen."""

        def wanted(labels: Labels) -> bool:
            return self.labels.of(mine.policy.labels, labels)

        meant = chosen(self.number, self.choices, self.view(mine))
        return Question(self.number, meant, self.window, wanted, self.limit)


class ExplainApi:
    """Serves /api/v1/explain."""

    def __init__(self, view: WorkerView) -> None:
        """Serve this view."""
        self._view = view
        self._turn = asyncio.Lock()
        self._asking = 0

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the route."""
        return [web.get("/api/v1/explain", answering(self._view, self._explain))]

    async def _explain(self, request: web.Request) -> dict[str, Any]:
        asked = _asked(request, self._view.policy)
        if self._asking > _MAY_WAIT:
            raise BusyError(f"{self._asking} others have asked to explain a number; one is explained at a time")
        self._asking += 1
        try:
            async with self._turn:
                return await self._answer(request, asked)
        finally:
            self._asking -= 1

    async def _answer(self, request: web.Request, asked: _Asked) -> dict[str, Any]:
        mine = await own(self._view)
        totals, policy, partitions = mine
        number, question = asked.number, await asyncio.to_thread(asked.question, mine)
        explanation = Explanation(question, totals, policy)
        for partition in partitions:
            walk = _customers if number.of_customers else _tickets
            await _in_slices(walk(partition, explanation), request)
            explanation.take_forgotten(partition.seal.tickets, partition.seal.surveys)
        if not set(totals.partitions) <= set(self._view.owned):
            raise NotReadyError  # it lost one on the way, and what it holds of that may be old
        answer, shown = await asyncio.to_thread(lambda: (explanation.answer(), _shown(mine, question, asked)))
        final_until_us = totals.final_until_us
        start_us, end_us = totals.windows.get(question.window, (None, None))
        return {
            "metric": number.name,
            "choices": dict(question.choices),
            "labels": {dimension: list(values) for dimension, values in asked.labels.wanted},
            "window": None
            if not question.window
            else {
                "name": question.window,
                "start": instant(start_us),
                "end": instant(end_us),
                "final": end_us is not None and final_until_us is not None and end_us <= final_until_us,
            },
            "definition": {
                "text": number.definition,
                "page": f"docs/metrics/{number.page}",
                "variants": policy.variants(),
                "policy": digest(policy),
            },
            "as_of": instant(totals.as_of_us),
            "watermark": instant(totals.watermark_us),
            "final_until": instant(final_until_us),
            "partitions": list(totals.partitions),
            "other_partitions": sorted(set(range(policy.partitions)).difference(totals.partitions)),
            "offsets": self._offsets(totals.partitions),
            "shown": shown,
            **answer,
        }

    def _offsets(self, partitions: tuple[int, ...]) -> list[dict[str, Any]]:
        counters = self._view.counters
        return [
            {"topic": topic, "partition": number, "applied": offset, "lag": counters.lag.get((topic, number))}
            for (topic, number), offset in sorted(counters.applied_offsets.items())
            if number in partitions
        ]


def _asked(request: web.Request, policy: Policy) -> _Asked:
    given, numbers = request.query, switched_on(policy)
    if "metric" not in given:
        raise WrongQueryError(f"metric: needed; accepts {', '.join(numbers)}")
    name = Query(given, given).one("metric", tuple(numbers), policy.definitions.numbers_off) or ""
    number = numbers[name]
    accepted, windows = options(number, policy), number.windows(policy)
    dimensions = tuple(name for name in policy.labels if name not in accepted) if number.labelled else ()
    query = Query(given, ("metric", "limit", *accepted, *dimensions, *(("window",) if windows else ())))
    window = query.one("window", windows) or ""
    if windows and not window:
        raise WrongQueryError(f"window: needed for {name}; accepts {', '.join(windows)}")
    made = {option: query.one(option, values or given.getall(option, ())) for option, values in accepted.items()}
    choices = {option: value for option, value in made.items() if value is not None}
    return _Asked(number, choices, window, query.filter(dimensions), query.number("limit", LIMIT, 1, MOST))


def _tickets(partition: Partition, explanation: Explanation) -> Iterator[None]:
    """Look at all tickets of a partition, some in each step."""
    states = partition.tickets.states
    keys = list(states)
    for start in range(0, len(keys), _STEP):
        held = [(key, states[key]) for key in keys[start : start + _STEP] if key in states]
        near = [(ticket_id(key), state) for key, state in held]
        near = [(name, state) for name, state in near if not explanation.passes_over(name, state)]
        explanation.take_tickets(near, partition.each_ticket([state for _, state in near], explanation.number))
        yield


def _customers(partition: Partition, explanation: Explanation) -> Iterator[None]:
    states = partition.clientele.states
    keys = list(states)
    for start in range(0, len(keys), _STEP):
        known = [(customer_id(key), states[key]) for key in keys[start : start + _STEP] if key in states]
        explanation.take_customers(known, partition.each_customer([state for _, state in known], explanation.number))
        yield


async def _in_slices(steps: Iterator[None], request: web.Request) -> None:
    """Take all steps, and let others have the event loop in between."""
    began = time.perf_counter()
    for _ in steps:
        if time.perf_counter() - began >= _SLICE_SECONDS:
            await asyncio.sleep(0)
            if request.transport is None:
                raise BusyError("who asked has gone")
            began = time.perf_counter()


def _shown(mine: Own, question: Question, asked: _Asked) -> dict[str, Any] | None:
    """Return the row of the snapshot with the same labels, None if it has none."""
    wanted = asked.labels.wanted
    labels = {dimension: values[0] for dimension, values in wanted}
    single = all(len(values) == 1 for _, values in wanted) and len(labels) in (0, 1, len(mine.policy.labels))
    return row_of(asked.number, asked.view(mine), question.choices, labels) if single else None
