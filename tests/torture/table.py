"""The table of a campaign: what was done how often, and what came of it.

`python -m tests.torture.table A/torture.json B/torture.json` prints one table of several campaigns.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from tests.torture.verdict import Verdict


@dataclass(slots=True)
class Round:
    """One fault on one desk."""

    fault: str
    desk: str
    events: int
    seconds: float
    verdict: Verdict
    error: str = ""
    """The fault itself did not go as it is written: nothing is known of the engine then, so it counts as a failure."""

    @property
    def fine(self) -> bool:
        return not self.error and self.verdict.fine


HEAD = ("fault", "times", "events in", "lost", "doubled", "silent", "exact again after, median", "worst")


def rows(rounds: Sequence[Round]) -> list[tuple[str, ...]]:
    """One row for each kind in the order of their names, and one of all together."""
    names = sorted({each.fault for each in rounds})
    return [*(_row(name, [each for each in rounds if each.fault == name]) for name in names), _row("all", rounds)]


def _row(name: str, rounds: Sequence[Round]) -> tuple[str, ...]:
    seconds = [s for each in rounds if (s := each.verdict.exact_after_seconds) is not None]
    never = len(rounds) - len(seconds)
    return (
        name,
        str(len(rounds)),
        f"{sum(each.events for each in rounds):,}",
        str(sum(bool(each.verdict.lost) for each in rounds)),
        str(sum(bool(each.verdict.doubled) for each in rounds)),
        str(sum(bool(each.verdict.silent) for each in rounds)),
        f"{median(seconds):.1f} s" if seconds else "never",
        "never" if never else f"{max(seconds):.1f} s",
    )


def markdown(rounds: Sequence[Round]) -> str:
    """Spell the table for docs."""
    lines = [HEAD, ("---", *("---:" for _ in HEAD[1:])), *rows(rounds)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(rounds: Sequence[Round], folder: Path) -> None:
    """Write the table and every round beside it."""
    (folder / "torture.md").write_text(markdown(rounds))
    (folder / "torture.json").write_text(json.dumps([asdict(each) for each in rounds], indent=1, default=str))


def read(path: Path) -> list[Round]:
    """Read the rounds that `write` wrote."""
    rounds = json.loads(path.read_bytes())
    return [Round(**{**each, "verdict": Verdict(**each["verdict"])}) for each in rounds]


if __name__ == "__main__":
    print(markdown([each for name in sys.argv[1:] for each in read(Path(name))]))
