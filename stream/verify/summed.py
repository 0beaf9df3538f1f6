"""The snapshots of several workers, each of its own partitions, added up."""

from collections.abc import Mapping, Sequence
from typing import Any

from stream.verify.layout import Identity, Report, identity
from stream.verify.registry import SECTIONS
from stream.verify.section import Row


class WorkersDisagreeError(ValueError):
    """Snapshots that cannot be added up: other definitions, or the same partition twice."""


def summed(snapshots: Sequence[Report]) -> dict[str, Any]:
    """Add the snapshots of workers that share a desk.

    Its `as_of` is the earliest. A window that does not lie at the same place in all of them is left out.
    Raises WorkersDisagreeError.
    """
    first = snapshots[0]
    for name in ("version", "variants", "policy"):
        if any(snapshot.get(name) != first.get(name) for snapshot in snapshots):
            raise WorkersDisagreeError(f"{name}: {', '.join(str(snapshot.get(name)) for snapshot in snapshots)}")
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
    if "policy" in first:
        total["policy"] = first["policy"]
    if all("invariant" in snapshot for snapshot in snapshots):
        total["invariant"] = _added([snapshot["invariant"] for snapshot in snapshots])
    for section, layout in SECTIONS.items():
        if not layout.additive or not any(section in snapshot for snapshot in snapshots):
            continue
        rows: dict[Identity, list[Row]] = {}
        for snapshot in snapshots:
            for row in snapshot.get(section, []):
                if row.get("window") is None or row["window"] in windows:
                    rows.setdefault(identity(section, row), []).append(row)
        left_out = (*layout.not_additive, *layout.keys, "labels")
        total[section] = [
            {name: row[name] for name in (*layout.keys, "labels") if name in row} | _added(same, left_out)
            for same in rows.values()
            for row in same[:1]
        ]
    return total


def additive(report: Report) -> dict[str, Any]:
    """The report with what can be added, and what turns older or later as counts of what is at least so old or late.

    Between two instants at which nothing else happens such a count can only grow, so a sum of counts taken in
    between lies between theirs; the counts of one age or state alone go up and down.
    """
    kept = dict(report)
    for section, layout in SECTIONS.items():
        if not layout.additive:
            kept.pop(section, None)
        elif section in kept:
            kept[section] = [
                {name: value for name, value in row.items() if name not in layout.not_additive}
                for row in report[section]
            ]
    for section, name in (("backlog", "ages"), ("tenure", "ages"), ("open_wait", "bands"), ("reply_wait", "bands")):
        for row in (row for row in kept.get(section, ()) if name in row):
            ages = list(row[name].items())
            row[name] = {f"{age} or older": sum(count for _, count in ages[i:]) for i, (age, _) in enumerate(ages)}
    for row in (*kept.get("sla", ()), *kept.get("reply_sla", ())):
        row["at_risk or breached"] = row.pop("at_risk") + row["breached"]
    return kept


def _added(values: Sequence[Mapping[str, Any]], left_out: Sequence[str] = ()) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for name, value in values[0].items():
        if name in left_out:
            continue
        same = [other[name] for other in values]
        if isinstance(value, dict):
            total[name] = _added(same)
        elif name == "oldest_seconds":
            total[name] = max((wait for wait in same if wait is not None), default=None)
        else:
            total[name] = sum(same)
    return total
