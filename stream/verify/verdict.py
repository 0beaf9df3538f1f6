"""What a verification came to: what was read, what was checked under which definitions, and what differs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stream.verify.compare import Comparison, compare, compare_sum
from stream.verify.instant import microseconds
from stream.verify.layout import Report
from stream.verify.load import Loaded, load
from stream.verify.options import Options
from stream.verify.oracle import Oracle
from stream.verify.summed import summed


@dataclass(frozen=True, slots=True)
class Limits:
    """What the snapshots' makers admit, and what their header does not say.

    max_future_seconds: events later than this after the snapshot count nowhere; None if all count.
    """

    label_limit: int = 50
    max_record_bytes: int = 1_048_576
    max_future_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome. `tickets` are those the oracle holds; `snapshot` is the one that was checked."""

    tickets: int
    loaded: Loaded
    snapshot: Report
    options: Options
    comparison: Comparison

    def to_json(self) -> dict[str, Any]:
        """Everything but the snapshot's own numbers, for a machine to read."""
        return {
            "as_of": self.snapshot["as_of"],
            "variants": self.snapshot["variants"],
            "windows": list(self.snapshot["windows"]),
            "lines": self.loaded.lines,
            "events": self.loaded.events,
            "duplicates": self.loaded.duplicates,
            "shared_ids": self.loaded.shared_ids,
            "rejected": {str(reason): count for reason, count in self.loaded.rejected.items()},
            "tickets": self.tickets,
            "numbers": self.comparison.numbers,
            "differences": [
                {
                    "path": difference.path,
                    "labels": dict(difference.labels),
                    "window": difference.window,
                    "expected": _plain(difference.expected),
                    "actual": _plain(difference.actual),
                }
                for difference in self.comparison.differences
            ],
            "unchecked": self.comparison.unchecked,
        }


def verify(
    files: Sequence[Path],
    snapshots: Sequence[Report],
    limits: Limits | None = None,
    on_step: Callable[[str], None] = lambda _step: None,
) -> Verdict:
    """Compare one snapshot, or the sum of several workers', with what the files' events come to at its instant.

    on_step is told what it is at. Raises ValueError for a snapshot that makes no sense, OSError for a file that cannot
    be read.
    """
    limits = limits or Limits()
    on_step("reading the events for the recomputation")
    loaded = load(files, limits.max_record_bytes)
    actual = snapshots[0] if len(snapshots) == 1 else summed(snapshots)
    options = Options.of_snapshot(actual, limits.label_limit, limits.max_future_seconds)
    instants = sorted(_as_of(snapshot) for snapshot in snapshots)
    oracle = Oracle(loaded, instants[0], options)
    expected = oracle.report(on_step)
    on_step("comparing")
    overflowing = oracle.overflowing()
    if len(snapshots) == 1:
        comparison = compare(expected, actual, overflowing)
    else:
        last = Oracle(loaded, instants[-1], options).report(on_step)
        comparison = compare_sum(expected, last, actual, overflowing)
        for name in snapshots[0]["windows"].keys() - actual["windows"].keys():
            comparison.leave_out(f"window {name}: it does not lie at the same place in all snapshots")
    return Verdict(expected["tickets"]["held"], loaded, actual, options, comparison)


def _as_of(snapshot: Mapping[str, Any]) -> int:
    try:
        return microseconds(snapshot["as_of"])
    except (KeyError, TypeError) as error:
        raise ValueError("the snapshot does not say its as_of") from error


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | list | dict) else repr(value)
