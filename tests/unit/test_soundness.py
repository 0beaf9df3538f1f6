"""What no worker wrote is refused when it is read, before anything changes: it would be counted much later."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from stream.core.policy import Policy
from stream.core.windows import DAY_US
from stream.partition.books import Books
from stream.partition.notices import Notice
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import NOON_US, acquired, answered, decoded, opened, responded, sent, status

ROWS: list[Any] = [
    ["o", 1 << 63, "a", "customer"],
    ["o", 1 << 62, "a", "customer"],
    ["o", -1, "a", "customer"],
    ["o", 1.5, "a", "customer"],
    ["o", True, "a", "customer"],
    ["o", "x", "a", "customer"],
    ["o", 5, 7, "customer"],
    ["o", 5, "a", 7],
    ["o", 5, "a", "customer", 7],
    ["o", 5, "a", "customer", 0],
    ["o", 5, "a", "customer", []],
    ["o", 5, "a", "customer", None, None, None, None, None, None, None, "more"],
    ["r", 5, "a", "opened"],
    ["s", 5, "a", "agent"],
    ["s", 5, "a", "resolved", 7],
    ["s", 5, "a"],
    ["a", 5, "a", "S", None, None, None, "nothing", 3, None, True],
    ["a", 5, "a", "S", None, None, None, "csat", 3, 32_768, True],
    ["a", 5, "a", "S", None, None, None, "csat", 3, 1_001, True],
    ["a", 5, "a", "S"],
    ["q", 5, "a", 7],
    ["q", 5, "a"],
    ["f", 5, "a"],
    ["x", 5, "a", "customer"],
    ["o"],
    [],
    "o12",
    {"o": 1},
    7,
    None,
]
OWN: list[Any] = [
    [[[5, "a", "nothing"]], [], [], None, []],
    [[[1 << 63, "a", "acquired"]], [], [], None, []],
    [[[1 << 62, "a", "acquired"]], [], [], None, []],
    [[[-1, "a", "acquired"]], [], [], None, []],
    [[], [[5, "a", -7]], [], None, []],
    [[], [[5, "a", (1 << 63) - 1]], [], None, []],
    [[], [], [[5, "a", "nothing"]], None, []],
    [[], [], [], [5, "a", "t:T", 40_000], []],
    [[], [], [], [5, "a", "t:T", -3], []],
    [[], [], [], None, [["nothing", 5, "a", []]]],
    [[], [], [], None, [["signal", 5, "a", []]]],
    [[], [], [], None, [["purchased", 5, "a", ["x"]]]],
    [[], [], [], None, [["answered t:T", 5, "a", [1]]]],
    5,
]
EARLIER: list[Any] = [
    [[1 << 63, "a", "customer"], [], [], [], []],
    [[5, "a", 7], [], [], [], []],
    [None, [[5, "a", "nothing", ""]], [], [], []],
    [None, [], [[5, "a", "nothing", ""]], [], []],
    [None, [], [], [[5, "a", {"queue": 7}]], []],
    [None, [], [], [], [["S", None, [[5, "a", "nothing", 3, None, True, None, None, None, None]], 5]]],
    [None, [], [], [], [], [7], []],
    [None, [], [], [], [], [], [], [["nothing", 5, "a", []]]],
]


def _held() -> tuple[Partition, dict[bytes, bytes]]:
    """Return a partition with something of everything, read back, and what was read."""
    events = [acquired("C", -1), opened("T", 0, customer_id="C"), responded("T", 60), status("T", 90, "resolved")]
    events += [sent("S", 100, ticket_id="T"), answered("S", 110, 2, ticket_id="T", comment="bad", customer_id="C")]
    whole, held = Partition(0, Books(Policy())), Partition(0, Books(Policy()))
    changelog = {key: whole.dump(key) for key in whole.apply("t", decoded(*events), NOON_US).dirty}
    for key, value in changelog.items():
        held.load(key, value, NOON_US)
    return held, changelog


def _state(partition: Partition) -> dict[bytes, bytes]:
    return {key: partition.dump(key) for key in (*partition.tickets.states, *partition.clientele.states)}


def _still_counts(partition: Partition, changelog: dict[bytes, bytes]) -> None:
    """What is held is what was read, it can be counted, and more can be learnt of it."""
    assert _state(partition) == changelog
    partition.advance(NOON_US + DAY_US)
    assert report(partition.snapshot(), partition.policy)["tickets"]["opened"] == 1
    partition.apply("t", decoded(opened("T", 0, event_id="a"), status("T", 5, "updated", event_id="b")), NOON_US)
    partition.advance(NOON_US + 2 * DAY_US)


@pytest.mark.parametrize("row", ROWS, ids=repr)
def test_rows_that_no_worker_wrote_are_refused_and_change_nothing(row: Any) -> None:
    held, changelog = _held()
    good = ["s", NOON_US, "z", "closed"]
    for key in (b"t:T", b"t:new"):
        with pytest.raises((ValueError, TypeError, KeyError, IndexError)):
            held.load(key, orjson.dumps({"events": [good, row]}), NOON_US)
    value = orjson.dumps({"contacts": {"new": [good], "T": [good, row]}, "own": [[[7, "a", "lost"]], [], [], None, []]})
    for who in ("C", "new"):
        assert held.notice([Notice(who, "contact", "T", value)]).malformed
    _still_counts(held, changelog)


@pytest.mark.parametrize("own", OWN, ids=repr)
def test_what_never_happens_to_customers_is_refused_and_changes_nothing(own: Any) -> None:
    held, changelog = _held()
    later = {"contacts": {"new": [["o", 5, "a", "customer"]]}, "own": own}
    earlier = [*own[:3], [], *own[3:]] if isinstance(own, list) else own
    for value in (later, earlier):
        assert held.notice([Notice("C", "contact", "T", orjson.dumps(value))]).malformed
    _still_counts(held, changelog)


@pytest.mark.parametrize("fields", EARLIER, ids=repr)
def test_what_no_earlier_version_wrote_is_refused_and_changes_nothing(fields: Any) -> None:
    held, changelog = _held()
    for key in (b"t:T", b"t:new"):
        with pytest.raises((ValueError, TypeError, KeyError, IndexError)):
            held.load(key, orjson.dumps(fields), NOON_US)
    _still_counts(held, changelog)


@pytest.mark.parametrize("document", [{"alerts": [7]}, {"alerts": "x"}, {"customers": [None]}, {"customers": 5}])
def test_marks_and_customers_are_texts(document: dict[str, Any]) -> None:
    held, changelog = _held()
    for key in (b"t:T", b"t:new"):
        with pytest.raises(ValueError, match="accepts a list of texts"):
            held.load(key, orjson.dumps(document | {"events": [["o", 5, "a", "customer"]]}), NOON_US)
    _still_counts(held, changelog)


def test_a_state_that_is_written_in_another_way_is_the_same_state() -> None:
    held, changelog = _held()
    for key, value in changelog.items():
        if key.startswith(b"t:"):
            document = orjson.loads(value)
            document = {"events": document["events"][::-1], "alerts": ["sla.breached/1"], "none": None}
            other = Partition(0, Books(Policy()))
            other.load(key, orjson.dumps(document, option=orjson.OPT_INDENT_2), NOON_US)
            assert other.tickets.states[key].copies() == held.tickets.states[key].copies()
            assert other.tickets.states[key].opened() == held.tickets.states[key].opened()
            assert other.tickets.states[key].alerts == ("sla.breached/1",)
