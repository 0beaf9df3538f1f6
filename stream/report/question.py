"""What is asked about a number: which rows of it are meant, and which cells these are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from stream.core.cells import Cell
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.report_view import View
from stream.numbers.cells import Durations, Keys
from stream.numbers.declare import Number, Row
from stream.numbers.explained import Choices, FieldOf, duration_in
from stream.numbers.rows import rows


@dataclass(frozen=True, slots=True)
class Question:
    """Which number is to be explained, what is chosen of it, a window ("" for what is as of now), and whether label
    values are asked for. limit: how many are listed, of those counted and for each reason."""

    number: Number
    choices: Choices
    window: str
    wanted: Callable[[Labels], bool]
    limit: int


def options(number: Number, policy: Policy) -> dict[str, Keys]:
    """Return what can be chosen of a number, and what each choice accepts (nothing named: any text, as it is data)."""
    return {choice.name: choice.values(policy) for choice in number.choices if not choice.whole}


def chosen(number: Number, given: Choices, view: View) -> Choices:
    """Return the choices that are meant if these are given; fewer where the view has no such row."""
    picks = number.explained.picks
    names = options(number, view.policy)
    if picks is None:
        return {name: given.get(name, values[0]) for name, values in names.items()}
    row = max(rows_of(number, view, given), key=picks, default=None)
    return given if row is None else {name: str(row[name]) for name in (*names, *number.explained.found)}


def rows_of(number: Number, view: View, choices: Choices) -> Iterator[Row]:
    """Yield the rows of a number under these choices."""
    columns = {choice.name: choice.column for choice in number.choices}
    for row in rows(number, view):
        if all(str(row[columns.get(name, name)]) == value for name, value in choices.items()):
            yield row


def row_of(number: Number, view: View, choices: Choices, labels: Mapping[str, str]) -> Row | None:
    """Return the row under these choices and labels, of the view's one window; None if there is none."""
    whole = [choice.name for choice in number.choices if choice.whole]
    for row in rows_of(number, view, choices):
        if row["labels"] == labels and all(row[name] is None for name in whole):
            return row
    return None


def field_of(number: Number, choices: Choices, policy: Policy) -> FieldOf:
    """Return what cells are to a number under these choices."""
    if number.explained.field_of is not None:
        return number.explained.field_of(choices, policy)
    if isinstance(number.cells, Durations):
        return duration_in(number.cells.measure(*(choices[choice.name] for choice in number.choices)))
    return lambda cell: _field(number, choices, cell)


def _field(number: Number, choices: Choices, cell: Cell) -> str | None:
    """Return the field that a cell counts; None for one that is under other choices, or another number's."""
    place = None if number.cells is None else number.cells.place(cell[0])
    if place is None:
        return None
    under = zip(number.choices, place.keys, strict=True)
    return place.field if all(choices.get(choice.name, key) == key for choice, key in under) else None
