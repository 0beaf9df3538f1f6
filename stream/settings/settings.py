"""All settings in one, and where they are read from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from stream.settings.form import PREFIX, WrongSettingError
from stream.settings.kafka import KafkaSettings
from stream.settings.numbers import NumberSettings
from stream.settings.pages import PageSettings
from stream.settings.process import ProcessSettings
from stream.settings.topics import TopicSettings
from stream.settings.worker import WorkerSettings


def config_file() -> Path:
    """Return the settings file in use; it need not exist."""
    return Path(os.environ.get(f"{PREFIX}CONFIG", "deskpulse.toml"))


# The fields of the last come first, as in docs/settings.md.
class Settings(ProcessSettings, PageSettings, NumberSettings, WorkerSettings, TopicSettings, KafkaSettings):
    """All settings of Deskpulse."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

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
    except RecursionError:
        raise WrongSettingError(f"{config_file()}: not TOML: is nested too deeply to be read") from None
    except ValueError as error:  # tomllib's own, or that of a number with thousands of digits
        raise WrongSettingError(f"{config_file()}: not TOML: {error}") from None
