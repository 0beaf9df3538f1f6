"""Agents at work: who did something on a ticket. Distinct people do not add up, so who they are is kept, not how many.

An act is a public answer, a note or a change of status that names its agent; it counts under the ticket's labels.
"""

from __future__ import annotations

from collections.abc import Iterable

from stream.core.labels import Labels
from stream.core.ledger import COUNT, Contribution
from stream.core.sums import Sums
from stream.core.ticket import Message, StatusChange
from stream.counting.add import Adds, By
from stream.model.frame import Tickets

FAMILY = "agents"
_PREFIX = FAMILY + "/"


def acts(happenings: Iterable[Message | StatusChange], labels: Labels) -> list[Contribution]:
    """Return one for each act of an agent who is named, at its time; the agent stands in the measure."""
    return [(each.at_us, (_PREFIX + each.agent, labels, COUNT), 1) for each in happenings if each.agent]


def fold(t: Tickets, add: Adds) -> None:
    """Add what each agent did, at its time; the agent stands in the measure."""
    acted, agent = t.acts
    add(FAMILY, acted, by=By(agent, t.names.agents.texts))


def is_act(measure: str) -> bool:
    """Say whether a cell of this measure counts acts of an agent."""
    return measure.startswith(_PREFIX)


def by_labels(sums: Sums) -> dict[Labels, frozenset[str]]:
    """Return who was at work, by the labels of their tickets; an agent may stand under several."""
    found: dict[Labels, set[str]] = {}
    for measure, by_labels in sums.measures.items():
        for labels in by_labels:
            found.setdefault(labels, set()).add(measure.removeprefix(_PREFIX))
    return {labels: frozenset(agents) for labels, agents in found.items()}
