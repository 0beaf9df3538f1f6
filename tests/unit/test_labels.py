"""Labels are bounded, and what was counted under a label can be taken back from it."""

from __future__ import annotations

import numpy as np

from stream.core.definitions import Definitions
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.schedule import Schedule, Schedules
from stream.model.names import Names
from stream.partition.books import Books
from stream.partition.partition import Partition
from stream.report.document import report
from tests.events import NOON_US, decoded, opened


def test_values_over_the_limit_count_as_other_and_are_counted():
    book = LabelBook(("queue",), limit=2)
    assert [book.labels({"queue": name}) for name in ("a", "b", "c", "d", "a")] == [
        *(("a",), ("b",), ("other",), ("other",), ("a",))
    ]
    assert book.overflows == {"queue": 2}


def test_a_refused_value_stays_refused_so_that_its_contribution_can_be_subtracted():
    book = LabelBook(("queue",), limit=1)
    book.labels({"queue": "a"})
    assert book.labels({"queue": "z"}) == book.labels({"queue": "z"}) == ("other",)


def test_a_missing_attribute_is_unknown_and_takes_no_place():
    book = LabelBook(("channel", "queue"), limit=1)
    assert book.labels({}) == ("unknown", "unknown")
    assert book.labels({"channel": "chat", "queue": "a"}) == ("chat", "a")


def test_a_million_values_do_not_grow_the_book():
    book = LabelBook(("queue",), limit=3)
    for i in range(100_000):
        book.labels({"queue": f"q{i}"})
    assert len(book._known) == 3


def test_values_for_which_there_is_no_code_overflow_like_those_beyond_the_limit(monkeypatch):
    monkeypatch.setattr("stream.model.names.MOST_VALUES", 7)  # none, other, taken, three values, and the rest
    policy = Policy(labels=("queue",), label_limit=50)
    partition = Partition(0, Books(policy))
    events = [opened(f"T{i}", i, queue=name) for i, name in enumerate(("a", "b", "c", "d", "e", "other", "a"))]
    partition.apply("t", decoded(*events), NOON_US)
    partition.advance(NOON_US)
    flow = [row for row in report(partition.snapshot(), policy)["flow"] if row["window"] == "all" and row["labels"]]
    assert {row["labels"]["queue"]: row["opened"] for row in flow} == {"a": 2, "b": 1, "c": 1, "other": 3}
    assert partition.books.names.book.overflows["queue"] == 2


def test_a_queue_named_when_there_are_too_many_values_gives_its_hours_to_no_other_queue(monkeypatch):
    monkeypatch.setattr("stream.model.names.MOST_VALUES", 6)  # none, other, taken, two values, and the rest
    names = Names(Policy(), LabelBook(("queue",), 50))
    queues = names.attributes["queue"]
    came = np.array([queues.code(name) for name in ("a", "b", "c")])
    night = Schedule(zone="Asia/Kathmandu")
    later = Policy(definitions=Definitions(schedules=Schedules(by_queue={"a": night, "vip": night})))
    names.note(later)
    served = names.served(later.definitions.schedules, came, np.ones(3, bool))
    assert [(schedule.zone, its.tolist()) for schedule, its in served] == [("Asia/Kathmandu", [0]), ("UTC", [1, 2])]
