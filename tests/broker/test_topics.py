"""Creating and judging topics: the same on both brokers, and the suggested commands run on the real one."""

from __future__ import annotations

import asyncio

import pytest

from stream.broker import topics
from stream.broker.connection import admin
from stream.broker.findings import Finding, Problem
from stream.broker.topics import Outcome, plan_topics
from stream.settings import Settings
from tests.broker.conftest import CreateTopic
from tests.conftest import DeskSettings
from tests.kafka.server import KafkaServer


async def _wrong(settings: Settings) -> list[Finding]:
    return [finding for finding in await topics.inspect(settings) if finding.wrong]


async def _names(settings: Settings) -> set[str]:
    async with admin(settings) as client:
        return set(await client.list_topics())


async def _ensure_but(settings: Settings, name: str) -> None:
    """Create every topic except the one that the test makes by itself."""
    others = [plan for plan in plan_topics(settings) if plan.name != name]
    results = [result for result in await topics.ensure(settings) if result.topic != name]
    assert len(results) == len(others)
    assert all(result.there for result in results), results


async def test_topics_are_created_once_with_what_the_plan_says(desk_settings: DeskSettings) -> None:
    settings = desk_settings(partitions=3)
    plans = plan_topics(settings)

    assert {result.outcome for result in await topics.ensure(settings)} == {Outcome.CREATED}
    assert {result.outcome for result in await topics.ensure(settings)} == {Outcome.EXISTS}

    seen = await topics.report(settings)
    assert {name: topic.partitions for name, topic in seen.cluster.topics.items()} == {
        plan.name: plan.partitions for plan in plans
    }
    for plan in plans:
        told = seen.cluster.topics[plan.name].config
        assert {name: told[name] for name in plan.config} == dict(plan.config), plan.name
    assert seen.findings == ()


async def test_workers_that_start_together_may_all_create_the_topics(desk_settings: DeskSettings) -> None:
    settings = desk_settings()
    starts = await asyncio.gather(*(topics.ensure(settings) for _ in range(4)))
    assert all(result.there for results in starts for result in results), starts
    assert await _wrong(settings) == []


async def test_looking_at_topics_creates_none(desk_settings: DeskSettings) -> None:
    """Brokers create a topic whose metadata is asked for by name."""
    settings = desk_settings()
    findings = await topics.inspect(settings)
    assert {finding.topic for finding in findings} == {plan.name for plan in plan_topics(settings)}
    assert {(finding.problem, finding.fix) for finding in findings} == {(Problem.MISSING, "deskpulse topics --create")}
    assert not await _names(settings) & {plan.name for plan in plan_topics(settings)}


async def test_an_existing_topic_is_left_as_it_is(desk_settings: DeskSettings, create_topic: CreateTopic) -> None:
    settings = desk_settings()
    kept = {"cleanup.policy": "compact", "retention.ms": "60000"}
    await create_topic(settings, settings.topic_survey, 4, kept)

    await topics.ensure(settings)

    survey = (await topics.report(settings)).cluster.topics[settings.topic_survey]
    assert {name: survey.config[name] for name in kept} == kept


async def test_no_topic_is_created_beside_sources_with_another_number_of_partitions(
    desk_settings: DeskSettings, create_topic: CreateTopic
) -> None:
    """It could never be made right again: partitions cannot be taken away, and states do not move."""
    settings = desk_settings(partitions=4)
    await create_topic(settings, settings.topic_ticket_opened, 6)

    results = {result.topic: result for result in await topics.ensure(settings)}

    assert results[settings.topic_ticket_opened].outcome is Outcome.EXISTS
    changelog = results[settings.changelog_topic]
    assert changelog.outcome is Outcome.REFUSED
    assert "DESKPULSE_PARTITIONS=6" in changelog.detail
    assert results[settings.topic_dead_letter].outcome is Outcome.CREATED
    assert settings.changelog_topic not in await _names(settings)
    fixed = settings.model_copy(update={"partitions": 6})
    assert all(result.there for result in await topics.ensure(fixed))
    assert await _wrong(fixed) == []


async def test_another_number_of_partitions_than_the_setting_is_named(
    desk_settings: DeskSettings, create_topic: CreateTopic
) -> None:
    settings = desk_settings(partitions=4)
    for plan in plan_topics(settings):
        if plan.co_partitioned:
            await create_topic(settings, plan.name, 2, dict(plan.config))
    findings = [finding for finding in await _wrong(settings) if finding.problem is Problem.PARTITIONS]
    assert [(finding.topic, finding.fix) for finding in findings] == [
        (settings.topic_ticket_opened, "DESKPULSE_PARTITIONS=2")
    ]


async def test_a_changelog_with_other_partitions_is_not_grown_but_built_anew(
    desk_settings: DeskSettings, create_topic: CreateTopic
) -> None:
    settings = desk_settings(partitions=4)
    await create_topic(settings, settings.changelog_topic, 2, {"cleanup.policy": "compact"})
    await _ensure_but(settings, settings.changelog_topic)

    [finding] = [finding for finding in await _wrong(settings) if finding.problem is Problem.PARTITIONS]

    assert finding.topic == settings.changelog_topic
    assert finding.fix.startswith(f"DESKPULSE_APP_ID={settings.app_id}-4 ")


async def test_too_few_replicas_for_the_setting_are_named(desk_settings: DeskSettings) -> None:
    settings = desk_settings()
    await topics.ensure(settings)
    strict = settings.model_copy(update={"replication_factor": 3})
    findings = await _wrong(strict)
    assert {finding.topic for finding in findings} == {plan.name for plan in plan_topics(settings)}
    assert {finding.problem for finding in findings} == {Problem.REPLICAS}
    assert {finding.fix for finding in findings} == {
        "DESKPULSE_REPLICATION_FACTOR=1, or add brokers: the cluster has 1"
    }


DEFECTS = [
    ("topic_ticket_response", {"retention.ms": "3600000"}, Problem.RETENTION, "1 h"),
    ("topic_repartition", {"retention.ms": "3600000"}, Problem.RETENTION, "1 h"),
    ("topic_survey", {"cleanup.policy": "compact"}, Problem.CLEANUP, "the last event only"),
    ("topic_customer", {"max.message.bytes": "10000"}, Problem.MESSAGE_SIZE, "10000 bytes"),
    ("topic_dead_letter", {"max.message.bytes": "1048588"}, Problem.MESSAGE_SIZE, "1048588 bytes"),
    ("changelog_topic", {"cleanup.policy": "delete"}, Problem.CLEANUP, "loses tickets"),
    ("changelog_topic", {"cleanup.policy": "compact,delete"}, Problem.CLEANUP, "loses tickets"),
    ("changelog_topic", {"max.message.bytes": "10000"}, Problem.MESSAGE_SIZE, "10000 bytes"),
]


@pytest.mark.parametrize(("topic", "config", "problem", "says"), DEFECTS)
async def test_a_setting_that_loses_data_is_found(
    desk_settings: DeskSettings,
    create_topic: CreateTopic,
    topic: str,
    config: dict[str, str],
    problem: Problem,
    says: str,
) -> None:
    settings = desk_settings()
    name = getattr(settings, topic)
    [plan] = [plan for plan in plan_topics(settings) if plan.name == name]
    await create_topic(settings, name, plan.partitions, {**plan.config, **config})
    await _ensure_but(settings, name)

    [finding] = await _wrong(settings)

    assert (finding.topic, finding.problem) == (name, problem)
    assert says in finding.text
    assert finding.fix.startswith(f"kafka-configs.sh --bootstrap-server {settings.broker} --alter ")


@pytest.mark.kafka
@pytest.mark.parametrize("each_broker", ["kafka"], indirect=True)
async def test_the_suggested_commands_fix_every_topic(
    desk_settings: DeskSettings, create_topic: CreateTopic, kafka_server: KafkaServer
) -> None:
    """Each topic is made wrong in another way; running what the findings say leaves nothing wrong."""
    settings = desk_settings(partitions=4)
    for topic, config, *_ in DEFECTS[1:6]:
        name = getattr(settings, topic)
        [plan] = [plan for plan in plan_topics(settings) if plan.name == name]
        await create_topic(settings, name, plan.partitions, {**plan.config, **config})
    await create_topic(settings, settings.topic_ticket_opened, 3)
    await create_topic(settings, settings.topic_ticket_status, 4, {"min.insync.replicas": "2"})
    await create_topic(settings, settings.topic_ticket_response, 4)
    [live] = [plan for plan in plan_topics(settings) if plan.name == settings.topic_live_counts]
    own_times = {**live.config, "message.timestamp.type": "CreateTime"}
    await create_topic(settings, live.name, live.partitions, own_times)
    await topics.ensure(settings)
    findings = await _wrong(settings)
    assert {finding.problem for finding in findings} == set(Problem) - {Problem.MISSING, Problem.NOT_CHECKED}

    for finding in findings:
        await asyncio.to_thread(kafka_server.run, finding.fix)

    assert await _wrong(settings) == []


@pytest.mark.parametrize("each_broker", ["embedded"], indirect=True)
async def test_what_a_broker_does_not_tell_is_not_called_wrong(
    desk_settings: DeskSettings, create_topic: CreateTopic
) -> None:
    """The embedded broker tells only what was set when a topic was created."""
    settings = desk_settings()
    await create_topic(settings, settings.changelog_topic, 4)
    await _ensure_but(settings, settings.changelog_topic)

    [finding] = await topics.inspect(settings)

    assert finding.problem is Problem.NOT_CHECKED
    assert not finding.wrong
    assert "cleanup.policy" in finding.text
    assert finding.text.endswith("not checked")


@pytest.mark.kafka
@pytest.mark.parametrize("each_broker", ["kafka"], indirect=True)
async def test_more_replicas_than_brokers_fail_and_say_what_to_set(desk_settings: DeskSettings) -> None:
    settings = desk_settings(replication_factor=3)
    results = await topics.ensure(settings)
    assert {result.outcome for result in results} == {Outcome.FAILED}
    assert all("DESKPULSE_REPLICATION_FACTOR" in result.detail for result in results)
