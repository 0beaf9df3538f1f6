"""Alerts come when they are due and certain, once, and not when they are old."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alerts import ALERT
from stream.core.definitions import Definitions
from stream.core.instant import instant
from stream.core.labels import LabelBook
from stream.core.policy import Policy
from stream.core.windows import SECOND_US
from stream.partition.books import Books
from stream.partition.partition import Partition
from tests.events import NOON_US, answered, decoded, opened, responded, status
from tests.shares import after_noon

CHAT = opened("T", channel="chat", priority="high")  # at risk at 96 s, breached after 120 s


def _us(seconds: float) -> int:
    return NOON_US + round(seconds * SECOND_US)


class _Desk:
    """One partition that is told events, and asked for alerts."""

    def __init__(self, *topics: str, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.partition = Partition(0, Books(self.policy, LabelBook(self.policy.labels, 50)), topics)

    def hear(self, *events: dict[str, Any], topic: str = "t") -> _Desk:
        self.partition.apply(topic, decoded(*events), NOON_US)
        return self

    def due(self, seconds: float, limit: int = 100) -> list[tuple[str, float]]:
        self.found = self.partition.due_alerts(_us(seconds), limit)
        return [(alert.kind, after_noon(alert.at_us)) for alert in self.found]

    def send(self) -> set[bytes]:
        return self.partition.sent(self.found)

    def adopt(self, policy: Policy) -> None:
        adoption = self.partition.books.adoption(policy)
        list(adoption.steps())
        assert adoption.adopt()


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (95.999999, []),
        (96, [("sla.at_risk", 96)]),
        (120, [("sla.at_risk", 96)]),
        (120.000001, [("sla.at_risk", 96), ("sla.breached", 120)]),
    ],
)
def test_a_ticket_is_at_risk_from_the_instant_on_and_breached_after_its_deadline(now, due):
    assert _Desk().hear(CHAT).due(now) == due


def test_an_alert_comes_until_it_was_sent_and_then_never_again():
    desk = _Desk().hear(CHAT)
    assert desk.due(100) == desk.due(100) == [("sla.at_risk", 96)]
    assert desk.send() == {b"t:T"}
    assert desk.due(100) == []
    assert desk.due(200) == [("sla.breached", 120)]
    desk.send()
    assert desk.hear(responded("T", 300, "bot"), status("T", 310, "pending")).due(400) == []


def test_the_next_owner_knows_what_was_sent():
    desk, heir = _Desk().hear(CHAT), _Desk()
    desk.due(100)
    (key,) = desk.send()
    heir.partition.load(key, desk.partition.dump(key), NOON_US)
    assert heir.due(200) == [("sla.breached", 120)]


def test_sending_it_twice_gives_it_the_same_id():
    desk, heir = _Desk().hear(CHAT), _Desk().hear(CHAT)
    assert desk.due(200) == heir.due(300)
    assert [alert.id for alert in desk.found] == [alert.id for alert in heir.found]
    assert desk.found[0].id == f"sla.at_risk/T/{instant(_us(96))}"


def test_an_answer_in_time_leaves_nothing_to_tell():
    assert _Desk().hear(CHAT, responded("T", 90)).due(500) == []
    assert _Desk().hear(CHAT, responded("T", 100)).due(500) == []


@pytest.mark.parametrize("end", ["resolved", "closed", "abandoned", "spam", "merged", "deleted"])
def test_who_waits_no_more_is_not_told_of_and_again_once_they_do(end):
    desk = _Desk().hear(CHAT, status("T", 10, end))
    assert desk.due(500) == []
    assert len(desk.hear(status("T", 20, "reopened")).due(500)) == 2


@pytest.mark.parametrize(
    "event", [opened("T", channel="in_app"), opened("T", channel="chat", opened_by="agent")], ids=["no target", "ours"]
)
def test_a_ticket_to_which_nothing_is_promised_is_never_due(event):
    assert _Desk().hear(event).due(1_000_000) == []


def test_a_deadline_that_moves_alerts_anew_and_one_that_moves_back_does_not():
    desk = _Desk().hear(CHAT)
    desk.due(100)
    desk.send()
    desk.hear(status("T", 100, "updated", channel="phone"))
    assert desk.due(200) == [("sla.at_risk", 192)]
    desk.hear(status("T", 150, "updated", channel="chat"))
    assert desk.due(110) == []


def test_what_became_so_too_long_ago_is_counted_and_not_told():
    desk = _Desk(policy=Policy(alert_max_age_us=60 * SECOND_US)).hear(CHAT)
    assert desk.due(156) == [("sla.at_risk", 96), ("sla.breached", 120)]
    assert desk.due(156.000001) == [("sla.breached", 120)]
    assert desk.partition.alerts_skipped == 1
    assert desk.due(1000) == desk.due(1000) == []
    assert desk.partition.alerts_skipped == 2


def test_nothing_is_certain_before_every_topic_was_read_up_to_then():
    desk = _Desk("opened", "responses").hear(CHAT, topic="opened")
    assert desk.due(500) == []
    desk.hear(opened("U", 97, channel="email"), topic="opened").hear(responded("U", 95.9), topic="responses")
    assert desk.due(500) == []
    desk.hear(responded("U", 96), topic="responses")
    assert desk.due(500) == [("sla.at_risk", 96)]
    desk.partition.watermark.read_until_us = {"opened": _us(499), "responses": _us(120)}
    assert desk.due(500) == [("sla.at_risk", 96)]
    desk.partition.watermark.read_until_us = {"opened": _us(499), "responses": _us(121)}
    assert desk.due(500) == [("sla.at_risk", 96), ("sla.breached", 120)]


def test_a_topic_that_was_idle_for_a_while_is_not_certain():
    desk = _Desk("opened", "responses").hear(CHAT, topic="opened")
    desk.partition.watermark.pass_over({"opened", "responses"})
    assert desk.due(500) == []


def test_as_many_come_as_are_asked_for_the_oldest_first():
    desk = _Desk().hear(*(opened(f"T{i}", -i, channel="chat") for i in range(10)))
    assert desk.due(500, limit=3) == [("sla.at_risk", 87), ("sla.at_risk", 88), ("sla.at_risk", 89)]
    told = []
    while desk.due(500, limit=3):
        told += [alert.id for alert in desk.found]
        desk.send()
    assert len(told) == len(set(told)) == 20


def test_an_uncertain_alert_does_not_hold_back_a_bad_comment():
    desk = _Desk("opened", "responses").hear(
        *(opened(f"T{i}", -400, channel="chat") for i in range(15)), topic="opened"
    )
    desk.hear(answered("S", 10, 2, comment="slow"), topic="opened")
    assert desk.due(500, limit=2) == [("survey.bad_comment", 10)]


def test_a_bad_comment_on_a_ticket_that_was_not_heard_of_waits_for_its_opening_as_long_as_that_may_come():
    desk = _Desk("opened", "surveys").hear(answered("S", 10, 2, comment="slow", ticket_id="T"), topic="surveys")
    assert desk.due(11) == []
    desk.hear(CHAT, topic="opened")
    assert desk.due(11) == [("survey.bad_comment", 10)]
    assert desk.found[0].details["channel"] == "chat"


def test_a_bad_comment_on_a_ticket_whose_opening_never_comes_is_told_when_that_is_certain():
    desk = _Desk("opened", "surveys").hear(answered("S", 10, 2, comment="slow", ticket_id="T"), topic="surveys")
    desk.hear(opened("U", 9.9), topic="opened")
    assert desk.due(11) == []
    desk.partition.watermark.read_until_us = {"opened": _us(10)}
    assert desk.due(11) == [("survey.bad_comment", 10)]


def test_a_bad_comment_is_told_once_and_a_worse_one_after_it_too():
    desk = _Desk("responses").hear(answered("S", 10, 2, comment="slow", event_id="b2"))
    assert desk.due(11) == [("survey.bad_comment", 10)]
    assert desk.found[0].id == "survey.bad_comment/S/nps/b2"
    assert desk.send() == {b"s:S"}
    assert desk.due(11) == []
    assert desk.hear(answered("S", 20, 0, comment="slower")).due(21) == [("survey.bad_comment", 20)]


def test_a_bad_comment_that_was_thought_better_of_in_time_is_not_told():
    assert _Desk().hear(answered("S", 10, 2, comment="slow"), answered("S", 11, 9, comment="kind")).due(20) == []


def test_a_bad_comment_on_a_ticket_that_is_spam_is_not_told_and_again_once_it_is_reopened():
    comment = answered("S", 10, 2, comment="slow", ticket_id="T")
    assert _Desk().hear(comment, status("T", 20, "spam")).due(30) == []
    desk = _Desk().hear(opened("T"), comment, status("T", 20, "spam"))
    assert desk.due(30) == []
    assert desk.hear(status("T", 25, "reopened")).due(30) == [("survey.bad_comment", 10)]


def test_what_is_due_comes_in_the_order_of_time_whatever_it_is_of():
    desk = _Desk().hear(*(opened(name, at, channel="chat") for name, at in (("B", 20), ("A", 0), ("C", 200))))
    assert desk.due(120.000001) == [("sla.at_risk", 96), ("sla.at_risk", 116), ("sla.breached", 120)]
    assert [alert.ticket_id for alert in desk.found] == ["A", "B", "A"]
    assert desk.due(120) == [("sla.at_risk", 96), ("sla.at_risk", 116)]


def test_an_alert_says_what_a_reader_needs_and_its_schema_says():
    story = [CHAT, status("T", 5, "updated", customer_id="C-7"), answered("S", 10, 2, comment="slow", ticket_id="T")]
    desk = _Desk().hear(*story)
    desk.due(130)
    comment, risk, breach = desk.found
    assert risk.details == {
        "channel": "chat",
        "priority": "high",
        "customer_id": "C-7",
        "target_seconds": 120,
        "opened_at": instant(NOON_US),
        "wait_began_at": instant(NOON_US),
        "deadline": instant(_us(120)),
    }
    assert breach.details == risk.details
    assert (comment.ticket_id, comment.details["score"], comment.details["channel"]) == ("T", 2, "chat")
    for alert in desk.found:
        times = {"occurred_at": instant(alert.at_us), "noticed_at": instant(_us(130))}
        told = {"type": alert.kind, "version": 1, "alert_id": alert.id, "ticket_id": alert.ticket_id, **times}
        ALERT.validate_python({name: value for name, value in (told | alert.details).items() if value is not None})


def test_under_another_policy_other_deadlines_are_due_and_what_was_told_is_not_told_again():
    desk = _Desk().hear(CHAT)
    desk.due(100)
    desk.send()
    desk.adopt(Policy(definitions=Definitions(at_risk_percent=50)))
    assert desk.due(100) == [("sla.at_risk", 60)]
    desk.adopt(Policy())
    assert desk.due(100) == []


def test_what_was_let_go_is_not_counted_again_under_another_policy_or_by_the_next_owner():
    desk = _Desk().hear(CHAT)
    two_days = 2 * 86_400
    desk.due(two_days)
    desk.adopt(Policy())
    desk.due(two_days + 1)
    assert desk.partition.alerts_skipped == 2
    heir = _Desk()
    heir.partition.load(b"t:T", desk.partition.dump(b"t:T"), NOON_US)
    assert heir.due(two_days + 2) == []
    assert heir.partition.alerts_skipped == 0
