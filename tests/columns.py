"""Desks for what is counted in columns: tickets of any history, under any policy."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from stream.core.cells import Cells as Named
from stream.core.policy import DIMENSIONS, AgentOpened, Policy, Responder
from stream.core.windows import DayStart
from stream.counting.cells import CODE_BITS, Cells
from stream.counting.ledger import Ledger
from stream.policy_file import parse
from tests.property.crowd import Crowd
from tests.property.policies import any_policy

Event = dict[str, Any]


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Draw a policy: any responder, labels and bounds, and whatever policy file."""
    return Policy(
        responder=draw(st.sampled_from(Responder)),
        agent_opened=draw(st.sampled_from(AgentOpened)),
        labels=draw(st.sampled_from([("channel", "priority", "queue"), ("queue",), (), DIMENSIONS])),
        label_limit=draw(st.sampled_from([1, 2, 50])),
        day=draw(st.sampled_from([DayStart(), DayStart("Europe/Berlin", 6), DayStart("Asia/Kathmandu", 23)])),
        definitions=parse(any_policy(random.Random(draw(st.integers(0, 1 << 32)))), "drawn"),
    )


def crowds(tickets: int = 12) -> st.SearchStrategy[list[Event]]:
    """Draw the events of a crowd: many at the same instants, of every kind, with ids that come twice."""
    return st.integers(0, 1 << 32).map(lambda seed: Crowd(seed).gather(tickets))


def held(ledger: Ledger, cells: Cells, partition: int) -> dict[str, Named]:
    """Return what each window, and all time, hold of a partition, by name. Nobody else may look at its changes."""
    changes, codes = ledger.changes(), ledger.codes
    its = [int(i) for i in np.flatnonzero(codes >> CODE_BITS == partition)]
    named = codes[its] & (1 << CODE_BITS) - 1
    return {name: cells.named(named.tolist(), amounts[its].tolist()) for name, (amounts, _) in changes.items()}
