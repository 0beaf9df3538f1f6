"""Which topics a desk has."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from stream.core.policy import Partitioner


class TopicSettings(BaseSettings):
    """Topics."""

    app_id: str = Field(
        "deskpulse",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="Consumer group, and the beginning of the changelog's name. Workers of one desk share it.",
    )
    topic_ticket_opened: str = Field("ticket-opened", description="Topic of opened tickets.")
    topic_ticket_response: str = Field("ticket-response", description="Topic of responses.")
    topic_ticket_status: str = Field("ticket-status", description="Topic of status changes.")
    topic_survey: str = Field("survey", description="Topic of surveys.")
    topic_customer: str = Field("customer", description="Topic of customer events.")
    topic_dead_letter: str = Field("deskpulse-dead-letter", description="Topic of rejected records.")
    topic_repartition: str = Field(
        "deskpulse-repartition",
        description="Topic of records that came under another key than their own, and of what customers are told "
        "of their tickets.",
    )
    topic_alerts: str = Field("alerts", description="Topic of alerts: tickets at risk, breached, bad comments.")
    topic_live_counts: str = Field(
        "live-counts", description="Topic of the live numbers of each partition, written once a second."
    )
    partitions: int = Field(4, ge=1, le=4_096, description="Partitions of the source topics and the changelog.")
    replication_factor: int = Field(1, ge=1, le=32, description="Replicas of the topics that are created.")
    partitioner: Partitioner = Field(
        Partitioner.MURMUR2,
        description="How producers choose partitions: murmur2 (Java, kafka-python, aiokafka), "
        "crc32 (librdkafka's default), or trust, which does not check.",
    )

    @model_validator(mode="after")
    def _topics_differ(self) -> Self:
        own = (self.topic_dead_letter, self.topic_repartition, self.topic_alerts, self.topic_live_counts)
        names = [*self.source_topics().values(), *own]
        if len(set(names)) < len(names):
            raise ValueError(f"topic names must differ; got {', '.join(names)}")
        return self

    @property
    def changelog_topic(self) -> str:
        """Name of the changelog of the ticket states."""
        return f"{self.app_id}-entities-changelog"

    def source_topics(self) -> dict[str, str]:
        """Return the topics that events come from: logical name -> topic name."""
        return {
            "ticket_opened": self.topic_ticket_opened,
            "ticket_response": self.topic_ticket_response,
            "ticket_status": self.topic_ticket_status,
            "survey": self.topic_survey,
            "customer": self.topic_customer,
        }

    def desk(self) -> dict[str, Any]:
        """Return what makes a desk this one: workers that differ in any of it must not share a group or a changelog."""
        return {
            "topics": {**self.source_topics(), "repartition": self.topic_repartition},
            "partitions": self.partitions,
            "partitioner": str(self.partitioner),
        }
