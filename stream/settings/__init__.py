"""Every setting, its default and what it accepts. Read from the environment, else from one file, else the default.

The environment variable of `web_port` is `DESKPULSE_WEB_PORT`. The file is TOML: `deskpulse.toml` here, or the one
that `DESKPULSE_CONFIG` names. Lists are written `a,b,c` in the environment and as arrays in the file.
"""

from stream.settings.form import PREFIX, WrongSettingError
from stream.settings.settings import Settings, config_file, load_settings, unknown_variables

__all__ = ["PREFIX", "Settings", "WrongSettingError", "config_file", "load_settings", "unknown_variables"]
