"""Where alerts are sent on to."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class NotifySettings(BaseSettings):
    """`deskpulse notify`."""

    notify_file: Path | None = Field(
        None,
        description="YAML file of the receivers that `deskpulse notify` sends alerts to, read again on SIGHUP; see "
        "docs/notify.md.",
    )
    notify_port: int = Field(
        6068, ge=0, le=65_535, description="Port of its /metrics and /healthz, at `web_host`; 0 picks a free one."
    )
