"""What stands open, as metrics: waits, what was promised for them, and the backlog."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.labels import Labels
from stream.core.standing import Queue
from stream.core.windows import SECOND_US
from stream.metric_names import standing as names
from stream.serve.distributions import Bounds
from stream.serve.sheet import Sheet


def open_tickets(sheet: Sheet, queues: Mapping[Labels, Queue], bounds: Bounds) -> None:
    """Add the open tickets; a combination of labels that ever had one is 0, not absent."""
    waiting, oldest = sheet.family(names.OPEN_WAIT_TICKETS), sheet.family(names.OPEN_WAIT_OLDEST)
    seconds = sheet.family(names.OPEN_WAIT_SECONDS)
    for metric in (names.SLA_TICKETS, names.BACKLOG_TICKETS, names.BACKLOG_AGE_TICKETS, names.UNRESOLVED_TICKETS):
        sheet.family(metric)
    for labels, queue in queues.items():
        text = sheet.dimensions(labels)
        waiting.add(text, queue.waiting)
        if queue.oldest_us is not None:
            oldest.add(text, queue.oldest_us / SECOND_US)
            cumulative = [*queue.wait_le.values(), queue.waiting]
            seconds.add_distribution(text, bounds.texts, cumulative, queue.waited_us / SECOND_US)
        sheet.each(names.SLA_TICKETS, queue.sla, labels)
        sheet.each(names.BACKLOG_TICKETS, queue.states, labels)
        sheet.each(names.BACKLOG_AGE_TICKETS, queue.ages, labels)
        sheet.each(names.UNRESOLVED_TICKETS, queue.longer_than, labels)
