"""What grafana/alertmanager/receivers.yaml may say: who is told of alerts, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

# The labels that the rules give to alerts somebody acts on.
TEAMS = ("support", "platform")
SEVERITIES = ("critical", "warning")

_Text = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Webhook(_Part):
    """An address that takes Alertmanager's JSON, which stands in a file."""

    url_file: _Text

    def written(self) -> dict[str, Any]:
        """Return it as Alertmanager wants it."""
        return {"url_file": self.url_file, "send_resolved": True}


class Slack(_Part):
    """A channel of Slack, or of what understands Slack's webhooks."""

    api_url_file: _Text
    channel: _Text

    def written(self) -> dict[str, Any]:
        """Return it as Alertmanager wants it."""
        return {
            "api_url_file": self.api_url_file,
            "channel": self.channel,
            "send_resolved": True,
            "color": '{{ template "deskpulse.color" . }}',
            "title": '{{ template "deskpulse.title" . }}',
            "text": '{{ template "deskpulse.text" . }}',
        }


class Email(_Part):
    """Who gets mail."""

    to: Annotated[list[_Text], Field(min_length=1)]

    def written(self) -> dict[str, Any]:
        """Return it as Alertmanager wants it."""
        return {
            "to": ", ".join(self.to),
            "send_resolved": True,
            "headers": {"Subject": '{{ template "deskpulse.title" . }}'},
            "text": '{{ template "deskpulse.text" . }}',
            "html": '{{ template "deskpulse.html" . }}',
        }


class Receiver(_Part):
    """In which ways somebody is told; at least one."""

    webhook: Webhook | None = None
    slack: Slack | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _some(self) -> Receiver:
        if not (self.webhook or self.slack or self.email):
            raise ValueError("one or more of webhook, slack, email")
        return self

    def written(self, name: str) -> dict[str, Any]:
        """Return it as Alertmanager wants it."""
        ways = {"webhook": self.webhook, "slack": self.slack, "email": self.email}
        return {"name": name} | {f"{way}_configs": [to.written()] for way, to in ways.items() if to is not None}


class Team(_Part):
    """Who is told of what has to be done now, and of what has to be done today."""

    critical: Receiver
    warning: Receiver


class Teams(_Part):
    """The two teams that the rules name."""

    support: Team
    platform: Team


class Smtp(_Part):
    """The server that sends mail."""

    smarthost: Annotated[str, Field(pattern=r"^[^:\s]+:\d+$")]
    sender: _Text = Field(alias="from")
    username: _Text | None = None
    password_file: _Text | None = None
    require_tls: bool = True

    def written(self) -> dict[str, Any]:
        """Return it as Alertmanager wants it."""
        settings = {
            "smtp_smarthost": self.smarthost,
            "smtp_from": self.sender,
            "smtp_auth_username": self.username,
            "smtp_auth_password_file": self.password_file,
            "smtp_require_tls": self.require_tls,
        }
        return {name: value for name, value in settings.items() if value is not None}


class Receivers(_Part):
    """The whole file. What stands in desk_closed Alertmanager judges."""

    version: Literal[1]
    teams: Teams
    email: Smtp | None = None
    heartbeat: Webhook | None = None
    desk_closed: list[dict[str, Any]] = []

    @model_validator(mode="after")
    def _mail_can_be_sent(self) -> Receivers:
        if self.email is None and any(receiver.email for _, _, receiver in self.each()):
            raise ValueError("email with smarthost and from, because a team has email")
        return self

    def each(self) -> list[tuple[str, str, Receiver]]:
        """Return every receiver with its team and severity."""
        return [(team, level, getattr(getattr(self.teams, team), level)) for team in TEAMS for level in SEVERITIES]


class WrongReceiversError(Exception):
    """The file says something that is not accepted; the text has a line for each."""


def read(path: Path) -> Receivers:
    """Read a file. Raises OSError if it cannot be read, WrongReceiversError with place, value and what is accepted."""
    try:
        return Receivers.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except yaml.YAMLError as error:
        raise WrongReceiversError(f"{path}: is no YAML: {error}") from error
    except ValidationError as error:
        lines = []
        for wrong in error.errors():
            place = ".".join(map(str, wrong["loc"])) or "the file"
            got = "" if wrong["type"] == "missing" else f"got {wrong['input']!r}, "
            accepts = wrong["msg"].removeprefix("Value error, ")
            if wrong["type"] == "extra_forbidden":
                accepts = "no such key; receivers.example.yaml has those there are"
            lines.append(f"{path}: {place}: {got}accepts: {accepts}")
        raise WrongReceiversError("\n".join(lines)) from error
