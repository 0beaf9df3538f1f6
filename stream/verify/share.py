"""Shares, of which there is none where there is nothing to have a share of."""


def percent(part: int, whole: int) -> float | None:
    """A part of a whole in percent; None unless the whole is more than nothing."""
    return 100 * part / whole if whole > 0 else None
