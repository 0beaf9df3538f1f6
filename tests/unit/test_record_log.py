"""What a worker says of rejected records and reused ids: once a minute at most, and nothing while there are none."""

from __future__ import annotations

import pytest

from stream.engine.process.counters import Counters
from stream.engine.work.record_log import rejects, reused_ids


def test_nothing_is_said_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    counters = Counters()
    log = rejects(counters)
    log.look(0.0)
    assert not log.flush()
    assert not caplog.messages


def test_the_first_is_said_at_once_and_the_others_after_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    counters = Counters()
    log = rejects(counters)
    log.look(1000.0)
    counters.reject("survey", 1, 7, "empty")
    log.look(1001.0)
    assert caplog.messages == [
        "rejected 1 records, see the dead-letter topic: 1 empty in survey, such as survey-1 offset 7"
    ]
    for offset in range(1200):
        counters.reject("survey", 0, offset, "not_json")
    counters.reject("survey", 1, 9, "empty")
    counters.reject("customer", 3, 2, "empty")
    for second in range(1002, 1061):
        log.look(float(second))
    assert len(caplog.messages) == 1
    log.look(1061.0)
    assert len(caplog.messages) == 2
    assert caplog.messages[1] == (
        "rejected 1,202 records, see the dead-letter topic: 1 empty in customer, such as customer-3 offset 2; "
        "1 empty in survey, such as survey-1 offset 9; 1,200 not_json in survey, such as survey-0 offset 1199"
    )
    log.look(1200.0)
    assert len(caplog.messages) == 2


def test_what_was_not_yet_said_is_said_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    counters = Counters()
    log = rejects(counters)
    counters.reject("survey", 0, 1, "empty")
    log.look(0.0)
    counters.reject("survey", 0, 2, "empty")
    log.look(1.0)
    assert log.flush()
    assert "offset 2" in caplog.messages[-1]


def test_events_whose_id_was_used_before_are_counted_by_topic_with_an_example(caplog: pytest.LogCaptureFixture) -> None:
    counters = Counters()
    log = reused_ids(counters)
    counters.reused["survey"] += 2
    counters.reused_last["survey"] = 1, 7
    log.look(0.0)
    assert caplog.messages == [
        (
            "the ids of 2 events were used before with other content, and of each id one event counts: 2 in survey, "
            "such as survey-1 offset 7; have the producer give each event an id of its own"
        )
    ]
    log.look(100.0)
    assert len(caplog.messages) == 1
