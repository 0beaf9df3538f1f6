"""The oracle: everything a snapshot holds, recomputed in one batch from the events themselves."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from stream.verify import (
    agents,
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
Rows = Callable[[duckdb.DuckDBPyConnection, Options, int], list[Row]]

# What makes the relations, and what must have made others before.
RELATIONS: Mapping[Derive, Sequence[Derive]] = {
    tickets.derive: (),
    course.derive: (tickets.derive,),
    response.derive: (tickets.derive,),
    business.derive: (response.derive,),
    censored.derive: (response.derive,),
    backlog.derive: (response.derive,),
    targets.derive: (response.derive,),
    reply.derive: (tickets.derive,),
    resolution.derive: (course.derive,),
    flow.derive: (course.derive,),
    handling.derive: (course.derive, response.derive),
    agents.derive: (tickets.derive,),
    avoidance.derive: (course.derive,),
    answers.derive: (tickets.derive,),
    nps.derive: (answers.derive,),
    satisfaction.derive: (answers.derive,),
    coverage.derive: (answers.derive,),
    drivers.derive: (answers.derive, course.derive, response.derive),
    customers.derive: (),
}


class Section(NamedTuple):
    """What makes the rows of a section, and the relations that it makes them of."""

    rows: Rows
    relations: Sequence[Derive]


SECTIONS: Mapping[str, Section] = {
    "first_response": Section(response.first_response, [response.derive]),
    "first_response_business": Section(business.first_response_business, [business.derive]),
    "first_response_counting_waiting": Section(censored.first_response_counting_waiting, [censored.derive]),
    "open_wait": Section(response.open_wait, [response.derive]),
    "sla": Section(targets.sla, [targets.derive]),
    "backlog": Section(backlog.backlog, [backlog.derive]),
    "next_reply": Section(reply.next_reply, [reply.derive]),
    "resolution": Section(resolution.resolution, [resolution.derive]),
    "flow": Section(flow.flow, [flow.derive]),
    "preferred_channel": Section(flow.preferred_channel, [flow.derive]),
    "service_level": Section(targets.service_level, [targets.derive]),
    "handling": Section(handling.handling, [handling.derive]),
    "quality": Section(handling.quality, [handling.derive]),
    "agents": Section(agents.agents, [agents.derive]),
    "contact_avoidance": Section(avoidance.contact_avoidance, [avoidance.derive]),
    "nps": Section(nps.nps, [nps.derive]),
    "enps": Section(nps.enps, [nps.derive]),
    "csat": Section(satisfaction.csat, [satisfaction.derive]),
    "ces": Section(satisfaction.ces, [satisfaction.derive]),
    "satisfaction": Section(satisfaction.satisfaction, [satisfaction.derive]),
    "coverage": Section(coverage.coverage, [coverage.derive]),
    "coverage_by": Section(coverage.coverage_by, [coverage.derive]),
    "blind_spot": Section(coverage.blind_spot, [coverage.derive]),
    "bad_comments": Section(satisfaction.bad_comments, [satisfaction.derive]),
    "drivers": Section(drivers.drivers, [drivers.derive]),
    "customers": Section(customers.customers, [customers.derive]),
    "tenure": Section(customers.tenure, [customers.derive]),
    "lifetime_value": Section(customers.lifetime_value, [customers.derive]),
    "signals": Section(customers.signals, [customers.derive]),
    "baseline": Section(baseline.baseline, [backlog.derive, course.derive]),
}

# Distinct values of a dimension that any event ever wrote, whether or not a ticket still has them.
_DISTINCT = "SELECT count(DISTINCT value) FROM (SELECT unnest([{columns}]) AS value FROM event)"

# Dimensions that rows tell apart whether they are labels or not: touchpoints, blind spots and key drivers.
_NAMED_IN_ROWS = ("touchpoint", "channel", "segment", "queue")


class Oracle:
    """What the numbers must be at `as_of_us`, by the definitions that `options` name.

    It shares no code with the processor. Every event of the files counts, in whatever order they lie there, those
    after `as_of_us` too, as they do in a worker that has read them.
    """

    def __init__(self, files: Sequence[Path] | Loaded, as_of_us: int, options: Options) -> None:
        """Read the files, unless they were loaded before. Raises OSError when one cannot be read.

        Of those that share what was loaded, the one made last can be asked.
        """
        self.loaded = files if isinstance(files, Loaded) else load(files)
        self.as_of_us = as_of_us
        self.options = options
        self._windows = [windows.window(name, as_of_us, options.today) for name in options.windows]
        self._made: set[Derive] = set()
        self._admit()
        self._place()

    def report(self, on_step: Callable[[str], None] = lambda _step: None) -> dict[str, Any]:
        """The snapshot's JSON, but for what only a worker knows: its partitions and its watermark."""
        report = self.header()
        for name in SECTIONS:
            on_step(f"recomputing {name}")
            report[name] = self.section(name)
        return report

    def section(self, name: str) -> list[Row]:
        """The rows of one section."""
        rows, relations = SECTIONS[name]
        self._make(relations)
        return rows(self.loaded.database, self.options, self.as_of_us)

    def header(self) -> dict[str, Any]:
        """What stands in the snapshot before its sections."""
        options, database = self.options, self.loaded.database
        self._make([backlog.derive, flow.derive])
        return {
            "version": 1,
            "as_of": rfc3339(self.as_of_us),
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
                for window in self._windows
            },
            "tickets": tickets.counts(database),
            "invariant": flow.invariant(database),
        }

    def overflowing(self) -> list[str]:
        """The dimensions that may have had more values than the limit, so that some count as `other`."""
        found = []
        for label in dict.fromkeys((*self.options.labels, *_NAMED_IN_ROWS)):
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

    def _place(self) -> None:
        self.loaded.database.execute(
            "CREATE OR REPLACE TABLE period (name VARCHAR, start_us BIGINT, end_us BIGINT, for_tickets BOOLEAN)"
        )
        for window in self._windows:
            start = -_UNBOUNDED if window.start_us is None else window.start_us
            end = _UNBOUNDED if window.end_us is None else window.end_us
            row = [window.name, start, end, window.name in self.options.response_windows]
            self.loaded.database.execute("INSERT INTO period VALUES (?, ?, ?, ?)", row)

    def _make(self, relations: Iterable[Derive]) -> None:
        """Make relations and those that they are made of, each when it is needed for the first time."""
        for relation in relations:
            if relation not in self._made:
                self._make(RELATIONS[relation])
                relation(self.loaded.database, self.options, self.as_of_us)
                self._made.add(relation)
