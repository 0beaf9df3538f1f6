"""What a file in `families/` declares: what makes its relation, and the sections of a snapshot that are made of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import duckdb

from stream.verify.options import Options

Row = dict[str, Any]
Derive = Callable[[duckdb.DuckDBPyConnection, Options, int], None]
Rows = Callable[[duckdb.DuckDBPyConnection, Options, int], list[Row]]

QUANTILES = ("p50_seconds", "p90_seconds", "p95_seconds", "p99_seconds")
DURATIONS = (*QUANTILES, "mean_seconds")


class Section(NamedTuple):
    """What makes the rows of a section.

    keys: what tells them apart beside their labels. not_additive: what of two workers' rows cannot be added up.
    additive: whether anything of the section can be.
    """

    rows: Rows
    keys: tuple[str, ...] = ()
    not_additive: tuple[str, ...] = ()
    additive: bool = True


class Family(NamedTuple):
    """What a file declares as FAMILY.

    derive: what makes its relations, None if it needs only those of others. after: what must have made theirs before.
    """

    derive: Derive | None
    after: Sequence[Derive] = ()
    sections: Mapping[str, Section] = {}
