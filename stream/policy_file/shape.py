"""The keys of a policy file: each is optional, and what is left out is as the definitions have it by default.

default.yaml explains every key for users, and docs/policy.md with examples; tests keep the three together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field

from stream.core.definitions import (
    SERVICE_LEVELS,
    Churn,
    ClockName,
    Definitions,
    FirstResponseFrom,
    ReopeningStarts,
)
from stream.core.facts import WaitName
from stream.core.schedule import DAY_NAMES, Schedule
from stream.core.values import CHANNELS, PRIORITIES
from stream.core.windows import DAY_US, HOUR_US, SECOND_US
from stream.policy_file.scalars import (
    LISTED,
    SOME,
    Date,
    DayHours,
    Days,
    Flag,
    InstantUs,
    Name,
    Zone,
    duration,
    one_of,
    whole_number,
)
from stream.yaml_lines import Place

PAUSING = ("pending", "resolved", "closed", "abandoned")
MOST_DAYS = 90
_DEFAULT = Definitions()
_WEEK = dict(zip(DAY_NAMES, Schedule().versions[0].week, strict=True))

Hours = dict[Days, DayHours]
Scale = Annotated[int, whole_number(2, 1000)]
ByScale = dict[Scale, Annotated[int, whole_number(1, 1000)]]
# A thumb is a scale of 1: its scores are 0 and 1.
CsatScale = Annotated[int, whole_number(1, 1000)]
TopByScale = dict[CsatScale, Annotated[int, whole_number(1, 1000)]]
LowByScale = dict[CsatScale, Annotated[int, whole_number(0, 1000)]]


class Part(BaseModel):
    """A part of a policy file: unknown keys are mistakes, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HolidaysPart(Part):
    """The days without hours."""

    country: Name | None = Field(None, description="Public holidays of this country: an ISO 3166 code such as `DE`.")
    subdivision: Name | None = Field(None, description="Of this part of the country too, such as `BY` for Bavaria.")
    dates: Annotated[tuple[Date, ...], LISTED] = Field((), description="Further dates, such as `2026-12-24`.")


class ChangePart(Part):
    """An edit of a schedule."""

    from_: Date = Field(alias="from", description="The local date from which these hours hold.")
    hours: Hours = Field(description="The hours of the week from then on, all of it.")


class SchedulePart(Part):
    """Business hours."""

    zone: Zone = Field("UTC", description="The IANA zone whose clock the hours are read from.")
    hours: Hours = Field(
        default_factory=lambda: dict(_WEEK),
        description="Hours by day or range of days; a day that is not named has none. A list is a day with breaks.",
    )
    changes: tuple[ChangePart, ...] = Field(
        (), description="Edits, oldest first: the past keeps the hours that it had."
    )
    holidays: HolidaysPart = Field(default_factory=HolidaysPart, description="Days without hours.")


class TargetPart(Part):
    """One promise of an answer."""

    within: Annotated[int, duration(SECOND_US, 366 * DAY_US, "1s to 366d, such as 240s, 4m, 24h or 2d")] = Field(
        description="How soon an answer is promised."
    )
    for_: Annotated[WaitName, one_of(*get_args(WaitName))] = Field(
        "first",
        alias="for",
        description="What is promised: the `first` response, or a `reply` to what a customer writes after one.",
    )
    channels: Annotated[tuple[Annotated[str, one_of(*CHANNELS)], ...], LISTED, SOME] | None = Field(
        None, description=f"For tickets of these channels: {', '.join(CHANNELS)}."
    )
    priorities: Annotated[tuple[Annotated[str, one_of(*PRIORITIES)], ...], LISTED, SOME] | None = Field(
        None, description=f"For tickets of these priorities: {', '.join(PRIORITIES)}."
    )
    queues: Annotated[tuple[Name, ...], LISTED, SOME] | None = Field(None, description="For tickets of these queues.")
    from_: InstantUs | None = Field(
        None, alias="from", description="For tickets opened at this instant or later: RFC 3339 with a zone."
    )
    until: InstantUs | None = Field(None, description="For tickets opened before this instant.")
    clock: Annotated[ClockName, one_of(*get_args(ClockName))] = Field(
        "calendar", description="What `within` is measured by: `calendar` time, or the `business` hours of the queue."
    )

    @property
    def serves_all(self) -> bool:
        """Say whether no ticket is excepted."""
        return self.model_fields_set <= {"within", "clock", "for_"}


class CsatPart(Part):
    """How customer satisfaction answers are read."""

    scale: CsatScale = Field(_DEFAULT.csat_scale, description="The scale of answers that do not say theirs.")
    top: TopByScale = Field(
        default_factory=lambda: dict(_DEFAULT.csat_top),
        description="By scale, how many of its best scores are satisfied. Answers of other scales are counted apart. "
        "1 is a thumb, whose scores are 0 and 1.",
    )
    low: LowByScale = Field(
        default_factory=lambda: dict(_DEFAULT.csat_low),
        description="By scale, the highest score that is low: bad comments and drivers.",
    )


class CesPart(Part):
    """How customer effort answers are read."""

    scale: Scale = Field(_DEFAULT.ces_scale, description="The scale of answers that do not say theirs.")
    low_effort: ByScale = Field(
        default_factory=lambda: dict(_DEFAULT.ces_low_effort),
        description="By scale, how many of its scores are little effort. Answers of other scales count nowhere.",
    )
    ease: Flag = Field(
        _DEFAULT.ces_ease,
        description='`true` if a high score means little effort ("it was easy"), `false` if a low one does.',
    )


class ValuesPart(Part):
    """What names of the desk's own stand for, letter case apart."""

    channel: dict[Name, Annotated[str, one_of(*CHANNELS)]] = Field(
        default_factory=dict, description="Names of channels, such as `whatsapp: chat`. Any other counts as `other`."
    )
    priority: dict[Name, Annotated[str, one_of(*PRIORITIES)]] = Field(
        default_factory=dict, description="Names of priorities, such as `critical: urgent`. Any other counts as none."
    )
    queue: dict[Name, Name] = Field(default_factory=dict, description="Other names of queues.")
    brand: dict[Name, Name] = Field(default_factory=dict, description="Other names of brands.")
    segment: dict[Name, Name] = Field(default_factory=dict, description="Other names of segments.")
    language: dict[Name, Name] = Field(default_factory=dict, description="Other names of languages.")


class PolicyPart(Part):
    """The whole file."""

    version: Annotated[int, whole_number(1, 1)] = Field(1, description="The version of this format.")
    schedules: dict[Name, SchedulePart] = Field(
        default_factory=dict, description="Business hours by name. `default` serves whatever queue is not named below."
    )
    queues: dict[Name, Name] = Field(default_factory=dict, description="The schedule of a queue, by its name.")
    targets: tuple[TargetPart, ...] | None = Field(
        None, description="Promised times of answers; the first that fits a ticket counts. `[]` promises nothing."
    )
    at_risk_percent: Annotated[int, whole_number(0, 100)] = Field(
        _DEFAULT.at_risk_percent, description="A waiting ticket is at risk with this share of its target or less left."
    )
    service_level: Annotated[str, one_of(*SERVICE_LEVELS)] = Field(
        _DEFAULT.service_level,
        description="The variant of the service level that counts here; the other four are computed too.",
    )
    short_abandon: Annotated[int, duration(0, HOUR_US, "0s to 1h, such as 5s")] = Field(
        _DEFAULT.short_abandon_us, description="Who gives up sooner than this did not really wait (s in the formula)."
    )
    pausing: Annotated[tuple[Annotated[str, one_of(*PAUSING)], ...], LISTED] = Field(
        (), description=f"Statuses in which the clock of the resolution stands: {', '.join(PAUSING)}."
    )
    solving_stops: Flag = Field(
        _DEFAULT.solving_stops, description="Whether solving a ticket ends a customer's wait for an answer."
    )
    first_response_from: Annotated[FirstResponseFrom, one_of(*get_args(FirstResponseFrom))] = Field(
        _DEFAULT.first_response_from,
        description="What a first response is measured from: the `wait` that it ends, or when the ticket was `opened`.",
    )
    reopening_starts: Annotated[ReopeningStarts, one_of(*get_args(ReopeningStarts))] = Field(
        _DEFAULT.reopening_starts,
        description="Which reopening of a ticket lets its customer wait: by a `customer` (no agent is named), "
        "`any`, `never`.",
    )
    early_answer: Annotated[int, duration(0, DAY_US, "0s to 1d, such as 5m")] = Field(
        _DEFAULT.early_answer_us, description="An answer up to so long before the opening counts at the opening."
    )
    avoidance_days: Annotated[tuple[Annotated[int, whole_number(1, MOST_DAYS)], ...], LISTED, SOME] = Field(
        _DEFAULT.avoidance_days, description="Within how many days no new contact counts as avoided."
    )
    csat: CsatPart = Field(default_factory=CsatPart, description="Customer satisfaction.")
    ces: CesPart = Field(default_factory=CesPart, description="Customer effort.")
    nps_low: Annotated[int, whole_number(0, 10)] = Field(
        _DEFAULT.nps_low, description="An NPS answer of this score or less is low: bad comments and drivers."
    )
    mature_days: Annotated[int, whole_number(1, MOST_DAYS)] = Field(
        _DEFAULT.mature_days, description="How many days a survey may be answered before its coverage is counted."
    )
    blind_spot_min_sent: Annotated[int, whole_number(1, 1_000_000)] = Field(
        _DEFAULT.blind_spot_min_sent, description="With fewer surveys sent a channel or segment is no blind spot."
    )
    long_tenure_years: Annotated[int, whole_number(1, 50)] = Field(
        _DEFAULT.long_tenure_years, description="After how many years a customer is one of long tenure."
    )
    churn: Annotated[Churn, one_of(*get_args(Churn))] = Field(
        _DEFAULT.churn,
        description="Who counts as churned of the customers at the start: those who are not there at the end (`net`), "
        "or all who left at least once, also if they came back (`gross`).",
    )
    winback_days: Annotated[int, whole_number(1, 3650)] = Field(
        _DEFAULT.winback_days, description="Within how many days after leaving a customer may be won back."
    )
    ltv_min_lost: Annotated[int, whole_number(1, 1_000_000)] = Field(
        _DEFAULT.ltv_min_lost, description="With fewer customers ever lost there is no lifetime value."
    )
    ltv_years: Annotated[int, whole_number(1, 20)] = Field(
        _DEFAULT.ltv_years, description="Of how many years of tenure the value is told that needs no lifespan."
    )
    baseline_weeks: Annotated[int, whole_number(1, 8)] = Field(
        _DEFAULT.baseline_weeks, description="With how many earlier weeks this hour is compared."
    )
    numbers_off: Annotated[tuple[Name, ...], LISTED] = Field(
        (), description="Numbers that are not counted at all, by their names in the snapshot, and so cost nothing."
    )
    values: ValuesPart = Field(
        default_factory=ValuesPart,
        description="What the desk's own names of channels, priorities and others stand for.",
    )


def key_of(name: str, part: type[Part]) -> str:
    """Return how the file writes a field: `from`, which is a word of Python, has another name here."""
    return part.model_fields[name].alias or name


def keys_of(part: type[Part]) -> list[str]:
    """Return the keys that a part accepts."""
    return [key_of(name, part) for name in part.model_fields]


def parts(part: type[Part] = PolicyPart) -> Iterator[type[Part]]:
    """Yield a part, and the parts below it."""
    yield part
    for field in part.model_fields.values():
        for below in _parts_in(field.annotation):
            yield from parts(below)


def part_at(place: Place, root: type[Part] = PolicyPart) -> type[Part]:
    """Return the part whose keys stand at a place of a file; root: the whole of it."""
    part = root
    steps = iter(place)
    for step in steps:
        for name, field in part.model_fields.items():
            if step == key_of(name, part) and (below := next(_parts_in(field.annotation), None)):
                part = below
                if get_origin(field.annotation) is dict:
                    next(steps, None)  # a name of the user's own, which may be the same as a key
                break
    return part


def _parts_in(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts_in(inner)
