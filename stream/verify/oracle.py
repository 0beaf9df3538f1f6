"""The oracle: everything a snapshot holds, recomputed in one batch from the events themselves."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from stream.verify import windows
from stream.verify.families import backlog, flow, tickets
from stream.verify.instant import rfc3339
from stream.verify.load import Loaded, load
from stream.verify.meant import meant
from stream.verify.options import Options
from stream.verify.order import AT_ONCE
from stream.verify.registry import MADE_OF, RELATIONS, SECTIONS
from stream.verify.section import Derive, Row

_SECOND = 1_000_000
_UNBOUNDED = 2**62

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
            if name not in self.options.policy.numbers_off:
                on_step(f"recomputing {name}")
                report[name] = self.section(name)
        return report

    def section(self, name: str) -> list[Row]:
        """The rows of one section."""
        self._make(MADE_OF[name])
        return SECTIONS[name].rows(self.loaded.database, self.options, self.as_of_us)

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
        meant(self.loaded.database, self.options.policy.values)
        self.loaded.database.execute(
            f"CREATE OR REPLACE VIEW admitted AS SELECT *, {AT_ONCE} AS at_once FROM understood WHERE us <= {latest:d}"  # noqa: S608 - a constant and a number
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
