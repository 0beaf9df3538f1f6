"""The numbers of one partition as a record of the live-counts topic, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from schemas.fields import instant_us
from schemas.live_counts import LIVE_COUNTS, VERSION, WaitingCounts, WaitingRow
from stream.core.cells import COUNT, SUM, Cells
from stream.core.due import NEVER_US, Due
from stream.core.exact_json import exact_json
from stream.core.history import HistoryTotals, Week
from stream.core.instant import instant
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.snapshot import Totals
from stream.core.standing import Queue, Waiting
from stream.core.sums import Sums
from stream.core.tenure import TenureTotals
from stream.core.unread import Unread
from stream.core.waiting import WaitingTicket
from stream.numbers.meaning import Meanings
from stream.numbers.registry import MEANINGS, meanings

Amounts = dict[str, list[list[int]]]


class LiveCounts(NamedTuple):
    """What a record says: who counted, by which definitions (`counted_by`), and the numbers of one partition.

    waiting: the tickets that wait longest, the oldest first; None if it names none, as those of a worker that is set
    so, or was made before records had them.
    """

    worker: str
    counted_by: str
    partitions: int
    totals: Totals
    waiting: tuple[WaitingTicket, ...] | None
    meanings: Meanings = MEANINGS
    """By which version of its meaning each number is counted; none in records of earlier versions."""


def counted_by(policy: Policy) -> str:
    """Return a digest of all that decides what the numbers mean: only what has the same may be added up."""
    meaning = {
        "version": VERSION,
        "meanings": meanings(policy),
        "definitions": dict(policy.definitions.document),
        "variants": policy.variants(),
        "windows": [window.name for window in (*policy.windows, *policy.survey_windows)],
        "le_us": policy.buckets.le_us,
        "longer_than": policy.longer_than,
        "partitions": policy.partitions,
    }
    return blake2b(orjson.dumps(meaning, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


class Author(NamedTuple):
    """Who writes a record: for which desk, which worker, and the digest of the policy it counted by."""

    desk: str
    worker: str
    counted_by: str


def live_counts_to_json(
    totals: Totals, policy: Policy, author: Author, waiting: Sequence[WaitingTicket] | None
) -> bytes:
    """Write the numbers of one partition of a desk; ValueError if they are of none or of several.

    waiting: the tickets there that wait longest, the oldest first; None to name none.
    """
    (partition,) = totals.partitions
    labels = _LabelIndex()
    document: dict[str, Any] = {
        "version": VERSION,
        "kind": "live_counts",
        "desk": author.desk,
        "partition": partition,
        "partitions": policy.partitions,
        "worker": author.worker,
        "counted_by": author.counted_by,
        "meanings": meanings(policy),
        "as_of": instant(totals.as_of_us),
        "watermark": instant(totals.watermark_us),
        "final_until": instant(totals.final_until_us),
        "newest_event": instant(totals.newest_event_us),
        "unread": None if totals.unread is None else totals.unread._asdict(),
        "dimensions": policy.labels,
        "bucket_bounds_us": policy.buckets.bounds_us,
        "windows": {
            name: {"start": instant(start), "end": instant(end)} for name, (start, end) in totals.windows.items()
        },
        "tickets": {name: labels.written(sums.cells) for name, sums in totals.tickets.items()},
        "surveys": {name: labels.written(sums.cells) for name, sums in totals.surveys.items()},
        "customers": {name: labels.written(sums.cells) for name, sums in totals.customers.items()},
        "queues": [_queue(labels[key], queue) for key, queue in totals.queues.items()],
        "tenure": totals.tenure._asdict(),
        "history": {
            "first_opened_us": totals.history.first_opened_us,
            "weeks": [week._asdict() | {"responses": list(week.responses.items())} for week in totals.history.weeks],
        },
        "counts": totals.counts,
    }
    if totals.agents is not None:
        document["agents"] = {name: labels.written(sums.cells) for name, sums in totals.agents.items()}
    if waiting is not None:
        document["waiting_tickets"] = [_waiting_row(ticket, labels[ticket.labels]) for ticket in waiting]
    document["labels"] = list(labels)  # last: by now they are all known
    return exact_json(document)


def live_counts_from_json(value: bytes) -> LiveCounts:
    """Read what `live_counts_to_json` wrote; ValueError, which says where and why, for anything else."""
    try:
        document = LIVE_COUNTS.validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{where or 'the record'}: {first['msg']}") from None
    labels: list[Labels] = [tuple(values) for values in document["labels"]]
    buckets, dimensions = len(document["bucket_bounds_us"]), len(document["dimensions"])
    if any(len(each) < dimensions for each in labels):
        raise ValueError(f"labels: each combination has at least {dimensions} values, those of the dimensions")
    watermark, final_until = document.get("watermark"), document.get("final_until")
    history, agents = document["history"], document.get("agents")
    newest, unread = document.get("newest_event", watermark), document.get("unread")  # older workers tell neither
    try:
        totals = Totals(
            partitions=(document["partition"],),
            as_of_us=instant_us(document["as_of"]),
            watermark_us=None if watermark is None else instant_us(watermark),
            final_until_us=None if final_until is None else instant_us(final_until),
            windows={
                name: (instant_us(window["start"]), instant_us(window["end"]))
                for name, window in document["windows"].items()
            },
            tickets={name: Sums(_cells(amounts, labels, buckets)) for name, amounts in document["tickets"].items()},
            surveys={name: Sums(_cells(amounts, labels, buckets)) for name, amounts in document["surveys"].items()},
            customers={name: Sums(_cells(amounts, labels, buckets)) for name, amounts in document["customers"].items()},
            agents=None
            if agents is None
            else {name: Sums(_cells(amounts, labels, buckets)) for name, amounts in agents.items()},
            queues={
                _of_dimensions("queues", labels[queue["labels"]], dimensions): Queue(
                    queue["states"],
                    queue["ages"],
                    queue["longer_than"],
                    _waiting_of(queue, buckets),
                    _waiting_of(queue.get("reply", _NOBODY), buckets),  # older workers know of no such waits
                )
                for queue in document["queues"]
            },
            tenure=TenureTotals(**document["tenure"]),
            history=HistoryTotals(
                tuple(
                    Week(week["end_us"], week["inflow"], week["change_since"], _in_buckets(week["responses"], buckets))
                    for week in history["weeks"]
                ),
                history["first_opened_us"],
            ),
            counts=document["counts"],
            newest_event_us=None if newest is None else instant_us(newest),
            unread=None if unread is None else Unread(**unread),
        )
        rows = document.get("waiting_tickets")
        waiting = None if rows is None else tuple(_waiting_ticket(row, labels, dimensions) for row in rows)
    except IndexError:
        raise ValueError("labels: a number refers to a combination that is not in the list") from None
    by_version = document.get("meanings", {})
    return LiveCounts(document["worker"], document["counted_by"], document["partitions"], totals, waiting, by_version)


_NOBODY: WaitingCounts = {"waiting": 0, "waited_us": 0, "oldest_us": None, "waits": [], "wait_le": [], "sla": {}}


class _LabelIndex(dict[Labels, int]):
    """Combinations of labels, numbered in the order in which they come."""

    def __missing__(self, labels: Labels) -> int:
        self[labels] = index = len(self)
        return index

    def written(self, cells: Cells) -> dict[str, list[tuple[int, ...]]]:
        by_measure: defaultdict[str, list[tuple[int, ...]]] = defaultdict(list)
        for (measure, labels, bucket), amount in cells.items():
            index = self[labels]
            by_measure[measure].append((index, amount) if bucket == COUNT else (index, bucket, amount))
        return by_measure


def _queue(labels: int, queue: Queue) -> dict[str, Any]:
    return {
        "labels": labels,
        "states": queue.states,
        "ages": queue.ages,
        "longer_than": queue.longer_than,
        **_waiting_counts(queue.first),
        "reply": _waiting_counts(queue.reply),
    }


def _waiting_counts(waiting: Waiting) -> dict[str, Any]:
    return {
        "waiting": waiting.n,
        "waited_us": waiting.waited_us,
        "oldest_us": waiting.oldest_us,
        "waits": list(waiting.waits.items()),
        "wait_le": list(waiting.wait_le.items()),
        "bands": waiting.bands,
        "sla": waiting.sla,
        "lately_breached": list(waiting.lately_breached.items()),
    }


def _waiting_of(counts: WaitingCounts, buckets: int) -> Waiting:
    return Waiting(
        n=counts["waiting"],
        waited_us=counts["waited_us"],
        oldest_us=counts["oldest_us"],
        waits=_in_buckets(counts["waits"], buckets),
        wait_le=_counts(counts["wait_le"]),
        bands=counts.get("bands", {}),
        sla=counts["sla"],
        lately_breached=_counts(counts.get("lately_breached", [])),  # older workers do not tell it
    )


def _waiting_row(ticket: WaitingTicket, labels: int) -> WaitingRow:
    risk_us, deadline_us, target_us = ticket.due or (NEVER_US, NEVER_US, None)
    promised = target_us, _unless_never(risk_us), _unless_never(deadline_us)
    return ticket.ticket_id, labels, ticket.opened_us, *promised, ticket.kind, ticket.since_us


def _waiting_ticket(row: WaitingRow, labels: list[Labels], dimensions: int) -> WaitingTicket:
    ticket_id, index, opened_us, target_us, risk_us, deadline_us, kind, since_us = row
    due = None
    if target_us is not None:
        due = Due(NEVER_US if risk_us is None else risk_us, NEVER_US if deadline_us is None else deadline_us, target_us)
    own = _of_dimensions("waiting_tickets", labels[index], dimensions)
    return WaitingTicket(since_us, ticket_id, own, due, kind, opened_us)


def _unless_never(us: int) -> int | None:
    return None if us >= NEVER_US else us


def _cells(amounts: Amounts, labels: list[Labels], buckets: int) -> Cells:
    cells: Cells = {}
    for measure, rows in amounts.items():
        for row in rows:
            if row[0] < 0:
                raise IndexError
            if len(row) == 3 and not (row[1] == SUM or (0 <= row[1] <= buckets and row[2] >= 0)):
                raise ValueError(f"{measure}: there are the buckets 0 to {buckets}, got {row[2]} in {row[1]}")
            if len(row) == 2:
                cells[measure, labels[row[0]], COUNT] = row[1]
            else:
                cells[measure, labels[row[0]], row[1]] = row[2]
    return cells


def _of_dimensions(where: str, labels: Labels, dimensions: int) -> Labels:
    if len(labels) != dimensions:
        raise ValueError(f"{where}: {len(labels)} labels, and there are {dimensions} dimensions")
    return labels


def _in_buckets(pairs: list[list[int]], buckets: int) -> dict[int, int]:
    counts = _counts(pairs)
    if not all(0 <= bucket <= buckets and count >= 0 for bucket, count in counts.items()):
        raise ValueError(f"there are the buckets 0 to {buckets}, and no counts below 0, got {str(counts)[:100]}")
    return counts


def _counts(pairs: list[list[int]]) -> dict[int, int]:
    return {bucket: count for bucket, count in pairs}  # noqa: C416 - dict() would not type the pairs
