"""What switching numbers off saves: microseconds of CPU an event to move the numbers, and to look at them.

    python -m benchmarks.switched_off [--events 40000] [--pairs 5]

The events are those of a simulated desk with its surveys and customers, in four partitions of a worker, with 1,000
between two ticks. Each choice is run in turn with all numbers on, and its share is the median of these pairs.
"""

from __future__ import annotations

import argparse
import gc
import statistics
from datetime import UTC, datetime
from itertools import islice
from typing import cast

import orjson

from benchmarks.columns import PARTITIONS, in_columns
from schemas.codec import Limits, decode
from schemas.events import Event
from stream.core.definitions import Definitions
from stream.core.policy import Policy
from stream.core.windows import SECOND_US
from stream.numbers.registry import NUMBERS
from stream.simulate import Desk as SimulatedDesk

A_TICK = 1_000
OF_SURVEYS = [name for name, number in NUMBERS.items() if number.book == "surveys"]
OF_CUSTOMERS = [name for name, number in NUMBERS.items() if number.of_customers]
CHOICES = {
    "agents": ["agents"],
    "baseline": ["baseline"],
    "contact_avoidance": ["contact_avoidance"],
    "first_response_business": ["first_response_business"],
    "all of surveys": OF_SURVEYS,
    "all of customers": OF_CUSTOMERS,
    "all that can be off": [name for name, number in NUMBERS.items() if not number.kept_for],
}


def events(count: int) -> list[Event]:
    """Return events of a simulated desk, of every kind."""
    desk = SimulatedDesk(start=datetime(2026, 3, 2, tzinfo=UTC), seed=3, tickets_per_day=20_000, leftovers=300)
    values = [orjson.dumps(event) for event in islice(desk.events(), count)]
    now_us = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) * SECOND_US
    return cast(list[Event], decode(values, limits=Limits(), now_us=now_us))


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--pairs", type=int, default=5)
    arguments = parser.parse_args()
    told = events(arguments.events)
    gc.freeze()

    def counted(off: list[str]) -> float:
        policy = Policy(partitions=PARTITIONS, definitions=Definitions(numbers_off=frozenset(off)))
        _, moved, looked = in_columns(told, A_TICK, policy)
        return moved + looked

    print(f"{len(told):,} events, {A_TICK:,} a tick; microseconds an event to move the numbers and to look at them")
    for name, off in CHOICES.items():
        pairs = [(counted([]), counted(off)) for _ in range(arguments.pairs)]
        on, less = (statistics.median(each) for each in zip(*pairs, strict=True))
        saved = statistics.median(1 - without / all_on for all_on, without in pairs)
        print(f"  without {name:24} {less:6.1f} of {on:5.1f}  {saved:6.1%} less", flush=True)


if __name__ == "__main__":
    main()
