"""The interval of a share."""

from __future__ import annotations

from math import sqrt

_Z_95 = 1.96


def wilson_percent(part: int, whole: int) -> tuple[float | None, float | None]:
    """Return the 95 % score interval of a share in percent, None of nothing.

    It stays within 0 and 100 and does not collapse when all agree. E. B. Wilson, "Probable Inference, the Law of
    Succession, and Statistical Inference", Journal of the American Statistical Association 22(158), 1927.
    """
    if whole <= 0:
        return None, None
    share, square = part / whole, _Z_95**2
    middle = share + square / (2 * whole)
    margin = _Z_95 * sqrt(share * (1 - share) / whole + square / (4 * whole**2))
    scale, percent = 100 / (1 + square / whole), 100 * part / whole
    # The share itself is within, whatever the last digit of a sum of fractions.
    return min(percent, max(0.0, scale * (middle - margin))), max(percent, min(100.0, scale * (middle + margin)))
