"""The snapshots of several workers, each of its own partitions, added up."""

from collections.abc import Mapping, Sequence
from typing import Any

from stream.verify.layout import NOT_ADDITIVE, SECTIONS, Report, Row, identity


class WorkersDisagreeError(ValueError):
    """Snapshots that cannot be added up: other definitions, or the same partition twice."""


def summed(snapshots: Sequence[Report]) -> dict[str, Any]:
    """Add the snapshots of workers that share a desk.

    Its `as_of` is the earliest. A window that does not lie at the same place in all of them is left out.
    Raises WorkersDisagreeError.
    """
    first = snapshots[0]
    for name in ("version", "variants"):
        if any(snapshot[name] != first[name] for snapshot in snapshots):
            raise WorkersDisagreeError(f"{name}: {', '.join(str(snapshot[name]) for snapshot in snapshots)}")
    partitions = [partition for snapshot in snapshots for partition in snapshot["partitions"]]
    if twice := sorted({partition for partition in partitions if partitions.count(partition) > 1}):
        raise WorkersDisagreeError(f"partitions: {twice} would count twice")
    windows = {
        name: window
        for name, window in first["windows"].items()
        if all(snapshot["windows"].get(name) == window for snapshot in snapshots)
    }
    total: dict[str, Any] = {
        "version": first["version"],
        "as_of": min(snapshot["as_of"] for snapshot in snapshots),
        "partitions": sorted(partitions),
        "variants": first["variants"],
        "windows": windows,
        "tickets": _added([snapshot["tickets"] for snapshot in snapshots]),
    }
    for section in SECTIONS:
        rows: dict[tuple[Any, ...], list[Row]] = {}
        for snapshot in snapshots:
            for row in snapshot[section]:
                if row.get("window") is None or row["window"] in windows:
                    rows.setdefault(identity(row), []).append(row)
        total[section] = [_added(same) for same in rows.values()]
    return total


def additive(report: Report) -> dict[str, Any]:
    """The report with what can be added, and ages as counts of tickets at least so old.

    Between two instants at which nothing else happens such a count can only grow, so a sum of counts taken in
    between lies between theirs; the counts of one age alone go up and down.
    """
    kept = dict(report)
    for section in SECTIONS:
        kept[section] = [
            {name: value for name, value in row.items() if name not in NOT_ADDITIVE} for row in report[section]
        ]
    for row in kept["backlog"]:
        ages = list(row["ages"].items())
        row["ages"] = {f"{age} or older": sum(count for _, count in ages[i:]) for i, (age, _) in enumerate(ages)}
    return kept


def _added(values: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for name, value in values[0].items():
        if name in NOT_ADDITIVE:
            continue
        same = [other[name] for other in values]
        if isinstance(value, str) or name == "labels":
            total[name] = value
        elif isinstance(value, dict):
            total[name] = _added(same)
        elif name == "oldest_seconds":
            total[name] = max((wait for wait in same if wait is not None), default=None)
        else:
            total[name] = sum(same)
    return total
