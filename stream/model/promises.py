"""When answers to many tickets are due: what is promised to those who wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from stream.core.definitions import Definitions, Target
from stream.core.facts import WAITS
from stream.model.hours import added
from stream.model.names import Names
from stream.model.times import Ints, Mask, Times


class Promises(NamedTuple):
    """From `risk` on a ticket that waits is at risk, after `deadline` it is breached; never where nothing is promised.

    target_us: how long the answer may take by the clock of the target, 0 where nothing is promised.
    """

    risk: Times
    deadline: Times
    target_us: Ints

    @property
    def made(self) -> Mask:
        """Return to which tickets something was promised."""
        return self.deadline.known


def promises(  # noqa: PLR0917  # columns of one table
    attributes: Mapping[str, Ints], opened: Times, since: Times, kind: int | Ints, names: Names, terms: Definitions
) -> Promises:
    """Return what is promised to tickets: the first target that serves each, for the attributes it has now.

    opened: when each was; targets hold for those opened in a time. since: from when on its customer waits, NEVER if
    nobody does. kind: what for, a code of WAITS, of all or of each.
    """
    n = len(opened.us)
    risk, deadline, target_us = Times.never(n).us, Times.never(n).us, np.zeros(n, np.int64)
    left = since.known
    for target in terms.targets:
        served = left & (kind == WAITS.index(target.wait)) & _serves(target, attributes, opened, names)
        left = left & ~served
        target_us[served] = target.target_us
        until_risk_us = target.target_us * (100 - terms.at_risk_percent) // 100
        for column, us in ((risk, until_risk_us), (deadline, target.target_us)):
            if target.clock == "calendar":
                column[served] = since.us[served] + us
                continue
            for schedule, which in names.served(terms.schedules, attributes["queue"], served):
                column[which] = added(schedule, since.us[which], us)
    return Promises(Times(risk), Times(deadline), target_us)


def _serves(target: Target, attributes: Mapping[str, Ints], opened: Times, names: Names) -> Mask:
    serves = np.ones(len(opened.us), bool)
    for name, values in (("channel", target.channels), ("priority", target.priorities), ("queue", target.queues)):
        if values is not None:
            serves &= names.attributes[name].among(values)[attributes[name]]
    if target.from_us is not None:
        serves &= opened.us >= target.from_us
    if target.until_us is not None:
        serves &= opened.us < target.until_us
    return serves
