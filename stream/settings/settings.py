"""All settings in one, and where they are read from."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from stream.settings.form import PREFIX, WrongSettingError
from stream.settings.intake import IntakeSettings
from stream.settings.kafka import KafkaSettings
from stream.settings.notify import NotifySettings
from stream.settings.numbers import NumberSettings
from stream.settings.pages import PageSettings
from stream.settings.process import ProcessSettings
from stream.settings.topics import TopicSettings
from stream.settings.worker import WorkerSettings

CONFIG_VARIABLE: Final = f"{PREFIX}CONFIG"
# Read by others: the first before there are settings, the second by Prometheus in docker-compose.yml.
_OTHER_VARIABLES: Final = frozenset({CONFIG_VARIABLE, f"{PREFIX}RUNBOOK_URL"})


def config_file() -> Path:
    """Return the settings file in use; it need not exist unless the environment names it."""
    return Path(os.environ.get(CONFIG_VARIABLE, "deskpulse.toml"))


# The fields of the last come first, as in docs/settings.md.
class Settings(
    ProcessSettings,
    NotifySettings,
    IntakeSettings,
    PageSettings,
    NumberSettings,
    WorkerSettings,
    TopicSettings,
    KafkaSettings,
):
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
    named = os.environ.get(CONFIG_VARIABLE)
    if named is not None and not Path(named).is_file():
        got = "is a folder" if named and Path(named).is_dir() else "does not exist"
        raise WrongSettingError(f"{CONFIG_VARIABLE}: got {named!r}, which {got}; accepts the path of a TOML file")
    try:
        return Settings(**overrides)
    except ValidationError as failure:
        lines = []
        for error in failure.errors(include_url=False, include_context=False):
            name = ".".join(str(part) for part in error["loc"]) or "settings"
            if error["type"] == "extra_forbidden":  # the value may be a secret under a misspelled name
                lines.append(f"{config_file()}: {name} is not a setting{_nearest(name)}")
                continue
            got = "" if "password" in name or "token" in name or name == "settings" else f" got {error['input']!r};"
            lines.append(f"{name} ({PREFIX}{name.upper()}):{got} {error['msg']}")
        raise WrongSettingError("\n".join(lines)) from None
    except OSError as error:
        raise WrongSettingError(f"{config_file()}: cannot be read: {error.strerror}") from None
    except RecursionError:
        raise WrongSettingError(f"{config_file()}: not TOML: is nested too deeply to be read") from None
    except ValueError as error:  # tomllib's own, or that of a number with thousands of digits
        raise WrongSettingError(f"{config_file()}: not TOML: {error}") from None


def unknown_variables(names: Iterable[str] | None = None) -> list[str]:
    """Return a line for each environment variable that looks like a setting and is none, in order of their names.

    names: those of the variables; None for this process's.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | _OTHER_VARIABLES
    given = sorted(name for name in (os.environ if names is None else names) if name.upper().startswith(PREFIX))
    return [
        f"{name} is not a setting{_nearest(name.upper().removeprefix(PREFIX), PREFIX)}; it has no effect"
        for name in given
        if name.upper() not in known
    ]


def _nearest(name: str, prefix: str = "") -> str:
    """Name the setting that looks most like this, after the prefix and in its case; empty when none looks like it."""
    found = difflib.get_close_matches(name.lower(), Settings.model_fields, n=1)
    return f" (nearest: {prefix}{found[0].upper() if prefix else found[0]})" if found else ""
