"""What a worker serves, where and to whom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from stream.settings.form import Names


class PageSettings(BaseSettings):
    """Pages, API and metrics."""

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
    web_connection_limit: int = Field(
        1000,
        ge=16,
        le=100_000,
        description="HTTP connections that one worker keeps open at a time, streams not among them; to let another in, "
        "the one is closed that has been waiting longest.",
    )
    web_connections_per_address: int = Field(
        500, ge=8, le=100_000, description="Of these, how many from one address; a proxy in front has one for all."
    )
    event_silence_seconds: int = Field(
        600,
        ge=1,
        description="After so long without an event boards say so and judge nothing. If there is a policy file, "
        "only its business hours count; without one every hour does.",
    )
    layout_file: Path | None = Field(
        None,
        description="YAML file of wallboards: tiles, thresholds, filters; `deskpulse layout` prints one to begin with.",
    )

    @field_validator("web_cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?", origin):
                raise ValueError(
                    f"{origin!r} is no origin; accepts http:// or https://, a host, and nothing but a port"
                )
        return origins

    @model_validator(mode="after")
    def _tokens_differ(self) -> Self:
        given = (self.web_token, self.web_lead_token, self.web_board_token)
        tokens = [token.get_secret_value() for token in given if token is not None]
        if len(set(tokens)) < len(tokens):
            raise ValueError("web_token, web_lead_token and web_board_token must differ; two of them are the same")
        if tokens and self.web_token is None:
            raise ValueError("web_lead_token and web_board_token need web_token as well, or nobody could read /metrics")
        return self
