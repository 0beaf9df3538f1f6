"""The Kafka that is tested is the Kafka that docker-compose.yml starts."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from tests.kafka.jars import POM

COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"


def test_the_composed_kafka_is_the_one_that_the_tests_run_on() -> None:
    tested = re.search(r"<kafka\.version>(.+)</kafka\.version>", POM.read_text())
    assert tested is not None
    composed = yaml.safe_load(COMPOSE.read_text())["services"]["kafka"]["image"]
    assert composed == f"apache/kafka:{tested[1]}"
