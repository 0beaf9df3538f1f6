"""The service's own metrics, as Prometheus reads them."""

from __future__ import annotations

from itertools import accumulate

from stream.intake.counters import Counters, Outcome
from stream.intake.signature import Doubt
from stream.metric_names import intake as names
from stream.metric_names import worker
from stream.serve.http.connections import Connections, Doing, Ended
from stream.serve.metrics.exposition import INF, render
from stream.serve.metrics.sheet import Sheet


def exposition(counters: Counters, connections: Connections, now: float, *, openmetrics: bool) -> bytes:
    """Return all of them; now by the clock of `failing_seconds`."""
    sheet = Sheet()
    for source in counters.sources:  # from the start: an increase from nothing to one would not be seen
        for outcome in Outcome:
            sheet.value(names.DELIVERIES, counters.deliveries[source, outcome], source, outcome)
        for doubt in Doubt:
            sheet.value(names.REFUSED, counters.refused[source, doubt], source, doubt)
        sheet.value(names.EVENTS, counters.events[source], source)
        sheet.value(names.DEAD_LETTERS, counters.dead_letters[source], source)
    sheet.family(names.LAST_ACCEPTED)
    for source, at in counters.accepted_at.items():
        sheet.value(names.LAST_ACCEPTED, at, source)
    for result in worker.RELOAD_RESULTS:
        sheet.value(names.RELOADS, counters.reloads[result], result)
    sheet.value(names.FAILING, counters.failing_seconds(now))
    answers = counters.answer_seconds
    bounds = (*map(str, answers.bounds), INF)
    sheet.family(names.ANSWER).add_distribution("", bounds, list(accumulate(answers.counts)), answers.sum)
    doing = connections.by_doing()
    for each in Doing:
        sheet.value(worker.HTTP_CONNECTIONS, doing[each], each)
    for why in Ended:
        sheet.value(worker.HTTP_CONNECTIONS_ENDED, connections.ended[why], why)
    return render(sheet.families, openmetrics=openmetrics)
