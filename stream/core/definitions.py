"""What the policy file says: targets, schedules, scales and thresholds, with the defaults that serve without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from stream.core.facts import WaitName
from stream.core.schedule import DAY_NAMES, Schedule, Schedules
from stream.core.values import Meanings
from stream.core.windows import HOUR_US, MINUTE_US, SECOND_US

ClockName = Literal["calendar", "business"]
Churn = Literal["net", "gross"]
FirstResponseFrom = Literal["wait", "opened"]
ReopeningStarts = Literal["customer", "any", "never"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SERVICE_LEVELS = ("A/(N+B)", "A/(N+B-s)", "A/(N+B-b)", "(A+b)/(N+B)", "A/N")


@dataclass(frozen=True, slots=True)
class Target:
    """How soon an answer is promised, to whom, and for tickets opened from when until when.

    wait: what it is promised for, the first response or a reply.

    A ticket matches if its channel, priority and queue are among those named (None: any) and it was opened in
    [from_us, until_us) (None: no bound). target_us is measured by the clock named.
    """

    target_us: int
    channels: frozenset[str] | None = None
    priorities: frozenset[str] | None = None
    queues: frozenset[str] | None = None
    from_us: int | None = None
    until_us: int | None = None
    clock: ClockName = "calendar"
    wait: WaitName = "first"


def _channels(*names: str) -> frozenset[str]:
    return frozenset(names)


DEFAULT_TARGETS = (
    Target(4 * MINUTE_US, _channels("phone")),
    Target(2 * MINUTE_US, _channels("chat")),
    Target(HOUR_US, _channels("social")),
    Target(24 * HOUR_US, _channels("email", "form")),
)


@dataclass(frozen=True, slots=True)
class Definitions:
    """The definitions in force; docs/policy.md has them as keys.

    targets: the first that serves a ticket counts. at_risk_percent: at risk is a ticket with this share of its
    target or less left. first_response_from: a first response is measured from when its wait began, or from the
    opening. reopening_starts: by whom a ticket has to be reopened that an answer is owed then. early_answer_us: an
    answer so much before the opening counts at the opening. pausing: statuses in which the clock of the resolution
    stands. csat_top and ces_low_effort: by the top of the scale, how many of its best (least) scores count; csat_low:
    the highest score that is low. csat_scale and ces_scale are the scales of answers that do not say theirs. ces_ease:
    a high score means little effort. nps_low: an NPS answer at or under it is low. churn: of those at the start, who is
    not there at the end (net), or who left at least once (gross). ltv_min_lost: with fewer losses there is no lifetime
    value; ltv_years: of how many years of tenure the value is told that needs no lifespan. numbers_off: numbers that
    are not counted, by name. values: what names of the desk's own stand for.
    """

    targets: tuple[Target, ...] = DEFAULT_TARGETS
    at_risk_percent: int = 20
    service_level: str = "A/(N+B-s)"
    short_abandon_us: int = 5 * SECOND_US
    pausing: frozenset[str] = frozenset()
    solving_stops: bool = True
    first_response_from: FirstResponseFrom = "wait"
    reopening_starts: ReopeningStarts = "customer"
    early_answer_us: int = 5 * MINUTE_US
    avoidance_days: tuple[int, ...] = (1, 2, 3)
    csat_scale: int = 5
    csat_top: Mapping[int, int] = field(default_factory=lambda: {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 7: 2, 10: 3})
    csat_low: Mapping[int, int] = field(default_factory=lambda: {1: 0, 2: 1, 3: 1, 4: 2, 5: 2, 7: 3, 10: 4})
    ces_scale: int = 7
    ces_low_effort: Mapping[int, int] = field(default_factory=lambda: {5: 2, 7: 3, 10: 3})
    ces_ease: bool = False
    nps_low: int = 6
    mature_days: int = 7
    blind_spot_min_sent: int = 20
    long_tenure_years: int = 3
    churn: Churn = "net"
    winback_days: int = 365
    ltv_min_lost: int = 5
    ltv_years: int = 3
    baseline_weeks: int = 4
    numbers_off: frozenset[str] = frozenset()
    schedules: Schedules = field(default_factory=Schedules)
    values: Meanings = field(default_factory=Meanings)

    @property
    def document(self) -> dict[str, Any]:
        """Return all of this ready for JSON, as the snapshot shows it: the normalised content of a policy file."""
        return definitions_document(self)


def definitions_document(definitions: Definitions) -> dict[str, Any]:
    """Return the normalised policy document of definitions; equal definitions have equal documents.

    Durations are whole seconds or days as their keys say, instants RFC 3339 in UTC, scales texts as JSON has it.
    """
    schedules = definitions.schedules
    used = sorted(schedules.by_queue.items())
    named = {schedules.default.name: schedules.default, **{schedule.name: schedule for _, schedule in used}}
    return {
        "version": 1,
        "schedules": {name: _schedule_document(schedule) for name, schedule in named.items()},
        "queues": {queue: schedule.name for queue, schedule in used},
        "targets": [_target_document(target) for target in definitions.targets],
        "at_risk_percent": definitions.at_risk_percent,
        "service_level": definitions.service_level,
        "short_abandon_seconds": definitions.short_abandon_us // SECOND_US,
        "pausing": sorted(definitions.pausing),
        "solving_stops": definitions.solving_stops,
        "first_response_from": definitions.first_response_from,
        "reopening_starts": definitions.reopening_starts,
        "early_answer_seconds": definitions.early_answer_us // SECOND_US,
        "avoidance_days": list(definitions.avoidance_days),
        "csat": {
            "scale": definitions.csat_scale,
            "top": _by_scale(definitions.csat_top),
            "low": _by_scale(definitions.csat_low),
        },
        "ces": {
            "scale": definitions.ces_scale,
            "low_effort": _by_scale(definitions.ces_low_effort),
            "ease": definitions.ces_ease,
        },
        "nps_low": definitions.nps_low,
        "mature_days": definitions.mature_days,
        "blind_spot_min_sent": definitions.blind_spot_min_sent,
        "long_tenure_years": definitions.long_tenure_years,
        "churn": definitions.churn,
        "winback_days": definitions.winback_days,
        "ltv_min_lost": definitions.ltv_min_lost,
        "ltv_years": definitions.ltv_years,
        "baseline_weeks": definitions.baseline_weeks,
        "numbers_off": sorted(definitions.numbers_off),
        "values": {
            name: dict(sorted(named.items())) for name, named in sorted(definitions.values.named.items()) if named
        },
    }


def _schedule_document(schedule: Schedule) -> dict[str, Any]:
    holidays = schedule.holidays
    return {
        "zone": schedule.zone,
        "versions": [
            {
                "from": None if version.from_date is None else version.from_date.isoformat(),
                "week": {
                    name: [[_clock(start), _clock(end)] for start, end in day]
                    for name, day in zip(DAY_NAMES, version.week, strict=True)
                },
            }
            for version in schedule.versions
        ],
        "holidays": {
            "country": holidays.country,
            "subdivision": holidays.subdivision,
            "dates": [day.isoformat() for day in sorted(holidays.dates)],
        },
    }


def _target_document(target: Target) -> dict[str, Any]:
    return {
        "target_seconds": target.target_us // SECOND_US,
        "channels": None if target.channels is None else sorted(target.channels),
        "priorities": None if target.priorities is None else sorted(target.priorities),
        "queues": None if target.queues is None else sorted(target.queues),
        "from": None if target.from_us is None else _instant(target.from_us),
        "until": None if target.until_us is None else _instant(target.until_us),
        "clock": target.clock,
        "for": target.wait,
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _instant(at_us: int) -> str:
    return (_EPOCH + timedelta(microseconds=at_us)).isoformat().replace("+00:00", "Z")


def _by_scale(counts: Mapping[int, int]) -> dict[str, int]:
    return {str(scale): counts[scale] for scale in sorted(counts)}
