"""What is promised to those who wait for a reply, and the settings of waits, worked out by hand."""

import pytest

from stream.verify.policy import Policy
from tests.verify.story import Desk, Story, policy, target
from tests.verify.waits import FIRST, promises


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("09:17:59.999999", (1, 0, 0, 0)),
        ("09:18", (0, 1, 0, 0)),
        ("09:30", (0, 1, 0, 0)),
        ("09:30:00.000001", (0, 0, 1, 0)),
    ],
)
def test_a_reply_is_at_risk_and_overdue_to_the_microsecond(
    desk: Desk, story: Story, now: str, found: tuple[int, ...]
) -> None:
    story.opened("A", "08:00")
    story.responded("A", "08:01")
    story.responded("A", "08:30", "customer")
    report = desk.report(story, now, policy=policy(targets=[target(60), target(3600, **{"for": "reply"})]))
    assert promises(report["reply_sla"][0]) == found
    assert promises(report["sla"][0]) == (0, 0, 0, 0)


def test_a_target_is_for_a_first_response_unless_it_says_reply(desk: Desk, story: Story) -> None:
    story.opened("T", "11:00")
    story.opened("U", "11:00")
    story.responded("U", "11:10")
    story.responded("U", "11:30", "customer")
    targets = [target(86_400, **{"for": "reply"}), target(60)]
    report = desk.report(story, policy=policy(targets=targets))
    assert (promises(report["sla"][0]), promises(report["reply_sla"][0])) == ((0, 0, 1, 0), (1, 0, 0, 0))
    report = desk.report(story, policy=policy(targets=targets[1:]))
    assert (promises(report["sla"][0]), promises(report["reply_sla"][0])) == ((0, 0, 1, 0), (0, 0, 0, 1))


def test_a_reply_target_holds_the_opening_and_counts_hours_from_the_question(desk: Desk, story: Story) -> None:
    story.opened("T", "07:00")
    story.responded("T", "07:10")
    story.responded("T", "08:00", "customer")  # the desk opens at nine
    early = target(3600, **{"for": "reply", "clock": "business", "until": "2026-03-02T07:30:00Z"})
    found = policy(targets=[early])
    assert promises(desk.report(story, "10:00", policy=found)["reply_sla"][0]) == (0, 1, 0, 0)
    assert promises(desk.report(story, "10:00:01", policy=found)["reply_sla"][0]) == (0, 0, 1, 0)
    late = policy(targets=[{**early, "until": "2026-03-02T07:00:00Z"}])
    assert promises(desk.report(story, "10:00", policy=late)["reply_sla"][0]) == (0, 0, 0, 1)


def test_settings_that_a_snapshot_does_not_name_have_their_defaults() -> None:
    document = dict(policy(targets=[target(60)]).document)
    for name in ("first_response_from", "reopening_starts", "early_answer_seconds"):
        del document[name]
    assert "for" not in document["targets"][0]
    found = Policy.of_document(document)
    assert (found.first_response_from, found.reopening_starts, found.early_answer_us) == ("wait", "customer", 3 * 10**8)
    assert found.targets[0].kind == FIRST


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"first_response_from": "now"}, "first_response_from: got 'now'; accepts wait, opened"),
        ({"reopening_starts": "agent"}, "reopening_starts: got 'agent'; accepts customer, any, never"),
        ({"targets": [target(60, **{"for": "resolution"})]}, "for: got 'resolution'; accepts first, reply"),
    ],
)
def test_a_setting_that_no_definition_has_is_refused(changed: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        policy(**changed)
