"""What a worker says of rejected records and reused ids: once a minute at most, and nothing while there are none."""

from __future__ import annotations

import pytest

from stream.core.misunderstood import Misunderstood
from stream.core.values import Meanings
from stream.engine.process.counters import Counters
from stream.engine.work.record_log import ValueLog, rejects, reused_ids
from tests.events import decoded, opened


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


def test_values_that_were_not_understood_are_listed_the_most_frequent_first(caplog: pytest.LogCaptureFixture) -> None:
    found = Misunderstood()
    log = ValueLog(found)
    log.look(0.0)
    assert caplog.messages == []
    events = [opened("T", channel=channel) for channel in ("fax", "FAX", "telex", "email", "Chat")]
    found.look(decoded(*events, opened("U", priority="p1", opened_by="bot")), Meanings({"priority": {"p1": "urgent"}}))
    log.look(1.0)
    log.look(100.0)
    assert caplog.messages == [
        (
            "values that were not understood since the start: channel: 3 events have a value that counts as other "
            "('fax' 2, 'telex' 1); map them under values.channel of the policy file; opened_by: 1 events have a "
            "value that counts as customer ('bot' 1); send customer or agent"
        )
    ]


def test_values_without_end_are_counted_and_a_bounded_number_of_them_is_named() -> None:
    found = Misunderstood()
    for n in range(3):
        found.look(decoded(*(opened("T", channel=f"c{i}") for i in range(500 * n, 500 * n + 500))), Meanings())
    assert found.events["channel"] == 1_500
    assert len(found.values) == 200
    (line,) = found.lines()
    assert line.startswith("channel: 1,500 events")
    assert "others 1,490" in line


def test_a_value_is_understood_once_another_policy_maps_it() -> None:
    found = Misunderstood()
    found.look(decoded(opened("T", channel="email"), opened("T", channel="fax")), Meanings())
    found.look(decoded(opened("T", channel="fax")), Meanings({"channel": {"fax": "other"}}))
    found.look(decoded(opened("T", channel="fax")), Meanings())
    assert found.events["channel"] == 2
