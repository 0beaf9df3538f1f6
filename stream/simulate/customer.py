"""One of the people who write, call and buy."""

from __future__ import annotations

from dataclasses import dataclass

from stream.simulate.chance import Chance, Mix

_SEGMENTS = Mix({"consumer": 0.70, "business": 0.22, "enterprise": 0.08})
_BRANDS = Mix({"aurora": 0.55, "basalt": 0.30, "cinder": 0.15})
_LANGUAGES = Mix({"en": 0.48, "de": 0.15, "fr": 0.12, "es": 0.12, "nl": 0.06, "ja": 0.05, None: 0.02})


@dataclass(slots=True)
class Customer:
    """`mood` shifts every score the customer gives, in points of 0..10. `lost`: has left, and was on record."""

    id: str
    segment: str
    brand: str
    language: str | None
    mood: float
    lost: bool = False


def make_up(chance: Chance, customer_id: str) -> Customer:
    """Somebody nobody has heard of before."""
    return Customer(
        id=customer_id,
        segment=_SEGMENTS.pick(chance),
        brand=_BRANDS.pick(chance),
        language=_LANGUAGES.pick(chance),
        mood=chance.gauss(0.0, 1.3),
    )
