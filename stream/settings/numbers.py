"""What the numbers mean."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from stream.core.definitions import Definitions
from stream.core.histogram import Buckets, check_bounds
from stream.core.policy import (
    DEFAULT_DISTRIBUTION_WINDOWS,
    DEFAULT_LE_SECONDS,
    DEFAULT_LONGER_THAN,
    DEFAULT_SURVEY_WINDOWS,
    DEFAULT_WINDOWS,
    DIMENSIONS,
    AgentOpened,
    Policy,
    Responder,
)
from stream.core.windows import DAY_US, SECOND_US, DayStart, parse_duration_us, parse_window
from stream.policy_file import WrongPolicyError, load
from stream.settings.form import PREFIX, Names, Numbers, WrongSettingError
from stream.settings.topics import TopicSettings


class NumberSettings(TopicSettings):
    """What the numbers mean; over which partitions they are counted is said with the topics."""

    policy_file: Path | None = Field(
        None,
        description="YAML file of targets, schedules, scales and thresholds, read again on SIGHUP; "
        "`deskpulse policy` prints one to begin with.",
    )
    windows: Names = Field(DEFAULT_WINDOWS, description="Sliding windows, and today.")
    survey_windows: Names = Field(DEFAULT_SURVEY_WINDOWS, description="Further windows for surveys.")
    today_zone: str = Field("UTC", description="IANA zone in which today begins.")
    today_start_hour: int = Field(0, ge=0, le=23, description="Hour of the local clock at which today begins.")
    clock: Literal["wall", "watermark"] = Field(
        "wall",
        description="Windows end now (wall), or at the newest event seen (watermark), to look at history.",
    )
    responder: Responder = Field(Responder.HUMAN, description="Whose public response is the first response.")
    agent_opened: AgentOpened = Field(
        AgentOpened.EXCLUDE, description="Tickets opened by an agent: exclude from FRT, or next_public."
    )
    nps_min_n: int = Field(5, ge=1, description="NPS is hidden under this many scored answers.")
    labels: Names = Field(
        ("channel", "priority", "queue"),
        description=f"Dimensions that are labels, of {', '.join(DIMENSIONS)}.",
    )
    label_limit: int = Field(50, ge=1, le=10_000, description="Distinct values of a label; the rest is other.")
    response_buckets_seconds: Numbers = Field(DEFAULT_LE_SECONDS, description="Bounds (le) of the duration histograms.")
    unresolved_longer_than: Names = Field(
        DEFAULT_LONGER_THAN, description="Ages at which an open ticket counts as unresolved longer than."
    )
    grace_seconds: int = Field(3600, ge=0, description="A pane is final when the watermark has passed its end by this.")
    alert_max_age_seconds: int = Field(
        86_400, ge=0, description="What is noticed later than this after it happened sends no alert; it still counts."
    )
    distribution_windows: Names = Field(
        DEFAULT_DISTRIBUTION_WINDOWS,
        description="Windows whose distributions (le) of business time, replies and resolution are in /metrics; "
        "first response time has all.",
    )
    retention_days: int = Field(
        30, ge=1, le=3650, description="A closed ticket of which nothing is heard for this long is forgotten."
    )

    @field_validator("response_buckets_seconds")
    @classmethod
    def _ascending(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        check_bounds(value)
        return value

    @field_validator("windows", "survey_windows", "distribution_windows")
    @classmethod
    def _windows(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            parse_window(name)
        return names

    @field_validator("unresolved_longer_than")
    @classmethod
    def _durations(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            parse_duration_us(name)
        return names

    @field_validator("labels")
    @classmethod
    def _dimensions(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [name for name in names if name not in DIMENSIONS]:
            raise ValueError(f"got {', '.join(unknown)}; accepts {', '.join(DIMENSIONS)}")
        return names

    @field_validator("today_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (LookupError, ValueError, OSError) as error:
            raise ValueError(f"no zone {name!r}; accepts an IANA name such as Europe/Berlin") from error
        return name

    @model_validator(mode="after")
    def _kept_for_long_enough(self) -> Self:
        longest = max((parse_window(name).length_us or DAY_US for name in self.windows), default=0)
        if self.retention_days * DAY_US < longest + self.grace_seconds * SECOND_US:
            raise ValueError("retention_days must be longer than the longest window and the grace period")
        return self

    def policy(self) -> Policy:
        """Return what the numbers mean under these settings, with the policy file as it is now.

        Raises WrongSettingError with a line for each thing that is wrong in that file.
        """
        return Policy(
            responder=self.responder,
            agent_opened=self.agent_opened,
            nps_min_n=self.nps_min_n,
            labels=self.labels,
            label_limit=self.label_limit,
            windows=tuple(parse_window(name) for name in self.windows),
            survey_windows=tuple(parse_window(name) for name in self.survey_windows if name not in self.windows),
            day=DayStart(self.today_zone, self.today_start_hour),
            grace_us=self.grace_seconds * SECOND_US,
            retention_us=self.retention_days * DAY_US,
            buckets=Buckets(tuple(s * SECOND_US for s in self.response_buckets_seconds)),
            longer_than=tuple((name, parse_duration_us(name)) for name in self.unresolved_longer_than),
            distribution_windows=self.distribution_windows,
            alert_max_age_us=self.alert_max_age_seconds * SECOND_US,
            definitions=self._definitions(),
            partitions=self.partitions,
            partitioner=self.partitioner,
        )

    def _definitions(self) -> Definitions:
        if self.policy_file is None:
            return Definitions()
        try:
            return load(self.policy_file)
        except WrongPolicyError as error:
            lines = (f"policy_file ({PREFIX}POLICY_FILE): {line}" for line in str(error).splitlines())
            raise WrongSettingError("\n".join(lines)) from None
