"""The scales of the instruments, and what a feeling is on each."""

from __future__ import annotations

from typing import Final

from stream.simulate.chance import Mix

#: the tops of the scales in use. CSAT on seven points is what one old form still asks.
SCALES: Final = {
    "csat": Mix({5: 0.79, 4: 0.10, 10: 0.10, 7: 0.01}),
    "ces": Mix({7: 0.70, 5: 0.15, 10: 0.15}),
}
#: the one that answers need not name
USUAL: Final = {"csat": 5, "ces": 7}
_NPS_TOP = 10


def score(instrument: str, top: int | None, feeling: float) -> int:
    """What somebody ticks who feels so, about 0..10. NPS and eNPS have one scale, so `top` is None for them.

    Effort is the other way round: the better it went, the lower the score.
    """
    if top is None:
        return min(_NPS_TOP, max(0, round(feeling)))
    ticked = min(top, max(1, round(feeling / 10 * top + 0.3)))
    return top + 1 - ticked if instrument == "ces" else ticked
