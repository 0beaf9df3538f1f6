"""What each of some tickets or customers adds, by name, so that it can be listed: the same folds, owner by owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from stream.core.cells import Contribution
from stream.core.due import Due
from stream.core.facts import BACKLOG_STATES, WAITS
from stream.core.labels import Labels
from stream.core.standing import OpenTicket, Wait
from stream.counting.add import Rows
from stream.counting.cells import Cells
from stream.model.customers import Customers
from stream.model.frame import Tickets
from stream.model.times import Ints, Mask, Times


class EachTicket(NamedTuple):
    """What each ticket adds: to its own numbers, to those of agents and of the past, and by its surveys.

    surveys: of each sending and answer, in the order of their records; those of a retracted ticket are not there.
    """

    frame: Tickets
    tickets: list[list[Contribution]]
    agents: list[list[Contribution]]
    past: list[list[Contribution]]
    surveys: list[list[list[Contribution]]]

    @property
    def labels(self) -> list[Labels]:
        """Return the labels that each counts under."""
        return [self.frame.names.labels[number] for number in self.frame.label.tolist()]

    def open(self) -> list[OpenTicket | None]:
        """Return how each stands, None for one that is not open."""
        t, promise, (since, kind) = self.frame, self.frame.promise, self.frame.waiting
        due = [
            Due(risk, deadline, target) if made else None
            for risk, deadline, target, made in zip(
                promise.risk.us.tolist(),
                promise.deadline.us.tolist(),
                promise.target_us.tolist(),
                promise.made.tolist(),
                strict=True,
            )
        ]
        waits = [
            Wait(WAITS[kind], since_us, due) if waits else None
            for waits, kind, since_us, due in zip(
                since.known.tolist(), kind.tolist(), since.us.tolist(), due, strict=True
            )
        ]
        columns = zip(
            t.is_open.tolist(), self.labels, t.backlog_state.tolist(), t.opened.us.tolist(), waits, strict=True
        )
        return [
            OpenTicket(labels, BACKLOG_STATES[state], opened_us, wait) if is_open else None
            for is_open, labels, state, opened_us, wait in columns
        ]


class EachCustomer(NamedTuple):
    """What each customer adds."""

    frame: Customers
    adds: list[list[Contribution]]


def contributions(rows: Iterable[tuple[Rows, Ints]], cells: Cells, owners: int) -> list[list[Contribution]]:
    """Return what each of so many owners adds; rows: with the owner of each."""
    found: list[list[Contribution]] = [[] for _ in range(owners)]
    for each, owner in rows:
        for i, at, code, amount in zip(
            owner.tolist(), each.at.tolist(), each.code.tolist(), each.amount.tolist(), strict=True
        ):
            if amount:
                found[i].append((at, cells.cell(code), cells.whole(code, amount)))
    return found


def by_owner(adds: Sequence[list[Contribution]], owner: Ints, owners: int) -> list[list[list[Contribution]]]:
    """Return lists by whose they are."""
    found: list[list[list[Contribution]]] = [[] for _ in range(owners)]
    for each, i in zip(adds, owner.tolist(), strict=True):
        found[i].append(each)
    return found


def moments(times: Times) -> list[int | None]:
    """Return moments in microseconds, None for those that never came."""
    return [us if known else None for us, known in zip(times.us.tolist(), times.known.tolist(), strict=True)]


def first_that_holds(masks: Sequence[Mask | bool], owners: int) -> list[int]:
    """Return for each owner which of the masks is the first that is true of it; so many as there are masks for none."""
    found = np.full(owners, len(masks))
    for i, mask in reversed(list(enumerate(masks))):
        found = np.where(mask, i, found)
    which: list[int] = found.tolist()
    return which
