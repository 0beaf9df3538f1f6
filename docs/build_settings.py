"""Write docs/settings.md from the settings themselves: `python docs/build_settings.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from stream.settings import PREFIX, Settings

FILE = Path(__file__).with_name("settings.md")
HEAD = f"""# Settings

Each is an environment variable, `{PREFIX}` before its name in capitals, or a line in a TOML file: `deskpulse.toml`
in the working directory, or the one that `{PREFIX}CONFIG` names. The environment wins. Lists are written `a,b,c` in
the environment and as arrays in the file.

```toml
broker = "kafka-1:9092,kafka-2:9092"
windows = ["5m", "1h", "24h", "today"]
today_zone = "Europe/Berlin"
```

A wrong setting is named at the start, with what it got and what it accepts; `deskpulse check` looks at all of them.
So is a name in the file that is not a setting, and a file that `{PREFIX}CONFIG` names and that does not exist. A
variable that begins with `{PREFIX}` and is not a setting has no effect: `deskpulse check` fails and names the setting
that looks most like it, and a worker warns of it when it starts.
Workers of one desk (one `app_id`) must have the same settings for topics and for what the numbers mean.

| setting | default | meaning |
|---|---|---|
"""


def page() -> str:
    """Return the page's text."""
    rows = (f"| `{name}` | {_default(field)} | {field.description} |" for name, field in Settings.model_fields.items())
    return HEAD + "\n".join(rows) + "\n"


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value is None or isinstance(value, SecretStr):
        return "none"
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    return f"`{value}`"


if __name__ == "__main__":
    FILE.write_text(page())
