"""Every setting, its default and what it accepts. Read from the environment, else from one file, else the default.

The environment variable of `web_port` is `DESKPULSE_WEB_PORT`. The file is TOML: `deskpulse.toml` here, or the one
that `DESKPULSE_CONFIG` names. Lists are written `a,b,c` in the environment and as arrays in the file.
"""

from __future__ import annotations

import os
import re
import ssl
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from schemas.codec import Limits
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
    Partitioner,
    Policy,
    Responder,
)
from stream.core.windows import DAY_US, SECOND_US, DayStart, parse_duration_us, parse_window
from stream.policy_file import WrongPolicyError, load

PREFIX = "DESKPULSE_"
Names = Annotated[tuple[str, ...], NoDecode]


class WrongSettingError(ValueError):
    """A setting cannot be used; the text names it, says what it got and what it accepts."""


def config_file() -> Path:
    """Return the settings file in use; it need not exist."""
    return Path(os.environ.get(f"{PREFIX}CONFIG", "deskpulse.toml"))


class Settings(BaseSettings):
    """All settings of Deskpulse."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    # Kafka
    broker: str = Field("localhost:9092", description="Kafka bootstrap servers, host:port, comma separated.")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How to talk to Kafka."
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "PLAIN", description="SASL mechanism, with SASL_PLAINTEXT and SASL_SSL."
    )
    sasl_username: str | None = Field(None, description="SASL user name.")
    sasl_password: SecretStr | None = Field(None, description="SASL password; never logged.")
    ssl_cafile: Path | None = Field(None, description="PEM file of the authority that signed the brokers.")
    ssl_certfile: Path | None = Field(None, description="PEM file of the client certificate.")
    ssl_keyfile: Path | None = Field(None, description="PEM file of the client key.")
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
    partitions: int = Field(4, ge=1, le=10_000, description="Partitions of the source topics and the changelog.")
    replication_factor: int = Field(1, ge=1, le=32, description="Replicas of the topics that are created.")
    partitioner: Partitioner = Field(
        Partitioner.MURMUR2,
        description="How producers choose partitions: murmur2 (Java, kafka-python, aiokafka), "
        "crc32 (librdkafka's default), or trust, which does not check.",
    )
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
    commit_interval_seconds: float = Field(1.0, gt=0, le=60, description="How often offsets are committed.")
    max_record_bytes: int = Field(1_048_576, ge=1_024, le=1 << 28, description="A larger record is rejected.")
    max_future_seconds: int = Field(
        300, ge=0, le=10 * 86_400, description="An event further in the future is rejected."
    )

    # What the numbers mean
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
    response_buckets_seconds: Annotated[tuple[int, ...], NoDecode] = Field(
        DEFAULT_LE_SECONDS, description="Bounds (le) of the duration histograms."
    )
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

    # Serving
    web_host: str = Field("127.0.0.1", description="Address that the worker's pages bind to.")
    web_port: int = Field(6066, ge=0, le=65_535, description="Port of the worker's pages; 0 picks a free one.")
    web_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="Bearer token of the role admin, who may see everything; never logged. Set, it guards all numbers.",
    )
    web_lead_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="Bearer token of the role lead, who may see numbers and the ids of tickets; never logged.",
    )
    web_board_token: SecretStr | None = Field(
        None, min_length=16, description="Bearer token of the role board, which may see numbers; never logged."
    )
    web_cors_origins: Names = Field(
        (), description="Origins, such as https://intranet.example, whose pages may read the API from a browser."
    )
    web_stream_limit: int = Field(
        500, ge=1, le=10_000, description="Wallboards that may listen to one worker at a time; more are turned away."
    )
    layout_file: Path | None = Field(
        None,
        description="YAML file of wallboards: tiles, thresholds, filters; `deskpulse layout` prints one to begin with.",
    )
    data_dir: Path = Field(Path(".run"), description="Where the engine may keep scratch files.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")
    log_format: Literal["human", "json"] = Field("human", description="How it is logged.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, and the environment over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())

    @field_validator(
        "windows",
        "survey_windows",
        "labels",
        "unresolved_longer_than",
        "distribution_windows",
        "web_cors_origins",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("response_buckets_seconds", mode="before")
    @classmethod
    def _split_numbers(cls, value: object) -> object:
        return tuple(int(part) for part in value.split(",")) if isinstance(value, str) else value

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

    @field_validator("web_cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?", origin):
                raise ValueError(
                    f"{origin!r} is no origin; accepts http:// or https://, a host, and nothing but a port"
                )
        return origins

    @field_validator("today_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (LookupError, ValueError, OSError) as error:
            raise ValueError(f"no zone {name!r}; accepts an IANA name such as Europe/Berlin") from error
        return name

    @model_validator(mode="after")
    def _tokens_differ(self) -> Settings:
        given = (self.web_token, self.web_lead_token, self.web_board_token)
        tokens = [token.get_secret_value() for token in given if token is not None]
        if len(set(tokens)) < len(tokens):
            raise ValueError("web_token, web_lead_token and web_board_token must differ; two of them are the same")
        if tokens and self.web_token is None:
            raise ValueError("web_lead_token and web_board_token need web_token as well, or nobody could read /metrics")
        return self

    @model_validator(mode="after")
    def _topics_differ(self) -> Settings:
        own = (self.topic_dead_letter, self.topic_repartition, self.topic_alerts, self.topic_live_counts)
        names = [*self.source_topics().values(), *own]
        if len(set(names)) < len(names):
            raise ValueError(f"topic names must differ; got {', '.join(names)}")
        longest = max((parse_window(name).length_us or DAY_US for name in self.windows), default=0)
        if self.retention_days * DAY_US < longest + self.grace_seconds * SECOND_US:
            raise ValueError("retention_days must be longer than the longest window and the grace period")
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

    def ssl_context(self) -> ssl.SSLContext | None:
        """Return the TLS context for Kafka, None for plain text."""
        if not self.security_protocol.endswith("SSL"):
            return None
        context = ssl.create_default_context(cafile=self.ssl_cafile)
        if self.ssl_certfile is not None:
            context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile)
        return context

    def kafka_client_options(self) -> dict[str, Any]:
        """Return the connection options that every aiokafka client takes."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.broker,
            "security_protocol": self.security_protocol,
            "ssl_context": self.ssl_context(),
        }
        if self.security_protocol.startswith("SASL"):
            password = self.sasl_password.get_secret_value() if self.sasl_password else None
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": password,
            }
        return options

    def limits(self) -> Limits:
        """Return the bounds on what is admitted."""
        return Limits(self.max_record_bytes, self.max_future_seconds)

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


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; raises WrongSettingError that names each wrong one, what it got and what it accepts."""
    try:
        return Settings(**overrides)
    except ValidationError as failure:
        lines = []
        for error in failure.errors(include_url=False, include_context=False):
            name = ".".join(str(part) for part in error["loc"]) or "settings"
            got = "" if "password" in name or "token" in name or name == "settings" else f" got {error['input']!r};"
            lines.append(f"{name} ({PREFIX}{name.upper()}):{got} {error['msg']}")
        raise WrongSettingError("\n".join(lines)) from None
    except tomllib.TOMLDecodeError as error:
        raise WrongSettingError(f"{config_file()}: not TOML: {error}") from None
