"""What stands open now, in columns by ticket: a look at them costs some vector operations over all that are open.

Ages grow with no event, so nothing about them is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.core.due import Due
from stream.core.facts import ANSWERED, BACKLOG_STATES, PENDING, UNANSWERED
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.standing import AGES_US, AT_RISK, BREACHED, LATELY_US, ON_TIME, SLA_STATES, WITHOUT_TARGET, Queue
from stream.core.windows import SECOND_US
from stream.counting.exact import sums
from stream.counting.slots import Slots
from stream.model.frame import Tickets
from stream.model.names import Names
from stream.model.times import Ints, Mask

_LABEL_BITS = 20
_CLOSED = len(BACKLOG_STATES)
_AGES = tuple(name for name, _, _ in AGES_US)
_EMPTY = np.zeros(0, np.int64)

# By the second: what was due lately stands in as many columns.
_SECONDS_BITS = 34


class Looked(NamedTuple):
    """The open tickets of each group (a partition and labels) at an instant, as columns by group.

    codes: which groups these are. states, ages and sla have a column for each of their names, longer_than for each of
    the policy's. waited is the sum of the waits, oldest the longest, -1 where nobody waits. waits and lately are
    sparse: group, bucket (or second), and how many.
    """

    codes: Ints
    states: Ints
    ages: Ints
    longer_than: Ints
    waiting: Ints
    waited: list[int]
    oldest: Ints
    waits: tuple[Ints, Ints, Ints]
    sla: Ints
    lately: tuple[Ints, Ints, Ints]


class Standing:
    """All open tickets of a worker. Each ticket has a place, a small number that nobody else has meanwhile."""

    def __init__(self, policy: Policy, names: Names) -> None:
        """Start with none."""
        self._policy, self._names = policy, names
        self._nobody = self._made(
            [[0] * len(names) for names in (BACKLOG_STATES, _AGES, policy.longer_than, SLA_STATES)],
            (0, 0, None),
            {},
            {},
        )
        self._bounds: Ints = np.array(policy.buckets.bounds_us, np.int64)
        self._groups = (
            Slots()
        )  # of partition and label; one that had an open ticket is shown until its partition leaves
        self._group: NDArray[np.int32] = np.zeros(0, np.int32)
        self._state: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._awaiting: Mask = np.zeros(0, bool)
        self._opened = self._risk = self._deadline = self._target = _EMPTY
        # What became due and was seen to: that a ticket is at risk, that it is breached.
        self._seen: tuple[Mask, Mask] = np.zeros(0, bool), np.zeros(0, bool)
        self._next_us: dict[int, int] = {}
        """By partition, before when nothing is due that was not seen to."""

    def replace(self, places: Ints, partition: Ints, tickets: Tickets) -> None:
        """Let tickets stand as the first ones of a frame do."""
        if not len(places):
            return
        self._make_room(int(places.max()) + 1)
        n = len(places)
        is_open, awaiting, pending = tickets.is_open[:n], tickets.awaiting[:n], tickets.pending[:n]
        open_ = np.flatnonzero(is_open)
        promised = tickets.promised
        self._note_due(places, partition, awaiting, promised.risk.us[:n], promised.deadline.us[:n])
        self._state[places] = _CLOSED
        self._awaiting[places] = False
        where = places[open_]
        self._group[where] = self._groups.of(partition[open_] << _LABEL_BITS | tickets.label[open_])
        states = np.where(awaiting, _STATE[UNANSWERED], _STATE[ANSWERED])
        self._state[where] = np.where(pending, _STATE[PENDING], states)[open_]
        self._awaiting[where] = awaiting[open_]
        self._opened[where] = tickets.opened.us[open_]
        self._risk[where], self._deadline[where] = promised.risk.us[open_], promised.deadline.us[open_]
        self._target[where] = promised.target_us[open_]

    def replace_some(self, which: Sequence[bool], first: int, tickets: Tickets) -> None:
        """Let some of the tickets of a frame stand, as those of partition 0, at the places from first on."""
        places = np.arange(first, first + len(which))
        self.replace(places, np.zeros(len(which), np.int64), tickets)
        self._state[places[~np.array(which, bool)]] = _CLOSED
        self._awaiting[places[~np.array(which, bool)]] = False

    def _note_due(  # columns of one table
        self, places: Ints, partition: Ints, awaiting: Mask, risk: Ints, deadline: Ints
    ) -> None:
        """Let what is due be seen to anew where it changes."""
        same = self._awaiting[places] & awaiting & (self._risk[places] == risk) & (self._deadline[places] == deadline)
        for seen in self._seen:
            seen[places[~same]] = False
        new = awaiting & ~same & (deadline >= 0)
        for number in np.unique(partition[new]).tolist():
            next_us = int(risk[new & (partition == number)].min())
            self._next_us[number] = min(next_us, self._next_us.get(number, _NEVER_DUE))

    def _make_room(self, places: int) -> None:
        more = max(places, 2 * len(self._state)) - len(self._state) if places > len(self._state) else 0
        if more:
            self._group = np.append(self._group, np.zeros(more, np.int32))
            self._state = np.append(self._state, np.full(more, _CLOSED, np.uint8))
            self._awaiting = np.append(self._awaiting, np.zeros(more, bool))
            at_risk, breached = self._seen
            self._seen = np.append(at_risk, np.zeros(more, bool)), np.append(breached, np.zeros(more, bool))
            self._opened, self._risk, self._deadline, self._target = (
                np.append(column, np.zeros(more, np.int64))
                for column in (self._opened, self._risk, self._deadline, self._target)
            )

    def leave(self, partition: int) -> None:
        """Give up the tickets of a partition."""
        self._next_us.pop(partition, None)
        its = self._groups.codes >> _LABEL_BITS == partition
        if its.any():
            gone = its[self._group]
            self._state[gone] = _CLOSED
            self._awaiting[gone] = False
            number = np.where(its, 0, np.cumsum(~its) - 1)  # what is closed may be of any group
            self._group = number[self._group].astype(np.int32)
            self._groups.keep(np.flatnonzero(~its))

    def look(self, now_us: int) -> Looked:
        """Return what stands open at now."""
        groups, policy = len(self._groups), self._policy
        open_ = np.flatnonzero(self._state != _CLOSED)
        group, opened = self._group[open_].astype(np.int64), self._opened[open_]
        states = _counted(group, self._state[open_], groups, len(BACKLOG_STATES))
        # The youngest first; one that opens after now has the age 0.
        edges = np.array([now_us - age_us for _, age_us, _ in AGES_US[1:]])
        age = np.zeros(len(opened), np.uint8)
        for edge in edges:
            age += opened <= edge
        longer = [np.bincount(group[opened < now_us - us], minlength=groups) for _, us in policy.longer_than]
        waiting = np.flatnonzero(self._awaiting)
        group, waited = self._group[waiting].astype(np.int64), np.maximum(now_us - self._opened[waiting], 0)
        oldest = np.full(groups, -1)
        np.maximum.at(oldest, group, waited)
        bucket = np.searchsorted(self._bounds, waited, side="left")
        risk, deadline = self._risk[waiting], self._deadline[waiting]
        promised = deadline >= 0
        sla = np.where(deadline < now_us, _SLA[BREACHED], np.where(risk <= now_us, _SLA[AT_RISK], _SLA[ON_TIME]))
        sla[~promised] = _SLA[WITHOUT_TARGET]
        late = np.flatnonzero(promised & (deadline < now_us) & (deadline >= now_us - LATELY_US))
        return Looked(
            self._groups.codes,
            states,
            _counted(group=self._group[open_].astype(np.int64), kind=age, groups=groups, kinds=len(AGES_US)),
            np.array(longer, np.int64).reshape(len(longer), groups).T,
            np.bincount(group, minlength=groups),
            sums(group, waited, groups),
            oldest,
            _sparse(group, bucket),
            _counted(group, sla, groups, len(SLA_STATES)),
            _sparse(group[late], deadline[late] // SECOND_US),
        )

    def queues(self, looked: Looked, partition: int) -> dict[Labels, Queue]:
        """Return what stood open under each set of labels that ever had an open ticket in a partition.

        It may be asked later, and in any thread.
        """
        codes = looked.codes
        its = np.flatnonzero(codes >> _LABEL_BITS == partition).tolist()
        waits, lately = _by_group(looked.waits), _by_group(looked.lately)
        quiet = {i for i, n in enumerate(looked.states.sum(axis=1).tolist()) if not n}
        return {
            self._labels(int(codes[i])): self._nobody if i in quiet else self._queue(looked, i, waits, lately)
            for i in its
        }

    def _labels(self, code: int) -> Labels:
        return self._names.labels[code & (1 << _LABEL_BITS) - 1]

    def _queue(
        self, looked: Looked, i: int, waits: dict[int, dict[int, int]], lately: dict[int, dict[int, int]]
    ) -> Queue:
        oldest = int(looked.oldest[i])
        columns = (looked.states, looked.ages, looked.longer_than, looked.sla)
        return self._made(
            [column[i].tolist() for column in columns],
            (int(looked.waiting[i]), looked.waited[i], None if oldest < 0 else oldest),
            waits.get(i, {}),
            lately.get(i, {}),
        )

    def _made(
        self, counts: list[list[int]], waited: tuple[int, int, int | None], waits: dict[int, int], late: dict[int, int]
    ) -> Queue:
        states, ages, longer, sla = counts
        waiting, waited_us, oldest_us = waited
        return Queue(
            states=dict(zip(BACKLOG_STATES, states, strict=True)),
            ages=dict(zip(_AGES, ages, strict=True)),
            longer_than=dict(zip((name for name, _ in self._policy.longer_than), longer, strict=True)),
            waiting=waiting,
            waited_us=waited_us,
            oldest_us=oldest_us,
            waits=waits,
            wait_le=dict(self._policy.buckets.cumulative(waits)),
            sla=dict(zip(SLA_STATES, sla, strict=True)),
            lately_breached=late,
        )

    def longest_waiting(self, partition: int, wanted: Callable[[Labels], bool], limit: int) -> list[int]:
        """Return the places of at least `limit` tickets that wait longest, if as many do, the oldest first.

        wanted: says of labels whether tickets under them are asked for. All that were opened at the instant at which
        the last of them was are among them, as which of these is named is decided by their ids.
        """
        codes = self._groups.codes
        groups = np.array([code >> _LABEL_BITS == partition and wanted(self._labels(code)) for code in codes.tolist()])
        waiting = np.flatnonzero(self._awaiting)
        waiting = waiting[groups.astype(bool)[self._group[waiting]]] if len(groups) else _EMPTY
        opened = self._opened[waiting]
        if len(waiting) > limit > 0:
            last = np.partition(opened, limit - 1)[limit - 1]
            waiting, opened = waiting[opened <= last], opened[opened <= last]
        oldest: list[int] = waiting[np.argsort(opened, kind="stable")].tolist()
        return oldest

    def is_open(self, place: int) -> bool:
        """Say whether a ticket stands open."""
        return bool(self._state[place] != _CLOSED)

    def stands(self, place: int) -> tuple[int, Labels, Due | None]:
        """Return the opening and labels of a ticket that stands open, and when it is due, None for never."""
        risk, deadline, target = (int(column[place]) for column in (self._risk, self._deadline, self._target))
        due = Due(risk, deadline, target) if deadline >= 0 else None
        return int(self._opened[place]), self._labels(int(self._groups.codes[self._group[place]])), due

    # -- what is due

    def due(self, partition: int, now_us: int, most: int) -> list[tuple[int, int, int]]:
        """Return up to about `most` of what is due by now in a partition and was not seen to, the first ones.

        Of each: when it became due, which of the two it is (0: at risk, 1: breached), and the place of the ticket. It
        is breached from a microsecond after its deadline on: at the deadline itself an answer is in time.
        """
        if now_us < self._next_us.get(partition, _NEVER_DUE):
            return []
        its = self._groups.codes >> _LABEL_BITS == partition
        waiting = np.flatnonzero(self._awaiting)
        waiting = waiting[its[self._group[waiting]] & (self._deadline[waiting] >= 0)]
        found: list[tuple[int, int, int]] = []
        next_us = _NEVER_DUE
        for which, (column, late) in enumerate(((self._risk, 0), (self._deadline, 1))):
            unseen = waiting[~self._seen[which][waiting]]
            at = column[unseen] + late
            next_us = min(next_us, int(at.min(initial=_NEVER_DUE)))
            is_due = np.flatnonzero(at <= now_us)
            if len(is_due) > most:
                is_due = is_due[np.argpartition(at[is_due], most)[:most]]
            found += zip(at[is_due].tolist(), [which] * len(is_due), unseen[is_due].tolist(), strict=True)
        self._next_us[partition] = next_us
        return found

    def saw(self, place: int, which: int) -> None:
        """Note that something due was seen to."""
        self._seen[which][place] = True


_NEVER_DUE = 1 << 62
_STATE = {name: i for i, name in enumerate(BACKLOG_STATES)}
_SLA = {name: i for i, name in enumerate(SLA_STATES)}


def _counted(group: Ints, kind: NDArray[np.integer], groups: int, kinds: int) -> Ints:
    """Return how many of each kind each group has."""
    return np.bincount(group * kinds + kind, minlength=groups * kinds).reshape(groups, kinds)


def _sparse(group: Ints, kind: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the same for kinds of which few occur: group, kind, and how many."""
    key, n = np.unique(group << _SECONDS_BITS | kind, return_counts=True)
    return key >> _SECONDS_BITS, key & (1 << _SECONDS_BITS) - 1, n


def _by_group(sparse: tuple[Ints, Ints, Ints]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for group, kind, n in zip(*(column.tolist() for column in sparse), strict=True):
        found.setdefault(group, {})[kind] = n
    return found
