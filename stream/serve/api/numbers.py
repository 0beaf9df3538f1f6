"""The numbers as JSON: what the whole desk, or this worker, shows at this second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson
from aiohttp import web

from stream.core.instant import instant
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.windows import ALL, SECOND_US
from stream.engine.desk.desk import DeskSnapshot
from stream.engine.desk.view import WorkerView
from stream.numbers.registry import NUMBERS, switched_on
from stream.report.document import report
from stream.serve.api.currency import desk_currency
from stream.serve.api.query import Filter, Query, WrongQueryError
from stream.serve.http.answers import PRIVATE, Body, error_answer, not_modified, tag_of, tagged
from stream.serve.metrics.worker import digest

DESK, WORKER = "desk", "worker"
SCOPES = (DESK, WORKER)
# Answers kept, each to another question: more than a desk has screens that ask for different things.
_KEPT = 32


class Question(NamedTuple):
    """What is asked of the numbers: whose, of which windows and sections (None: all), and under which labels."""

    scope: str
    windows: tuple[str, ...] | None
    sections: tuple[str, ...] | None
    filter: Filter


class Shown(NamedTuple):
    """Numbers that are shown; desk: of which partitions they are, None for those of this worker alone."""

    totals: Totals
    policy: Policy
    desk: dict[str, Any] | None


def known_windows(policy: Policy) -> tuple[str, ...]:
    """Return the names of all windows, and of all time."""
    return (*(window.name for window in policy.windows + policy.survey_windows), ALL)


class _Made(NamedTuple):
    """An answer that is made or being made: of which snapshot and instant, since when, its tag, and its body."""

    serial: int
    as_of_us: int
    begun_at: float
    tag: str
    body: asyncio.Task[Body]


class LiveApi:
    """Serves /api/v1/live. Each second's answer to a question is made once, however many ask.

    One is made at a time, as it would only slow the engine down to make several. Everyone who asks while an older
    answer to the same question is being made gets the next one, so that nothing piles up on a desk for which a second
    is too short, and no answer was begun before it was asked for unless it is of this second.
    """

    def __init__(self, view: WorkerView) -> None:
        """Serve this view."""
        self._view = view
        self._last: dict[str, tuple[Totals, int]] = {}
        self._made: dict[Question, _Made] = {}
        self._turn = asyncio.Semaphore(1)

    def routes(self) -> Iterable[web.RouteDef]:
        """Return the route."""
        return [web.get("/api/v1/live", self.live)]

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Answer with the numbers of this second."""
        view = self._view
        try:
            question = _question(request, view.policy)
        except WrongQueryError as error:
            return error_answer(400, str(error))
        asked_at = time.monotonic()
        while True:
            shown = await asyncio.to_thread(self._shown, question.scope) if view.ready else None
            if shown is None:
                return error_answer(503, f"not ready: {view.phase}", {"Retry-After": "1"}, phase=view.phase)
            serial = self._serial(question.scope, shown.totals)
            made = self._made.get(question)
            if made is None or made.serial == serial or made.body.done() or made.begun_at >= asked_at:
                break
            await asyncio.wait([made.body])
        tag = tag_of(view.worker, serial, shown.totals.as_of_us, shown.desk, digest(shown.policy), question)
        unchanged = not_modified(request, tag, PRIVATE)
        if unchanged is not None:
            unchanged.headers["Age"] = _age(shown.totals.as_of_us, view.clock.wall_us())
            return unchanged
        if made is None or (made.serial != serial and made.body.done()):
            if len(self._made) >= _KEPT and not self._forget_one():
                return error_answer(429, f"{_KEPT} different questions are being answered", {"Retry-After": "1"})
            making = asyncio.create_task(self._make(question, shown))
            made = self._made[question] = _Made(serial, shown.totals.as_of_us, time.monotonic(), tag, making)
        body = await asyncio.shield(made.body)  # who asks first may go, and others wait for the same
        answer = await asyncio.to_thread(tagged, request, body, made.tag, "application/json", PRIVATE)
        answer.headers["Age"] = _age(made.as_of_us, view.clock.wall_us())
        return answer

    def _shown(self, scope: str) -> Shown | None:
        if scope == WORKER:
            policy, totals = self._view.policy, self._view.totals
            return None if totals is None else Shown(totals, policy, None)
        desk = self._view.desk()
        return None if desk is None else Shown(desk.totals, desk.policy, desk_document(desk, self._view))

    def _serial(self, scope: str, totals: Totals) -> int:
        """Return a number that tells snapshots apart: where the clock stands still, as_of alone would not."""
        last, serial = self._last.get(scope, (None, 0))
        if totals is not last:
            serial += 1
            self._last[scope] = totals, serial
        return serial

    async def _make(self, question: Question, shown: Shown) -> Body:
        async with self._turn:
            return await asyncio.to_thread(_spell_out, question, shown)

    def _forget_one(self) -> bool:
        """Forget the oldest answer that is made; returns False if all are being made."""
        for question, made in self._made.items():
            if made.body.done():
                del self._made[question]
                return True
        return False


def _age(as_of_us: int, now_us: int) -> str:
    """Return how old numbers are as they leave, in whole seconds: a body that is made once cannot tell."""
    return str(max(0, now_us - as_of_us) // SECOND_US)


def _question(request: web.Request, policy: Policy) -> Question:
    query = Query(request.query, ("scope", "window", "section", *policy.labels))
    return Question(
        query.one("scope", SCOPES) or DESK,
        query.many("window", known_windows(policy)),
        query.many("section", tuple(switched_on(policy)), policy.definitions.numbers_off),
        query.filter(policy.labels),
    )


def _spell_out(question: Question, shown: Shown) -> Body:
    document = report(shown.totals, shown.policy, question.windows, question.sections)
    if question.filter.wanted:
        for name in NUMBERS.keys() & document.keys():
            document[name] = [row for row in document[name] if question.filter.takes(row["labels"])]
    if shown.desk is not None:
        document["desk"] = shown.desk
    return Body(orjson.dumps(document))


def desk_document(desk: DeskSnapshot, view: WorkerView) -> dict[str, Any]:
    """Return of which partitions the numbers of a desk are, and of which they are not."""
    return {
        "partitions": desk.policy.partitions,
        "sources": [
            {"partition": source.partition, "worker": source.worker, "as_of": instant(source.as_of_us)}
            for source in desk.sources
        ],
        "missing": list(desk.missing),
        "not_comparable": [
            {"partition": each.partition, "worker": each.worker, "reason": each.reason, "text": str(each)}
            for each in desk.incomparable
        ],
        **desk_currency(desk, view.settings, view.broker_time),
        "stale_after_seconds": (desk.valid_until_us - desk.totals.as_of_us) / SECOND_US,
    }
