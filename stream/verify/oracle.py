"""The oracle: everything a snapshot holds, recomputed in one batch from the events themselves."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from stream.verify import (
    answers,
    avoidance,
    backlog,
    baseline,
    business,
    censored,
    course,
    coverage,
    customers,
    drivers,
    flow,
    handling,
    nps,
    reply,
    resolution,
    response,
    satisfaction,
    targets,
    tickets,
    windows,
)
from stream.verify.instant import rfc3339
from stream.verify.layout import Row
from stream.verify.load import Loaded, load
from stream.verify.options import Options

_SECOND = 1_000_000
_UNBOUNDED = 2**62

Derive = Callable[[duckdb.DuckDBPyConnection, Options, int], None]
Section = Callable[[duckdb.DuckDBPyConnection, Options, int], list[Row]]

# What makes the relations, in this order: each may read those before it.
RELATIONS: Sequence[Derive] = (
    tickets.derive,
    course.derive,
    response.derive,
    business.derive,
    censored.derive,
    backlog.derive,
    targets.derive,
    reply.derive,
    resolution.derive,
    flow.derive,
    handling.derive,
    avoidance.derive,
    answers.derive,
    nps.derive,
    satisfaction.derive,
    coverage.derive,
    drivers.derive,
    customers.derive,
)
# What makes the rows of a section of them.
SECTIONS: Mapping[str, Section] = {
    "first_response": response.first_response,
    "first_response_business": business.first_response_business,
    "first_response_counting_waiting": censored.first_response_counting_waiting,
    "open_wait": response.open_wait,
    "sla": targets.sla,
    "backlog": backlog.backlog,
    "next_reply": reply.next_reply,
    "resolution": resolution.resolution,
    "flow": flow.flow,
    "preferred_channel": flow.preferred_channel,
    "service_level": targets.service_level,
    "handling": handling.handling,
    "quality": handling.quality,
    "contact_avoidance": avoidance.contact_avoidance,
    "nps": nps.nps,
    "enps": nps.enps,
    "csat": satisfaction.csat,
    "ces": satisfaction.ces,
    "satisfaction": satisfaction.satisfaction,
    "coverage": coverage.coverage,
    "coverage_by": coverage.coverage_by,
    "blind_spot": coverage.blind_spot,
    "bad_comments": satisfaction.bad_comments,
    "drivers": drivers.drivers,
    "customers": customers.customers,
    "tenure": customers.tenure,
    "lifetime_value": customers.lifetime_value,
    "signals": customers.signals,
    "baseline": baseline.baseline,
}

# Distinct values of a dimension that any event ever wrote, whether or not a ticket still has them.
_DISTINCT = "SELECT count(DISTINCT value) FROM (SELECT unnest([{columns}]) AS value FROM event)"


class Oracle:
    """What the numbers must be at `as_of_us`, by the definitions that `options` name.

    It shares no code with the processor. Every event of the files counts, in whatever order they lie there, those
    after `as_of_us` too, as they do in a worker that has read them.
    """

    def __init__(self, files: Sequence[Path] | Loaded, as_of_us: int, options: Options) -> None:
        """Read the files, unless they were loaded before. Raises OSError when one cannot be read."""
        self.loaded = files if isinstance(files, Loaded) else load(files)
        self.as_of_us = as_of_us
        self.options = options

    def report(self) -> dict[str, Any]:
        """The snapshot's JSON, but for what only a worker knows: its partitions and its watermark."""
        database, options, now_us = self.loaded.database, self.options, self.as_of_us
        self._admit()
        shown = [windows.window(name, now_us, options.today) for name in options.windows]
        self._place(shown)
        for derive in RELATIONS:
            derive(database, options, now_us)
        return {
            "version": 1,
            "as_of": rfc3339(now_us),
            "variants": {
                "responder": options.responder,
                "agent_opened": options.agent_opened,
                "nps_min_n": options.nps_min_n,
                "labels": list(options.labels),
                "label_limit": options.label_limit,
                "today": f"{options.today.hour:02d}:00 {options.today.zone}",
            },
            "policy": options.policy.document,
            "windows": {
                window.name: {
                    "start": None if window.start_us is None else rfc3339(window.start_us),
                    "end": None if window.end_us is None else rfc3339(window.end_us),
                }
                for window in shown
            },
            "tickets": tickets.counts(database),
            "invariant": flow.invariant(database),
            **{name: rows(database, options, now_us) for name, rows in SECTIONS.items()},
        }

    def overflowing(self) -> list[str]:
        """The labels that may have had more values than the limit, so that some count as `other`."""
        found = []
        for label in self.options.labels:
            query = _DISTINCT.format(columns="queue, to_queue" if label == "queue" else label)
            ((distinct,),) = self.loaded.database.execute(query).fetchall()
            if distinct > self.options.label_limit:
                found.append(label)
        return found

    def _admit(self) -> None:
        limit = self.options.max_future_seconds
        latest = _UNBOUNDED if limit is None else self.as_of_us + limit * _SECOND
        self.loaded.database.execute(
            f"CREATE OR REPLACE VIEW admitted AS SELECT * FROM event WHERE us <= {latest:d}"  # noqa: S608 - a number
        )

    def _place(self, shown: list[windows.Window]) -> None:
        self.loaded.database.execute(
            "CREATE OR REPLACE TABLE period (name VARCHAR, start_us BIGINT, end_us BIGINT, for_tickets BOOLEAN)"
        )
        for window in shown:
            start = -_UNBOUNDED if window.start_us is None else window.start_us
            end = _UNBOUNDED if window.end_us is None else window.end_us
            row = [window.name, start, end, window.name in self.options.response_windows]
            self.loaded.database.execute("INSERT INTO period VALUES (?, ?, ?, ?)", row)
