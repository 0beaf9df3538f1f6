"""The oracle's report against a snapshot: every number, and where they differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ulp
from typing import Any, NamedTuple

from stream.verify.layout import (
    HEADER,
    OPEN_KEYS,
    Identity,
    Leaves,
    Report,
    identity,
    leaves,
    named_keys,
    numbers,
)
from stream.verify.registry import SECTIONS
from stream.verify.section import QUANTILES
from stream.verify.summed import additive

# Quantiles come from buckets not over 2.2 % wide, of which the first holds all up to a millisecond.
QUANTILE_TOLERANCE = 0.025
QUANTILE_FLOOR_SECONDS = 0.001
# A row whose numbers are such quantiles too.
MEDIANS = "baseline.first_response_seconds"
# Sums of microseconds are exact; only their division into seconds is not.
FLOAT_TOLERANCE = 1e-6


class _Missing:
    """Stands for what one side does not have at all."""

    def __repr__(self) -> str:
        return "missing"


MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not what it must be. `path` names it, apart from its labels and its window."""

    path: str
    labels: Mapping[str, str]
    window: str | None
    expected: Any
    actual: Any


@dataclass(slots=True)
class Comparison:
    """How many numbers were compared, which of them differ, and what in the snapshot was not compared."""

    numbers: int = 0
    differences: list[Difference] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def leave_out(self, what: str) -> None:
        """Note, once, what was not compared."""
        if what not in self.unchecked:
            self.unchecked.append(what)


class _Place(NamedTuple):
    """Where in a snapshot a value stands."""

    path: str
    labels: Mapping[str, str]
    window: str | None


class _Bounds(NamedTuple):
    """Two values, or two reports, between which the actual one must lie; mostly they are the same."""

    first: Any
    last: Any


def compare(expected: Report, actual: Report, overflowing: Iterable[str] = ()) -> Comparison:
    """Compare counts and sums exactly, quantiles within what their buckets allow.

    overflowing: dimensions of which some values may count as `other`; rows that tell them apart are not compared,
    the totals are.
    """
    return _compared(_Bounds(expected, expected), actual, ("version", "as_of"), frozenset(overflowing))


def compare_sum(first: Report, last: Report, actual: Report, overflowing: Iterable[str] = ()) -> Comparison:
    """Compare what `summed` made of several workers.

    Their snapshots were not taken at one instant: `first` is expected at the earliest, `last` at the latest, and
    every number must lie between. Ages are compared as counts of tickets at least so old, since those can only
    grow. What cannot be added (quantiles, means, scores) is not there to compare.
    """
    return _compared(_Bounds(additive(first), additive(last)), additive(actual), ("version",), frozenset(overflowing))


def _compared(bounds: _Bounds, actual: Report, header: Iterable[str], overflowing: frozenset[str]) -> Comparison:
    found = Comparison()
    for name in header:
        both = _Bounds(bounds.first[name], bounds.last[name])
        _check(found, _Place(name, {}, None), both, actual.get(name, MISSING))
    for part in ("variants", "policy", "windows", "tickets", "invariant"):
        if part == "policy" and part not in actual:
            found.leave_out("policy: the snapshot does not name it")
            continue
        want, until, have = (dict(leaves(side.get(part, {}))) for side in (*bounds, actual))
        for path, value in want.items():
            _check(found, _Place(f"{part}.{path}", {}, None), _Bounds(value, until[path]), have.get(path, MISSING))
        for path in have.keys() - want.keys():
            found.leave_out(f"{part}.{path}")
    _compare_sections(found, bounds, actual, overflowing)
    for label in sorted(overflowing):
        found.leave_out(f"rows by {label}: it may have had more values than the limit, and some count as other")
    for name in actual:
        if name not in (*HEADER, *SECTIONS):
            found.leave_out(name)
    return found


def _compare_sections(found: Comparison, bounds: _Bounds, actual: Report, overflowing: frozenset[str]) -> None:
    off = actual.get("policy", {}).get("numbers_off", ())
    for section in dict.fromkeys((*(name for name in actual if name in SECTIONS), *SECTIONS)):  # in its own order
        if section in bounds.first:
            _compare_rows(found, section, bounds, actual, overflowing)
        elif section in off:
            found.leave_out(f"{section}: switched off")
            if section in actual:
                found.differences.append(Difference(section, {}, None, "switched off", "rows"))
        elif section in actual:
            found.leave_out(section)


def _compare_rows(
    found: Comparison, section: str, bounds: _Bounds, actual: Report, overflowing: frozenset[str]
) -> None:
    want, until = ({identity(section, row): numbers(section, row) for row in side[section]} for side in bounds)
    have: dict[Identity, Leaves] = {}
    for row in actual.get(section, []):
        about = identity(section, row)
        if about in have:
            found.differences.append(Difference(f"{section} rows", row["labels"], row.get("window"), 1, 2))
        have[about] = numbers(section, row)
    for about in want | have:
        if overflowing.intersection(_dimensions(section, about)):
            continue
        place = _place(section, about)
        expected = want.get(about)
        if expected is None:
            total = want.get(about._replace(labels=()))
            if total is not None:
                expected = {name: _nothing(name, value) for name, value in total.items()}
            elif not OPEN_KEYS.isdisjoint(SECTIONS[section].keys) and not any(have[about].values()):
                continue  # a row of something that never was, and says so
            else:
                found.differences.append(Difference(f"{place.path} row", place.labels, place.window, MISSING, "a row"))
                continue
        if about in have:
            _compare_row(found, place, _Bounds(expected, until.get(about, expected)), have[about])
        elif any(expected.values()) or not place.labels:  # without data a row may be left out, unless it is a total
            missing = ".n" if "n" in expected else " row"
            difference = Difference(
                f"{place.path}{missing}", place.labels, place.window, expected.get("n", "a row"), MISSING
            )
            found.differences.append(difference)


def _place(section: str, about: Identity) -> _Place:
    path = ".".join([section, *(str(key) for key in about.keys if key is not None)])
    return _Place(path, dict(about.labels), about.window)


def _dimensions(section: str, about: Identity) -> Iterable[str]:
    """The dimensions that a row is of one value of: its labels, and those that it names in its keys."""
    if section == "blind_spot":  # the lowest of all values of these
        return "channel", "segment"
    keys = named_keys(section, about)
    named = (name for name, value in keys.items() if value is not None)  # None: of all touchpoints together
    return *dict(about.labels), *named, keys.get("factor", ""), keys.get("by", "")


def _compare_row(found: Comparison, row: _Place, bounds: _Bounds, actual: Leaves) -> None:
    for name, value in bounds.first.items():
        if row.path == MEDIANS and name == "unusual" and _is_close(bounds.first):
            continue
        approximate = name in QUANTILES or (row.path == MEDIANS and name != "n")
        place = row._replace(path=f"{row.path}.{name}")
        both = _Bounds(value, bounds.last[name])
        _check(found, place, both, actual.get(name, MISSING), QUANTILE_TOLERANCE if approximate else None)
    for name in actual.keys() - bounds.first.keys():
        found.leave_out(f"{row.path}.{name}")


def _is_close(week: Leaves) -> bool:
    """Whether what a week is now lies so close to a bound of the usual that buckets do not tell them apart."""
    now, usual = week["now"], (week["low"], week["high"])
    return any(
        now is not None and bound is not None and abs(now - bound) <= _tolerance(bound, QUANTILE_TOLERANCE)
        for bound in usual
    )


def _tolerance(seconds: float, within: float) -> float:
    return max(seconds * within, QUANTILE_FLOOR_SECONDS)


def _check(found: Comparison, place: _Place, bounds: _Bounds, actual: Any, within: float | None = None) -> None:
    """within: how far from it an approximate value may be, as a share of it; None where it must be the same."""
    first, last = bounds
    if all(type(value) in (int, float) for value in (first, last, actual)):
        size = max(abs(first), abs(last))
        if within is not None:
            tolerance = _tolerance(size, within)
        else:
            tolerance = max(FLOAT_TOLERANCE, 4 * ulp(size)) if isinstance(size, float) else 0
        same = min(first, last) - tolerance <= actual <= max(first, last) + tolerance
    else:
        same = type(first) is type(actual) and first == actual
    if first is None or type(first) in (int, float):
        found.numbers += 1
    if not same:
        expected = first if first == last else f"{first} to {last}"
        found.differences.append(Difference(*place, expected, actual))


def _nothing(name: str, value: Any) -> float | None:
    """What stands where there is no data: a count or a sum of 0, and no value of anything else."""
    return 0 if type(value) is int or name == "sum_seconds" else None
