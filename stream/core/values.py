"""What the values that a desk sends mean: its channels and priorities under the names that Deskpulse has for them.

A state keeps what was sent. What it means is looked up when it is counted, so that another policy counts the past anew
as well, in whatever order events came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from schemas.events import Channel, OpenedBy, Priority
from schemas.fields import TAKEN_AWAY
from schemas.leniency import folded
from stream.core.labels import OTHER

CHANNELS: tuple[str, ...] = get_args(Channel)
PRIORITIES: tuple[str, ...] = get_args(Priority)
KNOWN: Mapping[str, frozenset[str]] = {"channel": frozenset(CHANNELS), "priority": frozenset(PRIORITIES)}
"""The attributes that have a fixed set of values; every value of any other is understood."""
_OPENED_BY = frozenset(get_args(OpenedBy))


@dataclass(frozen=True)
class Meanings:
    """What a policy maps. named: by attribute, the names that the desk has (folded) and what each stands for."""

    named: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __hash__(self) -> int:
        """Equal values hash alike; there are never many."""
        return hash(tuple(sorted((name, *sorted(of.items())) for name, of in self.named.items())))

    def meaning(self, attribute: str, said: str | None) -> str | None:
        """Return the value that what was sent stands for; None if there is none.

        A channel that is not understood is `other`, and a priority no priority.
        """
        if said is None or said == TAKEN_AWAY:
            return None
        mapped = self.named.get(attribute, {}).get(word := folded(said))
        if mapped is not None:
            return mapped
        known = KNOWN.get(attribute)
        if known is None:
            return said
        if word in known:
            return word
        return OTHER if OTHER in known else None

    def understands(self, field_name: str, said: str | None) -> bool:
        """Say whether what was sent is a value, or is mapped to one; `opened_by` cannot be mapped."""
        if said is None or said == TAKEN_AWAY:
            return True
        known = _OPENED_BY if field_name == "opened_by" else KNOWN.get(field_name)
        if known is None or said in known:
            return True
        word = folded(said)
        return word in known or word in self.named.get(field_name, ())

    def meanings(self, attributes: Mapping[str, str]) -> dict[str, str]:
        """Return the attributes of a ticket with what each of their values stands for, without those that have none."""
        meant = ((name, self.meaning(name, said)) for name, said in attributes.items())
        return {name: value for name, value in meant if value is not None}
