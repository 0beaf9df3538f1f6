"""What a number is. Whatever shows numbers walks the declarations (`registry.py`), and names no family.

Report, /metrics, the API's schemas, explanations, the figures of wallboards and the docs' tables are made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.snapshot import Totals
from stream.core.windows import ALL
from stream.counting.add import Adds
from stream.counting.cohorts import Within
from stream.numbers.cells import Counts, Durations, Keys
from stream.numbers.explained import Explained
from stream.numbers.metric import Metric
from stream.numbers.reasons import Reason
from stream.numbers.tile import Tile

Book = Literal["tickets", "surveys", "customers", "agents"]
"""The ledgers that numbers are counted in."""

Present = Literal["open", "customers", "past"]

Fields = dict[str, Any]
Row = dict[str, Any]


class Shape(BaseModel):
    """What a row has: the API's schema is made of it, and a test holds the rows to it. Rows themselves are plain dicts,
    as thousands are made each second."""

    model_config = ConfigDict(extra="forbid", strict=True)

    labels: dict[str, str]


class Windowed(Shape):
    """A row of a window."""

    window: str


class Timed(BaseModel):
    """How long something took, in seconds; no data is not zero, but null."""

    n: int
    sum_seconds: float
    mean_seconds: float | None
    p50_seconds: float | None
    p90_seconds: float | None
    p95_seconds: float | None
    p99_seconds: float | None
    le: dict[str, int]


class Here(NamedTuple):
    """Beside what was counted, what a row may be made of: all totals, the policy, and the window and its length."""

    totals: Totals
    policy: Policy
    window: str
    length_us: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What tells the rows of a number apart, beside window and labels, such as `attribute_to`.

    values: those that always have a row, the usual one first. free: rows are of whatever was counted, and of that only.
    whole: there is also a row over all its values, under None. whole_number: rows have it as a number. as_listed: rows
    stand in the order of the values, else sorted. in_row: what rows call it, where that is not the same.
    """

    name: str
    values: Callable[[Policy], Keys] = lambda _: ()
    free: bool = False
    whole: bool = False
    whole_number: bool = False
    as_listed: bool = False
    in_row: str = ""

    @property
    def column(self) -> str:
        """What rows call it."""
        return self.in_row or self.name

    @staticmethod
    def of(name: str, *values: str, in_row: str = "") -> Choice:
        """Return a choice among values that no policy changes."""
        return Choice(name, lambda _: values, as_listed=True, in_row=in_row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number: a section of the report.

    order: its place among the sections, for people who read them all. definition: in one line; page: the file in
    docs/metrics that says more. version: goes up when the same events come to another number, as amounts of different
    versions must not be added up.

    book: the ledger that it is counted in, None for what is as of now. cells: what they are called there. labelled:
    whether it has rows by labels; else it is of the whole desk. over_all: whether a sum over all time means something;
    windowless: nothing else does, so its rows and metrics name no window.
    present: what of now it is made of as well: tickets that are open, customers for as long as they are, or this hour
    beside those of the weeks before.
    ahead: fields that count what lies ahead (of the field named), because its time has not come.
    within: what customers are of a window, instead of a fold: it follows from where the window lies.
    fold: what many tickets (surveys, customers, as the book is) add to it at once, in columns.
    row: makes the fields of a row from what was counted. rows: makes the rows itself, of a number like no other.
    needs: numbers that it is computed from, which have to be counted too. kept_for: why it cannot be switched off.
    """

    name: str
    order: int
    definition: str
    page: str
    version: int
    shape: type[Shape]
    book: Book | None = None
    present: Present | None = None
    cells: Counts | Durations | None = None
    choices: tuple[Choice, ...] = ()
    labelled: bool = True
    over_all: bool = True
    windowless: bool = False
    ahead: Mapping[str, str] | None = None
    fold: Callable[[Any, Adds], None] | None = None
    within: Within | None = None
    row: Callable[[Mapping[str, int], Here], Fields] | None = None
    rows: Callable[[View], Iterator[Row]] | None = None
    metrics: tuple[Metric, ...] = ()
    tiles: tuple[Tile, ...] = ()
    explained: Explained = field(default_factory=Explained)
    why_not: tuple[Reason, ...] = ()
    needs: tuple[str, ...] = ()
    kept_for: str = ""

    @property
    def section(self) -> str:
        """Return the first word of what it is counted as."""
        return self.name if self.cells is None else self.cells.section

    @property
    def of_customers(self) -> bool:
        """Whether it is made of customers; else of tickets and their surveys."""
        return "customers" in (self.book, self.present)

    def always(self, policy: Policy) -> list[Keys]:
        """Return the choices that have rows in any case."""
        if any(choice.free for choice in self.choices):
            return []
        return list(product(*(choice.values(policy) for choice in self.choices)))

    def usual(self, policy: Policy) -> dict[str, str]:
        """Return what is meant where nothing is chosen."""
        return {choice.column: choice.values(policy)[0] for choice in self.choices if not choice.free}

    def windows(self, policy: Policy) -> tuple[str, ...]:
        """Return the windows that it has rows of; none for what is as of now."""
        match self.book if not self.windowless else None:
            case None:
                return ()
            case "agents":
                windows = policy.agent_windows
            case "tickets":
                windows = policy.windows
            case _:
                windows = policy.windows + policy.survey_windows
        return (*(window.name for window in windows), *((ALL,) if self.over_all else ()))
