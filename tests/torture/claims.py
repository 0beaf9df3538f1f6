"""What a worker claims at a moment, held against what is true: pure, so that it can be tried by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stream.engine.reading.remaining import VALID_SECONDS
from tests.engine.desk import Shown
from tests.torture.truth import Truth

# What is older than this was not shown by a living worker at the moment of the sample.
FRESH_SECONDS = 1.0
# A worker may say of what came up to so long ago that it is not there: it asks the broker that often.
UNSAID_SECONDS = VALID_SECONDS + 1.0


def claims(shown: Shown) -> bool:
    """Whether a worker says that its numbers are right: ready, caught up, and a lag of 0 everywhere."""
    lags = shown["counters"]["lag"].values()
    whole = shown["of"] == list(shown["owned"]) and bool(lags) and all(lag == 0 for lag in lags)
    return bool(shown["ready"] and shown["caught_up"] and whole)


def untruth(shown: Shown, truth: Truth) -> str | None:
    """Return what is wrong with the number of tickets that a worker claims to be right, None if nothing is."""
    counted = sum(shown["tickets"][name] for name in ("opened", "without_opening", "retracted"))
    heard_until = min(shown["as_of"], shown["time"]) - UNSAID_SECONDS
    least, most = truth.at_least(shown["of"], heard_until), truth.at_most(shown["of"])
    return None if least <= counted <= most else f"counts {counted} tickets of {least} to {most} in {shown['of']}"


@dataclass(slots=True)
class Overlaps:
    """Finds partitions that one worker showed between two moments at which another did."""

    _before: dict[str, tuple[int, float, frozenset[int]]] = field(default_factory=dict)

    def look(self, shown: Mapping[str, Shown], processes: Mapping[str, int]) -> list[str]:
        """Return what overlaps since the last look; processes: the process id of each worker."""
        found = []
        now = {slot: (processes[slot], each["time"], frozenset(each["owned"])) for slot, each in shown.items()}
        for slot, (process, until, owned) in now.items():
            was, since, owned_before = self._before.get(slot, (0, 0.0, frozenset()))
            if was != process or until - since > FRESH_SECONDS:
                continue
            for other, (_, at, theirs) in now.items():
                both = owned & owned_before & theirs
                if other != slot and both and since < at < until:
                    found.append(f"{sorted(both)} by {slot} and {other}")
        self._before = now
        return found
