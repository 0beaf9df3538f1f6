"""Durations counted by bands, each from its lower bound, included, to the next one's."""

from collections.abc import Mapping


def counts(column: str, lower_us: Mapping[str, int | None]) -> list[str]:
    """What to select for each band, of a column in microseconds; a band without a lower bound has all below."""
    bounds = list(lower_us.values())
    selected = []
    for start, end in zip(bounds, [*bounds[1:], None], strict=True):
        within = [f"{column} >= {start}" if start else "", f"{column} < {end}" if end else ""]
        selected.append(f"count(*) FILTER ({' AND '.join(filter(None, within))})")
    return selected
