"""First response time: how long a customer waits for the first public answer."""

from __future__ import annotations

from collections.abc import Iterator

from stream.core.cells import SUM
from stream.core.labels import Labels
from stream.core.report_view import View
from stream.core.rows import added, grouped, quantiles
from stream.core.sums import Amounts
from stream.counting.add import Adds
from stream.model.frame import Tickets
from stream.numbers.cells import Durations
from stream.numbers.declare import Choice, Number, Row, Timed, Windowed
from stream.numbers.explained import Explained, duration_in
from stream.numbers.metric import Gauge, Histogram
from stream.numbers.reasons import WHY_NO_FIRST_RESPONSE
from stream.numbers.tile import Promise, Tile, column

CALENDAR = Durations("first_response")
BUSINESS = Durations("first_response_business")
# By the time of the response, or by that of the opening. Both are published.
ATTRIBUTE_TO = Choice.of("attribute_to", "response", "opened")
_CALENDAR_BY_RESPONSE, _CALENDAR_BY_OPENING = CALENDAR.measure("response"), CALENDAR.measure("opened")
_BUSINESS_BY_RESPONSE, _BUSINESS_BY_OPENING = BUSINESS.measure("response"), BUSINESS.measure("opened")


class FirstResponse(Timed, Windowed):
    """First responses, one a ticket."""

    attribute_to: str


class CountingWaiting(Windowed):
    """First responses and the tickets that wait for theirs, which count with the wait so far."""

    n: int
    answered: int
    waiting: int
    p50_seconds: float | None
    p90_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None


def fold(t: Tickets, add: Adds) -> None:
    """Add how long each first response took, at the response and at the opening."""
    add(_CALENDAR_BY_RESPONSE, t.responded, lasting=t.first_response)
    add(_CALENDAR_BY_OPENING, t.opened, where=t.responded.known, lasting=t.first_response)


def fold_business(t: Tickets, add: Adds) -> None:
    """Add how many of the queue's hours each first response took, at the response and at the opening."""
    worked = t.business(t.answerable, t.responded)
    add(_BUSINESS_BY_RESPONSE, t.responded, lasting=worked)
    add(_BUSINESS_BY_OPENING, t.opened, where=t.responded.known, lasting=worked)


def counting_waiting(view: View) -> Iterator[Row]:
    """Yield the rows of first responses with those who wait."""
    waits: dict[Labels, Amounts] = {
        labels: queue.first.waits for labels, queue in view.totals.queues.items() if queue.first.n
    }
    for window, sums in view.shown(view.totals.tickets):
        answers = sums.of(_CALENDAR_BY_RESPONSE)
        parts = [(labels, (answers.get(labels, {}), waits.get(labels, {}))) for labels in answers.keys() | waits.keys()]
        for labels, (answered, waiting) in grouped(parts, view.policy.labels, _each_added, ({}, {})):
            durations = added([answered, waiting])
            durations.pop(SUM, None)
            n, n_waiting = sum(durations.values()), sum(waiting.values())
            yield {
                "window": window,
                "labels": labels,
                "n": n,
                "answered": n - n_waiting,
                "waiting": n_waiting,
                **quantiles(durations, view.policy, (0.5, 0.9, 0.95, 0.99)),
            }


def _each_added(parts: list[tuple[Amounts, Amounts]]) -> tuple[Amounts, Amounts]:
    return added([answered for answered, _ in parts]), added([waiting for _, waiting in parts])


NUMBERS = (
    Number(
        name="first_response",
        order=100,
        version=2,
        page="first-response-time.md",
        definition="start of the wait -> first public human response that ends it; one value for each ticket",
        shape=FirstResponse,
        book="tickets",
        cells=CALENDAR,
        fold=fold,
        choices=(ATTRIBUTE_TO,),
        why_not=WHY_NO_FIRST_RESPONSE,
        metrics=(
            Gauge(
                "deskpulse_first_responses",
                "First responses in the window, one a ticket, by the time of the response or of the opening "
                "(attribute_to).",
                zeros="tickets",
            ),
            Histogram(
                "deskpulse_first_response_seconds",
                "First response time in calendar seconds: opened to first public response, over the window.",
                everywhere=True,
            ),
        ),
        tiles=(
            Tile("frt_mean", "seconds", "worse", column("mean_seconds"), promised=Promise("calendar")),
            Tile("frt_median", "seconds", "worse", column("p50_seconds"), promised=Promise("calendar")),
            Tile("frt_p90", "seconds", "worse", column("p90_seconds"), promised=Promise("calendar")),
        ),
    ),
    Number(
        name="first_response_business",
        order=101,
        version=2,
        page="first-response-time.md",
        definition="start of the wait -> first public human response that ends it; one value for each ticket",
        shape=FirstResponse,
        book="tickets",
        cells=BUSINESS,
        fold=fold_business,
        choices=(ATTRIBUTE_TO,),
        why_not=WHY_NO_FIRST_RESPONSE,
        metrics=(
            Histogram(
                "deskpulse_first_response_business_seconds",
                "First response time in business seconds, by the hours of the ticket's queue, over the window.",
            ),
        ),
        tiles=(Tile("frt_business_p90", "seconds", "worse", column("p90_seconds"), promised=Promise("business")),),
    ),
    Number(
        name="first_response_counting_waiting",
        order=102,
        version=2,
        page="first-response-time.md",
        definition="start of the wait -> first public human response that ends it; one value for each ticket",
        shape=CountingWaiting,
        book="tickets",
        present="open",
        cells=CALENDAR,
        rows=counting_waiting,
        explained=Explained(field_of=lambda *_: duration_in(_CALENDAR_BY_RESPONSE, "answered")),
        why_not=WHY_NO_FIRST_RESPONSE,
        needs=("first_response",),
    ),
)
