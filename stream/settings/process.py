"""What the process leaves behind: files and a log."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class ProcessSettings(BaseSettings):
    """The process."""

    data_dir: Path = Field(
        Path(".run"),
        description="Where the engine may keep scratch files. A worker that is started anew in the folder of one that "
        "crashed takes its place in the group at once; elsewhere the group waits for `session_timeout_seconds`.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is logged.")
    log_format: Literal["human", "json"] = Field("human", description="How it is logged.")
