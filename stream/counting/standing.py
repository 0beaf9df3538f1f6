"""What stands open now, in columns by ticket: a look at them costs some vector operations over all that are open.

Ages grow with no event, so nothing about them is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from stream.core.due import Due
from stream.core.facts import BACKLOG_STATES, WAITS
from stream.core.labels import Labels
from stream.core.policy import Policy
from stream.core.standing import (
    AGES_US,
    AT_RISK,
    BANDS_US,
    BREACHED,
    LATELY_US,
    ON_TIME,
    SLA_STATES,
    WITHOUT_TARGET,
    OpenTicket,
    Queue,
    Wait,
)
from stream.core.windows import SECOND_US
from stream.counting.exact import sums
from stream.counting.looked import Looked, LookedAt, Sparse
from stream.counting.slots import Slots
from stream.model.frame import Tickets
from stream.model.names import Names
from stream.model.times import Ints, Mask

_LABEL_BITS = 20
_CLOSED = len(BACKLOG_STATES)
_EMPTY = np.zeros(0, np.int64)

# By the second: what was due lately stands in as many columns.
_SECONDS_BITS = 34


class Standing:
    """All open tickets of a worker. Each ticket has a place, a small number that nobody else has meanwhile."""

    def __init__(self, policy: Policy, names: Names) -> None:
        """Start with none."""
        self._policy, self._names = policy, names
        self._bounds: Ints = np.array(policy.buckets.bounds_us, np.int64)
        self._groups = Slots()  # of partition and label; one that had an open ticket is shown until it leaves
        self._group: NDArray[np.int32] = np.zeros(0, np.int32)
        self._state: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._opened = self._since = self._risk = self._deadline = self._target = _EMPTY
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
        is_open, promise, since = tickets.is_open[:n], tickets.promise, tickets.waiting[0].us
        state: NDArray[np.uint8] = np.where(is_open, tickets.backlog_state[:n], _CLOSED).astype(np.uint8)
        self._note_due(places, partition, state, promise.risk.us[:n], promise.deadline.us[:n])
        self._state[places] = state
        open_ = np.flatnonzero(is_open)
        where = places[open_]
        self._group[where] = self._groups.of(partition[open_] << _LABEL_BITS | tickets.label[open_])
        self._opened[where], self._since[where] = tickets.opened.us[open_], since[open_]
        self._risk[where], self._deadline[where] = promise.risk.us[open_], promise.deadline.us[open_]
        self._target[where] = promise.target_us[open_]

    def replace_some(self, which: Sequence[bool], first: int, tickets: Tickets) -> None:
        """Let some of the tickets of a frame stand, as those of partition 0, at the places from first on."""
        places = np.arange(first, first + len(which))
        self.replace(places, np.zeros(len(which), np.int64), tickets)
        self._state[places[~np.array(which, bool)]] = _CLOSED

    def _note_due(  # columns of one table
        self, places: Ints, partition: Ints, state: NDArray[np.uint8], risk: Ints, deadline: Ints
    ) -> None:
        """Let what is due be seen to anew where it changes."""
        waits = state < len(WAITS)
        same = waits & (self._state[places] == state)
        same &= (self._risk[places] == risk) & (self._deadline[places] == deadline)
        for seen in self._seen:
            seen[places[~same]] = False
        new = waits & ~same & (deadline >= 0)
        for number in np.unique(partition[new]).tolist():
            next_us = int(risk[new & (partition == number)].min())
            self._next_us[number] = min(next_us, self._next_us.get(number, _NEVER_DUE))

    def _make_room(self, places: int) -> None:
        more = max(places, 2 * len(self._state)) - len(self._state) if places > len(self._state) else 0
        if more:
            self._group = np.append(self._group, np.zeros(more, np.int32))
            self._state = np.append(self._state, np.full(more, _CLOSED, np.uint8))
            at_risk, breached = self._seen
            self._seen = np.append(at_risk, np.zeros(more, bool)), np.append(breached, np.zeros(more, bool))
            self._opened, self._since, self._risk, self._deadline, self._target = (
                np.append(column, np.zeros(more, np.int64))
                for column in (self._opened, self._since, self._risk, self._deadline, self._target)
            )

    def leave(self, partition: int) -> None:
        """Give up the tickets of a partition."""
        self._next_us.pop(partition, None)
        its = self._groups.codes >> _LABEL_BITS == partition
        if its.any():
            self._state[its[self._group]] = _CLOSED
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
        return Looked(
            self._groups.codes,
            states,
            _counted(group, age, groups, len(AGES_US)),
            np.array(longer, np.int64).reshape(len(longer), groups).T,
            tuple(self._look_at(state, now_us, groups) for state in range(len(WAITS))),
        )

    def _look_at(self, state: int, now_us: int, groups: int) -> LookedAt:
        waiting = np.flatnonzero(self._state == state)
        group, waited = self._group[waiting].astype(np.int64), np.maximum(now_us - self._since[waiting], 0)
        oldest = np.full(groups, -1)
        np.maximum.at(oldest, group, waited)
        risk, deadline = self._risk[waiting], self._deadline[waiting]
        promised = deadline >= 0
        sla = np.where(deadline < now_us, _SLA[BREACHED], np.where(risk <= now_us, _SLA[AT_RISK], _SLA[ON_TIME]))
        sla[~promised] = _SLA[WITHOUT_TARGET]
        late = np.flatnonzero(promised & (deadline < now_us) & (deadline >= now_us - LATELY_US))
        band = np.searchsorted(_BANDS, waited, side="right") - 1
        return LookedAt(
            np.bincount(group, minlength=groups),
            sums(group, waited, groups),
            oldest,
            _sparse(group, np.searchsorted(self._bounds, waited, side="left")),
            _counted(group, band, groups, len(_BANDS)),
            _counted(group, sla, groups, len(SLA_STATES)),
            _sparse(group[late], deadline[late] // SECOND_US),
        )

    def queues(self, looked: Looked, partition: int) -> dict[Labels, Queue]:
        """Return what stood open under each set of labels that had an open ticket in a partition.

        It may be asked later, and in any thread.
        """
        its = np.flatnonzero(looked.codes >> _LABEL_BITS == partition).tolist()
        labels = [self._labels(code) for code in looked.codes[its].tolist()]
        return dict(zip(labels, looked.queues(its, self._policy), strict=True))

    def _labels(self, code: int) -> Labels:
        return self._names.labels[code & (1 << _LABEL_BITS) - 1]

    def longest_waiting(
        self, partition: int, wanted: Callable[[Labels], bool], kinds: Collection[str], limit: int
    ) -> list[int]:
        """Return the places of at least `limit` tickets whose customers wait longest, if as many do, the oldest first.

        wanted: says of labels whether tickets under them are asked for. kinds: for what they wait. All that wait since
        the instant since which the last of them does are among them, as ids decide which of these is named.
        """
        codes = self._groups.codes
        groups = np.array([code >> _LABEL_BITS == partition and wanted(self._labels(code)) for code in codes.tolist()])
        waiting = np.flatnonzero(np.isin(self._state, [WAITS.index(kind) for kind in kinds]))
        waiting = waiting[groups.astype(bool)[self._group[waiting]]] if len(groups) else _EMPTY
        since = self._since[waiting]
        if len(waiting) > limit > 0:
            last = np.partition(since, limit - 1)[limit - 1]
            waiting, since = waiting[since <= last], since[since <= last]
        oldest: list[int] = waiting[np.argsort(since, kind="stable")].tolist()
        return oldest

    def is_open(self, place: int) -> bool:
        """Say whether a ticket stands open."""
        return bool(self._state[place] != _CLOSED)

    def stands(self, place: int) -> OpenTicket:
        """Return how a ticket stands that is open."""
        state = int(self._state[place])
        wait = None
        if state < len(WAITS):
            risk, deadline, target = (int(column[place]) for column in (self._risk, self._deadline, self._target))
            due = Due(risk, deadline, target) if deadline >= 0 else None
            wait = Wait(WAITS[state], int(self._since[place]), due)
        labels = self._labels(int(self._groups.codes[self._group[place]]))
        return OpenTicket(labels, BACKLOG_STATES[state], int(self._opened[place]), wait)

    # -- what is due

    def due(self, partition: int, now_us: int, most: int) -> list[tuple[int, int, int]]:
        """Return up to about `most` of what is due by now in a partition and was not seen to, the first ones.

        Of each: when it became due, which of the two it is (0: at risk, 1: breached), and the place of the ticket. It
        is breached from a microsecond after its deadline on: at the deadline itself an answer is in time.
        """
        if now_us < self._next_us.get(partition, _NEVER_DUE):
            return []
        its = self._groups.codes >> _LABEL_BITS == partition
        waiting = np.flatnonzero(self._state < len(WAITS))
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
_BANDS = np.array([from_us for _, from_us in BANDS_US])
_SLA = {name: i for i, name in enumerate(SLA_STATES)}


def _counted(group: Ints, kind: NDArray[np.integer], groups: int, kinds: int) -> Ints:
    """Return how many of each kind each group has."""
    return np.bincount(group * kinds + kind, minlength=groups * kinds).reshape(groups, kinds)


def _sparse(group: Ints, kind: Ints) -> Sparse:
    """Return the same for kinds of which few occur: group, kind, and how many."""
    key, n = np.unique(group << _SECONDS_BITS | kind, return_counts=True)
    return key >> _SECONDS_BITS, key & (1 << _SECONDS_BITS) - 1, n
