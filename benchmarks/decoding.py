"""What it costs to decode an event, beside pydantic alone and beside parsing the JSON and nothing else.

    python -m benchmarks.decoding [--events 60000] [--rounds 15]

The events of `benchmarks.throughput`, in chunks as a worker has them, in this process and without a broker. All take
their turns in each round, so that they have the same machine; CPU time, the garbage collector on.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable, Sequence

import orjson

from benchmarks.throughput import events
from schemas.codec import Limits, decide, decode
from schemas.rejected import Rejected

CHUNK = 500
FAR_US = 10**17

Decoder = Callable[[Sequence[bytes]], Sequence[object]]


def spread(chunk: Sequence[bytes]) -> Sequence[object]:
    """Parse the JSON of records, which is the least that can be done with them."""
    return [orjson.loads(value) for value in chunk]


WAYS: dict[str, Decoder] = {
    "decode": lambda chunk: decode(chunk, limits=Limits(), now_us=FAR_US),
    "pydantic alone": lambda chunk: decide(chunk, limits=Limits(), now_us=FAR_US),
    "orjson, unchecked": spread,
}


def seconds(way: Decoder, chunks: Sequence[Sequence[bytes]]) -> float:
    """Return the CPU time that it takes to decode the chunks, each of which is let go before the next."""
    began = time.process_time()
    for chunk in chunks:
        way(chunk)
    return time.process_time() - began


def kinds(count: int) -> dict[str, list[bytes]]:
    """Return the records to decode: as desks send them, and with a field that Deskpulse does not know."""
    plain = [*events(count, anonymous=False)]
    return {
        "events": [orjson.dumps(event) for event in plain],
        "events with a field of their own": [orjson.dumps({**event, "tenant": "north"}) for event in plain],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=60_000, help="how many (default 60000)")
    parser.add_argument("--rounds", type=int, default=15, help="how often each takes its turn (default 15)")
    given = parser.parse_args()
    for name, values in kinds(given.events).items():
        chunks = [values[i : i + CHUNK] for i in range(0, len(values), CHUNK)]
        assert not any(isinstance(result, Rejected) for chunk in chunks for result in WAYS["decode"](chunk))
        print(f"{len(values):,} {name}, {sum(map(len, values)) // len(values)} bytes each, in chunks of {CHUNK}")
        gc.collect()
        gc.freeze()
        taken: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(given.rounds):
            for way, decoder in WAYS.items():
                taken[way].append(seconds(decoder, chunks) / len(values) * 1e6)
        for way, each in taken.items():
            print(f"  {way:18} {statistics.median(each):5.2f} us an event, median; {min(each):5.2f} the least")


if __name__ == "__main__":
    main()
