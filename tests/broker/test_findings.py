"""Findings about clusters that the tests do not have: several brokers, and settings of a secured one."""

from __future__ import annotations

import json
from collections import Counter

from stream.broker.cluster import ClusterState, TopicState
from stream.broker.findings import Finding, Problem, judge
from stream.broker.plan import plan_topics
from stream.settings import Settings


def _findings(settings: Settings, brokers: tuple[int, ...], assignment: tuple[tuple[int, ...], ...]) -> list[Finding]:
    """Judge a cluster in which every topic is as planned but for where its partitions are."""
    plans = plan_topics(settings)
    topics = {plan.name: TopicState(plan.name, assignment, plan.config) for plan in plans}
    return judge(settings, plans, ClusterState(brokers, topics))


def test_replicas_are_added_to_those_that_hold_a_partition_and_spread_over_the_brokers() -> None:
    settings = Settings(partitions=6, replication_factor=2)
    held = ((1,), (2,), (3,), (4,), (1,), (2,))

    findings = _findings(settings, (1, 2, 3, 4), held)

    assert {finding.problem for finding in findings} == {Problem.REPLICAS}
    echo, _, command = findings[0].fix.partition(" > replicas.json && ")
    moved = json.loads(echo.removeprefix("echo '").removesuffix("'"))["partitions"]
    assert [part["partition"] for part in moved] == list(range(6))
    assert [tuple(part["replicas"][:1]) for part in moved] == list(held), "the preferred leader stays"
    assert all(len(set(part["replicas"])) == 2 for part in moved)
    added = Counter(part["replicas"][1] for part in moved)
    assert max(added.values()) <= 2, "no broker takes all of it"
    assert command == (
        "kafka-reassign-partitions.sh --bootstrap-server localhost:9092 "
        "--reassignment-json-file replicas.json --execute"
    )


def test_three_replicas_ask_for_two_in_sync_and_nothing_is_wrong() -> None:
    settings = Settings(partitions=2, replication_factor=3)
    assert {plan.config["min.insync.replicas"] for plan in plan_topics(settings)} == {"2"}
    assert _findings(settings, (1, 2, 3), ((1, 2, 3), (2, 3, 1))) == []


def test_more_replicas_in_sync_than_there_are_stop_writes_while_one_is_away() -> None:
    """Kafka 4 counts min.insync.replicas as 2 then, so writes are acknowledged while both are there."""
    settings = Settings(partitions=1, replication_factor=2)
    [plan, *_] = plan_topics(settings)
    topic = TopicState(plan.name, ((1, 2),), {**plan.config, "min.insync.replicas": "3"})
    [found] = [each for each in judge(settings, [plan], ClusterState((1, 2), {plan.name: topic})) if each.wrong]
    assert "no write is acknowledged while one of them is away" in found.text
    assert found.fix.endswith("--add-config min.insync.replicas=1")


def test_commands_for_a_secured_cluster_say_how_its_tools_connect() -> None:
    settings = Settings(
        partitions=1,
        replication_factor=2,
        security_protocol="SASL_SSL",
        sasl_username="desk",
        sasl_password="a secret",
        broker="kafka:9093",
    )
    fixes = {finding.fix for finding in _findings(settings, (1, 2), ((1,),))}
    assert all("--bootstrap-server kafka:9093 --command-config client.properties " in fix for fix in fixes)
    assert "a secret" not in str(fixes)


def test_the_dead_letter_topic_takes_whatever_a_source_takes() -> None:
    """Also when somebody lets the source take more than Deskpulse accepts: that is what gets rejected."""
    settings = Settings(partitions=1)
    plans = plan_topics(settings)
    topics = {plan.name: TopicState(plan.name, ((1,),), plan.config) for plan in plans}
    survey = topics[settings.topic_survey]
    larger = {**survey.config, "max.message.bytes": "50000000"}
    topics[survey.name] = TopicState(survey.name, survey.assignment, larger)

    [finding] = judge(settings, plans, ClusterState((1,), topics))

    assert (finding.topic, finding.problem) == (settings.topic_dead_letter, Problem.MESSAGE_SIZE)
    assert "max.message.bytes=50004096" in finding.fix
