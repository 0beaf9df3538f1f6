"""What the parameters of a request ask for. A wrong one is refused with what would be accepted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from multidict import MultiMapping

from stream.core.labels import Labels

Wanted = tuple[tuple[str, tuple[str, ...]], ...]  # dimension and the values that are asked for


class WrongQueryError(ValueError):
    """Parameters that cannot be used; the text says which, what they got and what they accept."""


class Filter(NamedTuple):
    """Which values of which dimensions are asked for; of several values of one dimension, any will do."""

    wanted: Wanted = ()

    def takes(self, labels: Mapping[str, str]) -> bool:
        """Say whether these labels name every dimension that is asked for, with such a value."""
        return all(labels.get(dimension) in values for dimension, values in self.wanted)

    def of(self, dimensions: tuple[str, ...], labels: Labels) -> bool:
        """The same, of the label values of these dimensions."""
        return not self.wanted or self.takes(dict(zip(dimensions, labels, strict=True)))


class Query:
    """The parameters of one request, taken one by one."""

    def __init__(self, given: MultiMapping[str], accepted: Iterable[str]) -> None:
        """Raise WrongQueryError for a parameter that is not among those accepted."""
        self._given = given
        names = sorted(set(accepted))
        if unknown := sorted(set(given) - set(names)):
            raise WrongQueryError(f"parameter {unknown[0][:100]!r} is not known; accepts {', '.join(names)}")

    def many(self, name: str, accepted: Collection[str], off: Collection[str] = ()) -> tuple[str, ...] | None:
        """Return the values of a parameter that may be repeated, sorted; None if it is not given.

        off: numbers that are not counted, which the error says.
        """
        values = self._given.getall(name, None)
        if values is None:
            return None
        for value in values:
            _check(name, value, accepted, off)
        return tuple(sorted(set(values)))

    def one(self, name: str, accepted: Collection[str], off: Collection[str] = ()) -> str | None:
        """Return the value of a parameter, None if it is not given. off: as in `many`."""
        values = self._given.getall(name, [])
        if len(values) > 1:
            raise WrongQueryError(f"{name}: got {len(values)} values; accepts one")
        if not values:
            return None
        _check(name, values[0], accepted, off)
        return values[0]

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return the value of a parameter that is a whole number."""
        values = self._given.getall(name, [])
        if not values:
            return default
        text = values[0] if len(values) == 1 else ""
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            got = ", ".join(values)[:100]
            raise WrongQueryError(f"{name}: got {got!r}; accepts one whole number, {least} to {most}")
        return int(text)

    def filter(self, dimensions: Iterable[str]) -> Filter:
        """Return what is asked of the dimensions. Their values are data, so any is accepted."""
        return Filter(
            tuple(
                (dimension, tuple(sorted(set(self._given.getall(dimension)))))
                for dimension in dimensions
                if dimension in self._given
            )
        )


def _check(name: str, value: str, accepted: Collection[str], off: Collection[str]) -> None:
    if value in off:
        raise WrongQueryError(f"{name}: {value} is switched off in the policy file (numbers_off)")
    if value not in accepted:
        raise WrongQueryError(f"{name}: got {value[:100]}; accepts {', '.join(accepted)}")
