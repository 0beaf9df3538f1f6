"""The rows of a number, by window and choice: in all, for each value of each dimension, for each combination."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stream.core.cells import SUM
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.rows import added, grouped, quantiles
from stream.core.sums import Sums
from stream.core.windows import AHEAD, ALL, SECOND_US
from stream.numbers.cells import Keys
from stream.numbers.declare import Fields, Here, Number, Row

# Amounts by field, or by the bucket of a duration.
_Amounts = Mapping[Any, int]
_Found = Mapping[Keys, Mapping[Labels, _Amounts]]
_QUANTILES = (0.5, 0.9, 0.95, 0.99)


def rows(number: Number, view: View) -> Iterator[Row]:
    """Yield the rows of a number, of the windows that the view shows."""
    return _windowed(number, view) if number.rows is None else number.rows(view)


def _windowed(number: Number, view: View) -> Iterator[Row]:
    assert number.book is not None, f"{number.name} is in no ledger, so it has to make its rows itself"
    ledger: dict[str, Sums] = getattr(view.totals, number.book)
    to_come = {} if number.ahead is None else found(number, ledger[AHEAD], view.policy)
    make = number.row or timed
    nothing: _Amounts = dict.fromkeys((*_fields(number), *(number.ahead or ())), 0)
    dimensions = view.policy.labels if number.labelled else ()
    shown = [(ALL, ledger[ALL])] if number.windowless else view.shown(ledger, over_all=number.over_all)
    for window, sums in shown:
        start_us, end_us = view.totals.windows.get(window, (0, 0))
        here = Here(view.totals, view.policy, window, end_us - start_us)
        counted = found(number, sums, view.policy)
        if to_come:
            counted = _with_ahead(number.ahead or {}, counted, to_come)
        for keys, by_labels in counted.items():
            place = ({} if number.windowless else {"window": window}) | _chosen(number, keys)
            for labels, amounts in grouped(by_labels.items(), dimensions, added, nothing):
                yield {**place, "labels": labels, **make({**nothing, **amounts} if nothing else amounts, here)}


def _fields(number: Number) -> tuple[str, ...]:
    return () if number.cells is None else number.cells.fields


def found(number: Number, sums: Sums, policy: Policy) -> _Found:
    """Return what was counted of a number by its choices and labels, in the order of its rows."""
    counted: dict[Keys, dict[Labels, dict[Any, int]]] = {keys: {} for keys in number.always(policy)}
    whole = [choice.whole for choice in number.choices]
    cells = number.cells
    assert cells is not None, f"{number.name} counts nothing"
    for measure, by_labels in sums.measures.items():
        place = cells.place(measure)
        if place is None:
            continue
        field, keys = place
        if not field:
            counted[keys] = by_labels  # type: ignore[assignment]  # nobody adds to it
            continue
        for by in (keys, ()) if any(whole) else (keys,):
            here = counted.setdefault(by, {})
            for labels, buckets in by_labels.items():
                amounts = here.setdefault(labels if number.labelled else (), {})
                amounts[field] = amounts.get(field, 0) + sum(buckets.values())
    if any(whole):
        counted.setdefault((), {})
    if all(choice.as_listed for choice in number.choices):
        return counted
    return {keys: counted[keys] for keys in sorted(counted)}


def _with_ahead(ahead: Mapping[str, str], counted: _Found, to_come: _Found) -> _Found:
    both = {keys: dict(by_labels) for keys, by_labels in counted.items()}
    for keys, by_labels in to_come.items():
        here = both.setdefault(keys, {})
        for labels, amounts in by_labels.items():
            later = {name: amounts[of] for name, of in ahead.items() if of in amounts}
            here[labels] = {**here.get(labels, {}), **later}
    return both


def _chosen(number: Number, keys: Keys) -> Fields:
    if not keys:
        return {choice.name: None for choice in number.choices}
    return {
        choice.name: int(value) if choice.whole_number else value
        for choice, value in zip(number.choices, keys, strict=True)
    }


def timed(amounts: Mapping[Any, int], here: Here) -> Fields:
    """Return the fields of a duration: n, sum, mean, quantiles and the counts at the bounds that are shown."""
    counts = dict(amounts)
    total = counts.pop(SUM, 0)
    n = sum(counts.values())
    return {
        "n": n,
        "sum_seconds": total / SECOND_US,
        "mean_seconds": total / n / SECOND_US if n else None,
        **quantiles(counts, here.policy, _QUANTILES),
        "le": {str(le // SECOND_US): count for le, count in here.policy.buckets.cumulative(counts)} | {"+Inf": n},
    }
