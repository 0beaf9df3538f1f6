"""How webhooks are taken in."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class IntakeSettings(BaseSettings):
    """Webhooks."""

    intake_file: Path | None = Field(
        None,
        description="YAML file of the senders of webhooks that `deskpulse intake` takes in; `deskpulse intake "
        "--example` prints one to begin with; read again on SIGHUP.",
    )
    intake_port: int = Field(6067, ge=0, le=65_535, description="Port that webhooks are posted to; 0 picks a free one.")
    intake_max_body_bytes: int = Field(
        1_048_576, ge=1_024, le=1_048_576, description="A larger body of a webhook is answered 413, unpacked or not."
    )
    intake_ack_seconds: float = Field(
        3.0,
        gt=0,
        le=60,
        description="A webhook that Kafka has not acknowledged in so long is answered 503, so that it is sent again.",
    )
