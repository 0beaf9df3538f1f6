"""The engine's tests once more, on a real Kafka: `broker` of this folder's conftest is what differs."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine import test_failure, test_numbers, test_recovery, test_unusable_records, test_wrong_keys
from tests.engine.conftest import MakeDesk, desk, make_desk
from tests.kafka.server import KafkaServer

__all__ = ["desk", "make_desk"]

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

# Runs below with a topic that takes such a record, which this broker's topics do not by themselves.
_HUGE = test_unusable_records.test_a_huge_record_is_dead_lettered_whole_or_says_that_it_is_not

for _module in (test_failure, test_numbers, test_recovery, test_unusable_records, test_wrong_keys):
    for _name, _test in vars(_module).items():
        if _name.startswith("test_") and callable(_test) and _test is not _HUGE:
            assert _name not in globals(), f"two tests are called {_name}"
            globals()[_name] = _test


async def test_a_record_larger_than_the_dead_letter_topic_takes_says_so(
    make_desk: MakeDesk,
    kafka_server: KafkaServer,
) -> None:
    desk = await make_desk()
    survey = desk.settings.topic_survey
    await asyncio.to_thread(
        kafka_server.run,
        f"kafka-configs.sh --bootstrap-server {desk.settings.broker} --alter --entity-type topics "
        f"--entity-name {survey} --add-config max.message.bytes=12000000",
    )
    await _HUGE(desk)
    [worker] = desk.workers
    assert f"topic {desk.settings.topic_dead_letter}: takes" in worker.log, "the finding is logged at the start"
    assert "too large for the broker" in worker.log
