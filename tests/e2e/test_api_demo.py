"""The API of real workers that share a desk: each tells the whole of it, and explains its own part."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from stream.metric_names import worker
from tests.e2e.test_demo import START_SECONDS, Demo, demo, get, metric, within

__all__ = ["demo"]  # a fixture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
Json = dict[str, Any]
PARTITIONS = set(range(4))


def ask(page: str, path: str) -> Json:
    found: Json = within(START_SECONDS, lambda: orjson.loads(get(f"{page}/api/v1/{path}")))
    return found


def whole_desk(page: str) -> Json | None:
    live = ask(page, "live")
    return live if set(live["partitions"]) == PARTITIONS and not live["desk"]["missing"] else None


def test_two_workers_tell_of_one_desk_and_each_explains_its_part(demo: Callable[..., Demo]) -> None:
    pages = demo("--port", "0", "--workers", "2").started()
    for page in pages:
        within(START_SECONDS, lambda page=page: whole_desk(page))
        within(START_SECONDS, lambda page=page: metric(page, worker.CONSUMER_LAG.name) < 10)
    desk = within(START_SECONDS, lambda: whole_desk(pages[0]))
    assert len({source["worker"] for source in desk["desk"]["sources"]}) == 2
    assert {source["partition"] for source in desk["desk"]["sources"]} == PARTITIONS

    own = [ask(page, "live?scope=worker") for page in pages]
    assert sorted(own[0]["partitions"] + own[1]["partitions"]) == sorted(PARTITIONS)
    assert all("desk" not in each for each in own)

    for page, each in zip(pages, own, strict=True):
        waiting = ask(page, "waiting?limit=1000")
        assert set(waiting["partitions"]) == PARTITIONS
        assert waiting["desk"]["unnamed"] == []
        waits = [ticket["waited_seconds"] for ticket in waiting["tickets"]]
        assert waits == sorted(waits, reverse=True)
        assert waits

        explained = _at_rest(page, "explain?metric=first_response&window=24h&limit=1000")
        assert explained["partitions"] == each["partitions"]
        assert set(explained["other_partitions"]) == PARTITIONS - set(each["partitions"])
        assert explained["counted"]["n"] == explained["number"]["n"] > 0
        assert explained["counted"]["amounts"]["seconds"] == pytest.approx(explained["number"]["sum_seconds"])
        read_to = {(offset["topic"], offset["partition"]) for offset in explained["offsets"]}
        assert {("ticket-opened", number) for number in each["partitions"]} <= read_to
        assert {number for _, number in read_to} <= set(each["partitions"])


def _at_rest(page: str, path: str) -> Json:
    """Ask until no event came between the snapshot and the walk, so that both say the same."""
    deadline = time.monotonic() + START_SECONDS
    while (found := ask(page, path))["number"] != found["shown"]:
        assert time.monotonic() < deadline, found
    return found
