"""What a well-formed policy file means: the definitions that it states, and what in it contradicts itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from schemas.leniency import folded
from stream.core.definitions import DEFAULT_TARGETS, Definitions, Target
from stream.core.instant import instant
from stream.core.schedule import DAY_NAMES, Day, Holidays, Schedule, Schedules, Version
from stream.core.values import Meanings
from stream.policy_file.scalars import days_of, got, near
from stream.policy_file.shape import HolidaysPart, Hours, PolicyPart, SchedulePart, TargetPart
from stream.yaml_lines import Place

DEFAULT = "default"

Problem = tuple[Place, str]


def problems(policy: PolicyPart) -> Iterator[Problem]:
    """Yield everything that cannot be meant, each with its place."""
    for name, schedule in policy.schedules.items():
        yield from _of_schedule(("schedules", name), schedule)
        if name != DEFAULT and name not in policy.queues.values():
            yield ("schedules", name), f"serves no queue; name it under queues (or {DEFAULT}, which serves all others)"
    for queue, name in policy.queues.items():
        known = list(dict.fromkeys([DEFAULT, *policy.schedules]))
        if name not in known:
            yield ("queues", queue), f"got {got(name)}{near(name, known)}; accepts a schedule: {', '.join(known)}"
    for i, target in enumerate(policy.targets or ()):
        if target.from_ is not None and target.until is not None and target.until <= target.from_:
            yield (
                ("targets", i, "until"),
                f"got {instant(target.until)}; accepts an instant after {instant(target.from_)}",
            )
    yield from _of_reach(policy.targets or ())
    yield from _of_scales(policy)
    yield from _of_numbers_off(policy.numbers_off)
    yield from _of_values(policy)


def _of_values(policy: PolicyPart) -> Iterator[Problem]:
    """Yield the names that are the same but for their letter case, and stand for different values."""
    for attribute, named in policy.values:
        known: dict[str, str] = {}
        for name, value in named.items():
            former = known.setdefault(folded(name), name)
            if named[former] != value:
                yield (
                    ("values", attribute, name),
                    f"is {former} but for letter case, which does not matter here; keep one",
                )


def _of_reach(targets: Sequence[TargetPart]) -> Iterator[Problem]:
    """Yield the targets that no ticket comes to, as the first that fits counts."""
    for i, target in enumerate(targets):
        below = [other for other in targets[i + 1 :] if other.for_ == target.for_]
        if target.serves_all and below:
            yield ("targets", i), "fits every ticket, so the targets below it are never looked at; put it last"
            return
        former = next((n for n, other in enumerate(targets[:i], 1) if _fits_all_of(other, target)), None)
        if former is not None:
            yield (
                ("targets", i),
                f"is never looked at, as targets[{former}] fits all of its tickets; put it above or leave it out",
            )


def _fits_all_of(wide: TargetPart, narrow: TargetPart) -> bool:
    return (
        wide.for_ == narrow.for_
        and all(
            names is None or (others is not None and set(others) <= set(names))
            for names, others in (
                (wide.channels, narrow.channels),
                (wide.priorities, narrow.priorities),
                (wide.queues, narrow.queues),
            )
        )
        and (wide.from_ is None or (narrow.from_ is not None and narrow.from_ >= wide.from_))
        and (wide.until is None or (narrow.until is not None and narrow.until <= wide.until))
    )


def _of_schedule(place: Place, schedule: SchedulePart) -> Iterator[Problem]:
    yield from _of_hours((*place, "hours"), schedule.hours)
    for i, change in enumerate(schedule.changes):
        yield from _of_hours((*place, "changes", i, "hours"), change.hours)
    for i, (former, change) in enumerate(pairwise(schedule.changes), 1):
        if change.from_ <= former.from_:
            yield (*place, "changes", i, "from"), f"got '{change.from_}'; accepts a date after {former.from_}"
    yield from _of_holidays((*place, "holidays"), schedule.holidays)


def _of_hours(place: Place, hours: Hours) -> Iterator[Problem]:
    named: dict[int, str] = {}
    for text in hours:
        for day in days_of(text):
            if day in named:
                yield (*place, text), f"{DAY_NAMES[day]} is in {named[day]} already; keep one"
                break
        named |= dict.fromkeys(days_of(text), text)


def _of_holidays(place: Place, holidays: HolidaysPart) -> Iterator[Problem]:
    country, part = holidays.country, holidays.subdivision
    if country is None:
        if part is not None:
            yield (*place, "subdivision"), f"got {got(part)} without a country; name the country too"
        return
    # The package takes a tenth of a second to import, and few desks need it.
    from holidays import list_supported_countries  # noqa: PLC0415

    known = list_supported_countries(include_aliases=True)
    if country not in known:
        hint = near(country.upper(), sorted(known))
        accepts = "an ISO 3166 code in capitals, such as DE, that the holidays package knows"
        yield (*place, "country"), f"got {got(country)}{hint}; accepts {accepts}"
    elif part is not None and part not in known[country]:
        accepts = ", ".join(known[country]) or f"none, as {country} has the same holidays everywhere"
        yield (*place, "subdivision"), f"got {got(part)}; accepts {accepts}"


def _of_scales(policy: PolicyPart) -> Iterator[Problem]:
    csat, ces = policy.csat, policy.ces
    for part, key, counts in (
        ("csat", "top", csat.top),
        ("csat", "low", csat.low),
        ("ces", "low_effort", ces.low_effort),
    ):
        for scale, count in counts.items():
            if count > _most(scale):
                yield (part, key, str(scale)), f"got {count}; accepts less than all of its scores, up to {_most(scale)}"
    for scale in csat.top.keys() & csat.low.keys():
        if max(csat.top[scale], csat.low[scale]) <= _most(scale) and csat.top[scale] + csat.low[scale] > scale:
            yield (
                ("csat", "low", str(scale)),
                f"got {csat.low[scale]}; accepts up to {scale - csat.top[scale]}, below top",
            )
    for part, default, key, counts in (
        ("csat", csat.scale, "top", csat.top),
        ("ces", ces.scale, "low_effort", ces.low_effort),
    ):
        if not counts:
            yield (part, key), "got no scale; accepts at least one, or no such key"
        elif default not in counts:
            accepts = ", ".join(map(str, sorted(counts)))
            yield (part, "scale"), f"is {default}; accepts one that {key} names: {accepts}"


def _of_numbers_off(names: Sequence[str]) -> Iterator[Problem]:
    if not names:
        return
    # Numbers come with numpy, which most commands that read settings need not import.
    from stream.numbers.registry import NUMBERS  # noqa: PLC0415

    accepted = [number.name for number in NUMBERS.values() if not number.kept_for]
    for i, name in enumerate(names):
        if name not in NUMBERS:
            yield ("numbers_off", i), f"got {got(name)}{near(name, accepted)}; accepts {', '.join(accepted)}"
        elif NUMBERS[name].kept_for:
            yield ("numbers_off", i), f"got {got(name)}, which cannot be switched off: {NUMBERS[name].kept_for}"
        elif users := [user.name for user in NUMBERS.values() if name in user.needs and user.name not in names]:
            are, these = ("is", "that") if len(users) == 1 else ("are", "these")
            made = f"which {' and '.join(users)} {are} computed from"
            yield ("numbers_off", i), f"got {got(name)}, {made}; switch {these} off too"


def _most(scale: int) -> int:
    """Return how many scores of a scale are all but one: a scale begins at 1, that of a thumb at 0."""
    return max(1, scale - 1)


def definitions(policy: PolicyPart) -> Definitions:
    """Return the definitions that a policy file without problems states."""
    schedules = {DEFAULT: SchedulePart(), **policy.schedules}
    named = {name: _schedule(name, schedule) for name, schedule in schedules.items()}
    by_queue = {queue: named[name] for queue, name in policy.queues.items()}
    targets = DEFAULT_TARGETS if policy.targets is None else tuple(_target(target) for target in policy.targets)
    return Definitions(
        targets=targets,
        at_risk_percent=policy.at_risk_percent,
        service_level=policy.service_level,
        short_abandon_us=policy.short_abandon,
        pausing=frozenset(policy.pausing),
        solving_stops=policy.solving_stops,
        first_response_from=policy.first_response_from,
        reopening_starts=policy.reopening_starts,
        early_answer_us=policy.early_answer,
        avoidance_days=tuple(sorted(set(policy.avoidance_days))),
        csat_scale=policy.csat.scale,
        csat_top=policy.csat.top,
        csat_low=policy.csat.low,
        ces_scale=policy.ces.scale,
        ces_low_effort=policy.ces.low_effort,
        ces_ease=policy.ces.ease,
        nps_low=policy.nps_low,
        mature_days=policy.mature_days,
        blind_spot_min_sent=policy.blind_spot_min_sent,
        long_tenure_years=policy.long_tenure_years,
        churn=policy.churn,
        winback_days=policy.winback_days,
        ltv_min_lost=policy.ltv_min_lost,
        ltv_years=policy.ltv_years,
        baseline_weeks=policy.baseline_weeks,
        numbers_off=frozenset(policy.numbers_off),
        schedules=Schedules(named[DEFAULT], by_queue),
        values=Meanings(
            {
                attribute: {folded(name): value for name, value in names.items()}
                for attribute, names in policy.values
                if names
            }
        ),
    )


def _schedule(name: str, part: SchedulePart) -> Schedule:
    changes = (Version(change.from_, _week(change.hours)) for change in part.changes)
    holidays = Holidays(frozenset(part.holidays.dates), part.holidays.country, part.holidays.subdivision)
    return Schedule(name, part.zone, (Version(None, _week(part.hours)), *changes), holidays)


def _week(hours: Mapping[str, Day]) -> tuple[Day, ...]:
    by_day = {day: spans for text, spans in hours.items() for day in days_of(text)}
    return tuple(by_day.get(day, ()) for day in range(7))


def _target(part: TargetPart) -> Target:
    return Target(
        target_us=part.within,
        channels=_any_of(part.channels),
        priorities=_any_of(part.priorities),
        queues=_any_of(part.queues),
        from_us=part.from_,
        until_us=part.until,
        clock=part.clock,
        wait=part.for_,
    )


def _any_of(names: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)
