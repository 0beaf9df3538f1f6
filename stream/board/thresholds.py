"""What a threshold says about a value, and what the policy file promises to the tickets of a tile."""

from __future__ import annotations

from stream.board.layout import Filter, Threshold
from stream.core.definitions import ClockName, Definitions
from stream.core.windows import SECOND_US
from stream.numbers.tile import Level, Promise


def level(value: float | None, threshold: Threshold | None) -> Level:
    """Return how a value stands: bad beyond the target, a warning from `warn` on; neutral without either."""
    if value is None:
        return "unknown"
    if threshold is None or (threshold.target is None and threshold.warn is None):
        return "neutral"
    # Turned around where less is bad, so that more is bad in any case.
    sign = 1 if threshold.bound == "at_most" else -1
    if threshold.target is not None and sign * value > sign * threshold.target:
        return "bad"
    if threshold.warn is not None and sign * value >= sign * threshold.warn:
        return "warn"
    return "good"


def under_policy(
    threshold: Threshold, definitions: Definitions, promise: Promise, of: Filter, now_us: int
) -> Threshold:
    """Return the threshold with the promise of the policy in it, without target if there is not exactly one.

    Without a value of its own it warns where tickets are at risk.
    """
    target = promised_seconds(definitions, promise, of, now_us)
    if target is None:
        return Threshold(threshold.bound, None, None, from_policy=True)
    warn = threshold.warn
    if warn is None:
        warn = target * (100 - definitions.at_risk_percent) / 100
    return Threshold(threshold.bound, target, min(warn, target), from_policy=True)


def promised_seconds(definitions: Definitions, promise: Promise, of: Filter, now_us: int) -> float | None:
    """Return what is promised to every ticket of these labels that is opened now, in seconds by the promise's clock.

    None if tickets of these labels are promised different things, or some of them nothing, or by the other clock.
    """
    named = dict(of)
    promised: set[tuple[int, ClockName]] = set()
    for target in definitions.targets:
        if target.wait != promise.wait:
            continue
        if (target.from_us or now_us) > now_us or (target.until_us is not None and now_us >= target.until_us):
            continue
        selected = (("channel", target.channels), ("priority", target.priorities), ("queue", target.queues))
        if any(serves is not None and serves.isdisjoint(named.get(label, serves)) for label, serves in selected):
            continue
        promised.add((target.target_us, target.clock))
        if all(serves is None or (label in named and serves.issuperset(named[label])) for label, serves in selected):
            break
    else:
        return None  # some are promised nothing
    if len(promised) != 1:
        return None
    target_us, measured_by = promised.pop()
    return target_us / SECOND_US if measured_by == promise.clock else None
