"""The metrics of one scrape, made of the last snapshot and the worker's counters. Nothing is kept in between."""

from __future__ import annotations

from typing import Protocol

from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.snapshot import Totals
from stream.core.sums import Sums
from stream.core.windows import ALL, SECOND_US
from stream.engine.desk.view import WorkerView
from stream.metric_names import snapshot, worker
from stream.numbers.declare import Book
from stream.partition.invariant import invariant
from stream.serve.http.connections import Connections, Doing, Ended
from stream.serve.metrics.exposition import render
from stream.serve.metrics.numbers import Bounds, WindowNumbers, present_numbers
from stream.serve.metrics.sheet import Sheet
from stream.serve.metrics.worker import worker_health


class Streams(Protocol):
    """Who listens to a worker's wallboards."""

    @property
    def listening(self) -> int:
        """Return how many there are."""

    dropped: int
    refused: int


def metrics(
    view: WorkerView, *, openmetrics: bool, streams: Streams | None = None, connections: Connections | None = None
) -> bytes:
    """Return what a worker shows, as text of either format; the numbers are all of one snapshot."""
    totals, policy = view.totals, view.policy  # the policy may be replaced while a worker runs
    sheet = Sheet(policy.labels)
    if totals is not None and view.ready:
        desk(sheet, totals, policy)
    worker_health(sheet, view, policy)
    if streams is not None:
        sheet.value(worker.STREAMS, streams.listening)
        sheet.value(worker.STREAMS_DROPPED, streams.dropped)
        sheet.value(worker.STREAMS_REFUSED, streams.refused)
    if connections is not None:
        by_doing = connections.by_doing()
        for doing in Doing:
            sheet.value(worker.HTTP_CONNECTIONS, by_doing[doing], doing)
        for why in Ended:
            sheet.value(worker.HTTP_CONNECTIONS_ENDED, connections.ended[why], why)
    return render(sheet.families, openmetrics=openmetrics)


def desk(sheet: Sheet, totals: Totals, policy: Policy) -> None:
    """Add the numbers of the desk: this worker's share, to be summed over workers. Each cell is looked at once."""
    tickets_ever, customers_ever = totals.tickets[ALL].measures, totals.customers[ALL].measures
    # Combinations that ever had a ticket: their counts are 0, not absent.
    known = {labels for by_labels in tickets_ever.values() for labels in by_labels} | totals.queues.keys()
    bounds = Bounds(policy.buckets)
    counted = WindowNumbers(sheet, policy, bounds, known, customers_ever)
    books: dict[Book, dict[str, Sums]] = {
        "tickets": totals.tickets,
        "surveys": totals.surveys,
        "customers": totals.customers,
    }
    for book, windows in books.items():
        for window, sums in windows.items():
            counted.add(book, window, sums.measures)
    present_numbers(sheet, View(totals, policy), bounds)
    _state(sheet, totals)


def _state(sheet: Sheet, totals: Totals) -> None:
    """Add what the numbers are made of, and until when."""
    for metric, count in (
        (snapshot.TICKETS_HELD, "held"),
        (snapshot.TICKETS_OPENED, "opened"),
        (snapshot.TICKETS_WITHOUT_OPENING, "without_opening"),
        (snapshot.TICKETS_RETRACTED, "retracted"),
    ):
        sheet.value(metric, totals.counts[count])
    sheet.value(snapshot.INVARIANT_ERROR, invariant(totals).error)
    sheet.family(snapshot.PARTITION_OWNED)
    for partition in totals.partitions:
        sheet.value(snapshot.PARTITION_OWNED, 1, str(partition))
    for window, (start_us, end_us) in totals.windows.items():
        sheet.value(snapshot.WINDOW_SECONDS, (end_us - start_us) / SECOND_US, window)
    sheet.value(snapshot.SNAPSHOT_TIMESTAMP, totals.as_of_us / SECOND_US)
    if totals.watermark_us is not None:
        sheet.value(snapshot.WATERMARK, totals.watermark_us / SECOND_US)
    if totals.final_until_us is not None:
        sheet.value(snapshot.FINAL_UNTIL, totals.final_until_us / SECOND_US)
