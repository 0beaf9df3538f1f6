"""What each worker writes to the live-counts topic: the numbers of one partition at an instant, as counts to add up.

A record replaces the one before it of its partition. Adding up the records of all partitions gives the numbers of the
desk: every amount is an integer, and shares, means, quantiles and scores are made of the sums, never of each other.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, NotRequired

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from schemas.fields import END_OF_TIME, Instant, instant_us

VERSION = 1

# Readers are to live with fields that are added later.
_TOLERANT = ConfigDict(strict=True, extra="ignore")

Amounts = Annotated[
    list[Annotated[list[int], Field(min_length=2, max_length=3)]],
    Field(
        description="[labels, amount] for plain counts, where labels is an index of the list labels; [labels, bucket, "
        "amount] for durations, where bucket is an index of bucket_bounds_us, or -1 for their sum in microseconds. "
        "What is not listed is 0."
    ),
]
Cells = dict[Annotated[str, Field(description="What is counted.")], Amounts]
Counts = dict[str, int]


def _row(row: object) -> object:
    """Take a row of an earlier version for what it said: a wait for a first response, since the opening."""
    if not isinstance(row, list):
        return row
    return (*row, "first", row[2]) if len(row) == _EARLIER else tuple(row)


_EARLIER = 6
_Happened = Annotated[int, Field(ge=0, lt=instant_us(END_OF_TIME))]
_Due = Annotated[int, Field(ge=0, le=instant_us(datetime.max.replace(tzinfo=UTC)))]
_Target = Annotated[int, Field(ge=0, lt=1 << 63)]
_Labels = Annotated[int, Field(ge=0)]
WaitingRow = Annotated[
    tuple[str, _Labels, _Happened, _Target | None, _Due | None, _Due | None, Literal["first", "reply"], _Happened],
    BeforeValidator(_row),
    Field(
        description="[ticket_id, labels, opened, target, at risk, due, for, since]: labels is an index of the list "
        "labels, target what was promised in microseconds, `for` what the customer waits for, the others are instants "
        "in microseconds since 1970 UTC. Without a promise target, at risk and due are null; at risk or due alone is "
        "null if the schedule has no hours. Earlier versions leave out the last two."
    ),
]
Buckets = Annotated[
    list[Annotated[list[int], Field(min_length=2, max_length=2)]], Field(description="[bucket, count] of each.")
]


@with_config(_TOLERANT)
class WindowBounds(TypedDict):
    """What a window spans: from start, up to and without end."""

    start: Instant
    end: Instant


@with_config(_TOLERANT)
class UnreadCounts(TypedDict):
    """What lies in the topics of the partition and is not counted yet."""

    records: Annotated[int, Field(ge=0)]
    seconds: Annotated[float, Field(ge=0, description="How long the oldest of them has lain there.")]


@with_config(_TOLERANT)
class WaitingCounts(TypedDict):
    """Those who wait for an answer of one kind, now. Durations are microseconds."""

    waiting: Annotated[int, Field(description="How many wait.")]
    waited_us: Annotated[int, Field(description="Sum of how long these have waited.")]
    oldest_us: Annotated[int | None, Field(description="The longest of these waits; null if nobody waits.")]
    waits: Annotated[Buckets, Field(description="[bucket, count] of these waits.")]
    wait_le: Annotated[Buckets, Field(description="[bound in microseconds, how many wait no longer than that].")]
    bands: NotRequired[Annotated[Counts, Field(description="Waiting tickets by how long they have waited.")]]
    sla: Annotated[Counts, Field(description="Waiting tickets by how their promise stands.")]
    lately_breached: NotRequired[
        Annotated[
            Buckets,
            Field(description="[second since 1970 UTC, how many of the breached were due in it], of the last minute."),
        ]
    ]


@with_config(_TOLERANT)
class QueueCounts(WaitingCounts):
    """The open tickets under one set of labels, now; those who wait for their first response stand here themselves."""

    labels: Annotated[int, Field(ge=0, description="Index of the list labels.")]
    states: Annotated[Counts, Field(description="Open tickets by backlog state.")]
    ages: Annotated[Counts, Field(description="Open tickets by time since they were opened.")]
    longer_than: Annotated[Counts, Field(description="Open tickets that were opened longer ago than this.")]
    reply: NotRequired[Annotated[WaitingCounts, Field(description="Those who wait for a reply after a response.")]]


@with_config(_TOLERANT)
class TenureCounts(TypedDict):
    """For how long customers have been customers. Durations are sums in microseconds."""

    customers: int
    tenure_us: int
    ages: Counts
    long_tenure: int
    long_tenure_scored: int
    long_tenure_promoters: int
    lifespans: int
    lifespan_us: int
    first_years_us: NotRequired[Annotated[Counts, Field(description="Of that, by year of tenure, the first ones.")]]


@with_config(_TOLERANT)
class WeekCounts(TypedDict):
    """The hour that ended at end_us, microseconds since 1970 UTC, and how the backlog changed since."""

    end_us: int
    inflow: int
    change_since: int
    responses: Buckets


@with_config(_TOLERANT)
class HistoryCounts(TypedDict):
    """The last full hour (first) and the same hour of the weeks before it."""

    first_opened_us: Annotated[int | None, Field(description="When the first ticket ever was opened.")]
    weeks: list[WeekCounts]


@with_config(_TOLERANT)
class LiveCounts(TypedDict):
    """The numbers of one partition at an instant, and by id the tickets that wait longest."""

    version: Annotated[int, Field(ge=VERSION, le=VERSION, json_schema_extra={"const": VERSION})]
    kind: Literal["live_counts"]
    desk: Annotated[str, Field(description="Whose numbers these are: the setting app_id of its workers.")]
    partition: Annotated[int, Field(ge=0, description="Of which partition; the key of the record.")]
    partitions: Annotated[int, Field(ge=1, description="How many there are: the desk is the sum of all of them.")]
    worker: Annotated[str, Field(description="Who counted.")]
    counted_by: Annotated[
        str,
        Field(
            description="Digest of every setting that changes what a number means. "
            "Add up only records in which it is the same."
        ),
    ]
    meanings: NotRequired[
        Annotated[
            dict[str, int],
            Field(description="Version of the meaning of each number; part of counted_by, and says why that differs."),
        ]
    ]
    as_of: Annotated[Instant, Field(description="The instant the numbers are of.")]
    watermark: NotRequired[Annotated[Instant | None, Field(description="Up to when most likely everything was seen.")]]
    final_until: NotRequired[Annotated[Instant | None, Field(description="Before when numbers are final.")]]
    newest_event: NotRequired[
        Annotated[Instant | None, Field(description="The newest event time so far; null if no event ever came.")]
    ]
    unread: NotRequired[
        Annotated[UnreadCounts | None, Field(description="What is not counted yet; null while that is not known.")]
    ]
    dimensions: Annotated[list[str], Field(description="What the values of a combination of labels are, in order.")]
    labels: Annotated[
        list[list[str]],
        Field(description="Combinations of label values; some measures have further values behind the dimensions."),
    ]
    bucket_bounds_us: Annotated[
        list[int],
        Field(
            description="Upper bounds of the buckets of durations. Bucket i holds what is longer than bound i - 1, and "
            "up to bound i; there is one more, without a bound."
        ),
    ]
    windows: dict[str, WindowBounds]
    tickets: Annotated[dict[str, Cells], Field(description="By window, and `all` for all time.")]
    surveys: Annotated[dict[str, Cells], Field(description="The same; `ahead` is what comes into a window yet.")]
    customers: Annotated[dict[str, Cells], Field(description="The same.")]
    agents: NotRequired[
        Annotated[
            dict[str, Cells],
            Field(
                description="By window of up to an hour: how much each agent did, as `agents/` and the agent's id. How "
                "many are at work is how many different ones there are. No window if no event named an agent. Absent "
                "if the worker tells of none, so that nobody knows how many there are in all."
            ),
        ]
    ]
    queues: list[QueueCounts]
    waiting_tickets: NotRequired[
        Annotated[
            list[WaitingRow],
            Field(
                description="The tickets that wait longest for an answer, the oldest first, at most as many as "
                "the worker is set to name; whether there are more is told by the queues. Absent if it names none."
            ),
        ]
    ]
    tenure: TenureCounts
    history: HistoryCounts
    counts: Annotated[Counts, Field(description="Tickets: held, opened, without_opening, retracted.")]


LIVE_COUNTS: TypeAdapter[LiveCounts] = TypeAdapter(LiveCounts)
