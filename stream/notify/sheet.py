"""What the notify service exposes on /metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from itertools import accumulate

from stream.metric_names import OF_NOTIFY
from stream.metric_names import definitions as defined
from stream.metric_names import notify as names
from stream.metric_names.worker import RELOAD_RESULTS
from stream.notify.attempt import Failure
from stream.notify.standing import GIVEN_UP, Standing
from stream.serve.metrics.exposition import INF, Family
from stream.serve.metrics.sheet import Sheet


def families(standings: Mapping[str, Standing], reloads: Counter[str], now: float) -> Iterable[Family]:
    """Return the metrics of all receivers; now: seconds since the Unix epoch.

    reloads: times the file of receivers was read again, by result.
    """
    sheet = Sheet()
    sheet.value(defined.BUILD_INFO, 1, version("deskpulse"))
    for metric in OF_NOTIFY:
        sheet.family(metric)  # so that each is there, whatever happened
    for result in RELOAD_RESULTS:
        sheet.value(names.RELOADS, reloads[result], result)
    for receiver, standing in standings.items():
        sheet.value(names.SENT, standing.sent, receiver)
        sheet.value(names.RETRIED, standing.retried, receiver)
        sheet.value(names.DUPLICATES, standing.duplicates, receiver)
        sheet.value(names.DELETED_UNSENT, standing.deleted_unsent, receiver)
        for why in Failure:
            sheet.value(names.FAILED, standing.failed[why], receiver, why)
        for reason in GIVEN_UP:
            sheet.value(names.DEAD_LETTERS, standing.dead_letters[reason], receiver, reason)
        if standing.lag is not None:
            sheet.value(names.LAG, standing.lag, receiver)
        sheet.value(names.OLDEST_UNSENT, standing.oldest_seconds(now), receiver)
        delivery = standing.delivery
        bounds = (*(str(float(bound)) for bound in delivery.bounds), INF)
        labels = sheet.start(names.DELIVERY, receiver)
        sheet.family(names.DELIVERY).add_distribution(labels, bounds, list(accumulate(delivery.counts)), delivery.sum)
    return sheet.families
