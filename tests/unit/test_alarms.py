"""What is due is kept in the order of time, and follows the ticket."""

from __future__ import annotations

from stream.core.contributions import NOTHING, Share
from stream.partition.alarms import AT_RISK, BAD_COMMENT, BREACHED, Alarm, Alarms
from tests.events import answered, opened, responded, status
from tests.shares import after_noon, share_of

KEY = b"t:T"


def _alarms_of(share: Share) -> list[Alarm]:
    alarms = Alarms()
    alarms.replace(KEY, NOTHING, share)
    return list(alarms.until(1 << 62))


def _due(*events):
    return [(alarm.kind, after_noon(alarm.due_us)) for alarm in _alarms_of(share_of(*events))]


def test_a_waiting_ticket_is_at_risk_and_after_its_deadline_breached():
    assert _due(opened("T", channel="chat")) == [(AT_RISK, 96), (BREACHED, 120.000001)]


def test_a_ticket_that_waits_for_nothing_is_not_due():
    assert _due(opened("T", channel="in_app")) == []
    assert _due(opened("T", channel="chat", opened_by="agent")) == []
    assert _due(opened("T", channel="chat"), responded("T", 10)) == []
    assert _due(opened("T", channel="chat"), status("T", 10, "resolved")) == []
    assert _due(opened("T", channel="chat"), status("T", 10, "spam")) == []


def test_a_bad_comment_is_due_when_it_was_made_and_also_before_its_ticket_was_opened():
    comment = answered("S", 10, 2, comment="slow", ticket_id="T")
    assert _due(comment) == [(BAD_COMMENT, 10)]
    assert _due(opened("T"), comment) == [(BAD_COMMENT, 10)]
    assert _due(opened("T"), comment, status("T", 20, "spam")) == []
    assert _due(comment, status("T", 20, "spam")) == []


def test_alarms_come_in_the_order_of_time_up_to_now_included():
    alarms = Alarms()
    for seconds, key in ((20, b"t:B"), (0, b"t:A"), (200, b"t:C")):
        alarms.replace(key, NOTHING, share_of(opened("T", seconds, channel="chat")))
    first_breach = Alarm(_us(120) + 1, BREACHED, b"t:A")
    assert [alarm.key for alarm in alarms.until(first_breach.due_us)] == [b"t:A", b"t:B", b"t:A"]
    assert [alarm.key for alarm in alarms.until(first_breach.due_us - 1)] == [b"t:A", b"t:B"]
    alarms.drop(first_breach)
    alarms.drop(first_breach)
    assert [alarm.key for alarm in alarms.until(first_breach.due_us)] == [b"t:A", b"t:B"]


def test_another_share_of_a_ticket_replaces_its_alarms_and_the_same_one_brings_none_back():
    alarms, waits = Alarms(), share_of(opened("T", channel="chat"))
    alarms.replace(KEY, NOTHING, waits)
    risk, breach = alarms.until(_us(1000))
    alarms.drop(risk)
    alarms.replace(KEY, waits, share_of(opened("T", channel="chat"), responded("T", 300, "bot")))
    assert list(alarms.until(_us(1000))) == [breach]
    moved = share_of(opened("T", channel="chat"), status("T", 5, "updated", channel="phone"))
    alarms.replace(KEY, waits, moved)
    assert [after_noon(alarm.due_us) for alarm in alarms.until(_us(1000))] == [192, 240.000001]
    alarms.replace(KEY, moved, NOTHING)
    assert list(alarms.until(_us(1000))) == []


def _us(seconds: float) -> int:
    return _alarms_of(share_of(opened("T", seconds - 96, channel="chat")))[0].due_us
