"""The table of what was measured, as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

MIB: Final = 1 << 20
HEAD: Final = (  # in the order of _line
    "| | version | events per CPU s | ratio | from - to | wrong in order | shuffled, twice | after a kill | memory |",
    "|---|---|---|---|---|---|---|---|---|",
)


class TooShortError(Exception):
    """A log took no longer than its first few events, so it does not tell what an event costs."""


@dataclass(slots=True)
class Row:
    """What is known of one program.

    Attributes:
        name: of the program.
        version: of its package.
        rates: events per CPU second, one for each round.
        wrong: how many numbers were wrong of how many, by what was done: "in order", "shuffled", "killed".
        memory: the most it was seen to use, in bytes.
        without: why it was not run, or not to its end.
    """

    name: str
    version: str
    rates: list[float] = field(default_factory=list)
    wrong: dict[str, tuple[int, int]] = field(default_factory=dict)
    memory: int = 0
    without: str = ""

    @property
    def rate(self) -> float | None:
        """The median."""
        return statistics.median(self.rates) if self.rates else None

    def saw(self, how: str, wrong: int, of: int) -> None:
        """Note an answer; the worst of several counts."""
        self.wrong[how] = max(self.wrong.get(how, (0, of)), (wrong, of))


def rate_of(events: int, cpu_seconds: float, few: int, cpu_seconds_of_few: float) -> float:
    """Return events per CPU second without what a start costs, which is what a few events take.

    Raises:
        TooShortError: more events took no more time, so the log is too short to tell.
    """
    taken = cpu_seconds - cpu_seconds_of_few
    if taken <= 0:
        raise TooShortError(f"{events:,} events took {cpu_seconds:.2f} s and {few:,} took {cpu_seconds_of_few:.2f} s")
    return (events - few) / taken


def markdown(rows: Sequence[Row]) -> str:
    """Write the table; ratios are of the first row's median to that of each."""
    first = rows[0].rate
    return "\n".join([*HEAD, *(_line(row, first) for row in rows)])


def _line(row: Row, first: float | None) -> str:
    rate, spread, ratio = "-", "-", "-"
    if row.rate:
        rate, spread = f"{row.rate:,.0f}", f"{min(row.rates):,.0f} - {max(row.rates):,.0f}"
        ratio = f"{first / row.rate:.2f}" if first else "-"
    wrong = " | ".join(_wrong(row, how) for how in ("in order", "shuffled", "killed"))
    memory = f"{row.memory / MIB:,.0f} MiB" if row.memory else "-"
    note = f" ({row.without})" if row.without else ""
    return f"| {row.name}{note} | {row.version} | {rate} | {ratio} | {spread} | {wrong} | {memory} |"


def _wrong(row: Row, how: str) -> str:
    if how not in row.wrong:
        return "-"
    wrong, of = row.wrong[how]
    return f"{wrong:,} of {of:,}"
