"""How a worker goes about its work, and what it admits."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from schemas.codec import Limits


class WorkerSettings(BaseSettings):
    """A worker at work."""

    session_timeout_seconds: float = Field(10.0, ge=1, le=300, description="A worker silent for this long is dead.")
    live_counts_seconds: float = Field(
        1.0, ge=1, le=60, description="How often a worker writes the live numbers of its partitions."
    )
    live_waiting_tickets: int = Field(
        100,
        ge=0,
        le=1000,
        description="How many of the tickets that wait longest are written by id with the live numbers of each "
        "partition, for /api/v1/waiting of the other workers; 0 writes none.",
    )
    live_agents: bool = Field(
        True,
        description="Whether the ids of agents who did something lately are written with the live numbers. Without "
        "them nobody knows how many agents are at work on a desk of several workers: the count has no data.",
    )
    changelog_lost: Literal["refuse", "rebuild"] = Field(
        "refuse",
        description="What a worker does when its changelog does not hold what the committed offsets imply: it was "
        "deleted, truncated or emptied. refuse: end and name the command. rebuild: read the sources again from their "
        "beginning and show the partition when that is done.",
    )
    commit_interval_seconds: float = Field(1.0, gt=0, le=60, description="How often offsets are committed.")
    max_record_bytes: int = Field(1_048_576, ge=1_024, le=1 << 28, description="A larger record is rejected.")
    max_future_seconds: int = Field(
        300, ge=0, le=10 * 86_400, description="An event further in the future is rejected."
    )

    max_clock_offset_seconds: float = Field(
        5.0,
        gt=0,
        le=3600,
        description="A worker whose clock and the broker's differ by more is not ready and says so; it counts by the "
        "broker's.",
    )

    def limits(self) -> Limits:
        """Return the bounds on what is admitted."""
        return Limits(self.max_record_bytes, self.max_future_seconds)
