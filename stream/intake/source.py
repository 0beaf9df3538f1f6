"""One sender: its address, what it has to prove, and how much it may send."""

from __future__ import annotations

from dataclasses import dataclass, field

from stream.intake.recipe import RecipePart
from stream.mapping import DeliveryMapping


@dataclass(slots=True)
class Allowance:
    """So many deliveries a second, and as many at once: a bucket that fills again."""

    per_second: int
    _left: float = field(init=False)
    _at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        """Begin with a full one."""
        self._left = float(self.per_second)

    def take(self, now: float) -> bool:
        """Take one, if there is one left; now in seconds of a clock that does not go back."""
        self._left = min(float(self.per_second), self._left + max(0.0, now - self._at) * self.per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass(frozen=True, slots=True)
class Source:
    """A sender. Nothing of it shows a secret."""

    name: str
    path: str
    mapping: DeliveryMapping
    recipe: RecipePart
    keys: tuple[bytes, ...] = field(repr=False)
    public_url: str | None = None
    deliveries_per_second: int = 1000
    allowed_origins: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()

    @property
    def has_key_in_path(self) -> bool:
        """Say whether the secret is the last part of the address."""
        return self.recipe.check == "path"

    @property
    def route(self) -> str:
        """Return the pattern of its address."""
        return f"{self.path}/{{key}}" if self.recipe.check == "path" else self.path

    def allows(self, origin: str) -> bool:
        """Say whether a sender of CloudEvents with this name is to send here."""
        return "*" in self.allowed_origins or origin.lower() in self.allowed_origins
