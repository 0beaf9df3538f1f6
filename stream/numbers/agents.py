"""Agents at work: who did something on a ticket. Distinct people do not add up, so who they are is kept, not how many.

An act is a public answer, a note or a change of status that names its agent; it counts under the ticket's labels.
"""

from __future__ import annotations

from collections.abc import Iterator

from stream.core.labels import Labels
from stream.core.report_view import View
from stream.core.rows import grouped
from stream.core.sums import Sums
from stream.counting.add import Adds, By
from stream.model.frame import Tickets
from stream.numbers.declare import Number, Row, Windowed
from stream.numbers.explained import Explained
from stream.numbers.reasons import Reason
from stream.numbers.tile import Figure, Tile

_PREFIX = "agents/"


class Agents(Windowed):
    """How many agents were at work; null where nobody can say."""

    n: int | None


def fold(t: Tickets, add: Adds) -> None:
    """Add what each agent did, at its time; the agent stands in the measure."""
    acted, agent = t.acts
    add("agents", acted, by=By(agent, t.names.agents.texts))


def is_act(measure: str) -> bool:
    """Say whether a cell of this measure counts acts of an agent."""
    return measure.startswith(_PREFIX)


def at_work(view: View) -> Iterator[Row]:
    """Yield how many there were. None of a desk whose events name no agent, or a worker of which tells none: nobody can
    say how many there are."""
    for window in view.policy.agent_windows:
        if view.only_windows is not None and window.name not in view.only_windows:
            continue
        acts = (view.totals.agents or {}).get(window.name)
        if acts is None:
            yield {"window": window.name, "labels": {}, "n": None}
            continue
        for labels, agents in grouped(_by_labels(acts).items(), view.policy.labels, _together, frozenset()):
            yield {"window": window.name, "labels": labels, "n": len(agents)}


def _by_labels(acts: Sums) -> dict[Labels, frozenset[str]]:
    """Return who was at work, by the labels of their tickets; an agent may stand under several."""
    found: dict[Labels, set[str]] = {}
    for measure, by_labels in acts.measures.items():
        for labels in by_labels:
            found.setdefault(labels, set()).add(measure.removeprefix(_PREFIX))
    return {labels: frozenset(agents) for labels, agents in found.items()}


def _together(parts: list[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*parts)


NUMBERS = (
    Number(
        name="agents",
        order=200,
        version=1,
        page="agents.md",
        definition="number of different agent_id of public answers, notes and changes of status in the window",
        shape=Agents,
        book="agents",
        over_all=False,
        fold=fold,
        rows=at_work,
        explained=Explained(field_of=lambda *_: lambda cell: "acts" if is_act(cell[0]) else None),
        why_not=(Reason("nobody_named", "nothing was done on it by an agent whom an event names"),),
        tiles=(
            Tile(
                "agents",
                "count",
                "better",
                lambda row, _: Figure(row["n"], row["n"], why="no_data" if row["n"] is None else None),
            ),
        ),
    ),
)
