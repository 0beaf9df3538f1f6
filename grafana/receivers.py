"""What grafana/alertmanager/receivers.yaml may say: who is told of alerts, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from grafana.closing import ClosedPart
from grafana.told import Channel, File, Login, Mail, Server
from stream.policy_file.reading import shaped
from stream.policy_file.scalars import LISTED, SOME, Flag, whole_number
from stream.policy_file.shape import Part
from stream.yaml_lines import WrongYamlError, read_text, read_yaml

# The labels that the rules give to alerts somebody acts on.
TEAMS = ("support", "platform")
SEVERITIES = ("critical", "warning")


class Webhook(Part):
    """An address that takes Alertmanager's JSON, which stands in a file."""

    url_file: File

    def written(self) -> dict[str, Any]:
        """Return it as Alertmanager wants it."""
        return {"url_file": self.url_file, "send_resolved": True}


class Slack(Part):
    """A channel of Slack, or of what understands Slack's webhooks."""

    api_url_file: File
    channel: Channel

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


class Email(Part):
    """Who gets mail."""

    to: Annotated[tuple[Mail, ...], LISTED, SOME]

    def written(self) -> dict[str, Any]:
        """Return it as Alertmanager wants it."""
        return {
            "to": ", ".join(self.to),
            "send_resolved": True,
            "headers": {"Subject": '{{ template "deskpulse.title" . }}'},
            "text": '{{ template "deskpulse.text" . }}',
            "html": '{{ template "deskpulse.html" . }}',
        }


class Receiver(Part):
    """In which ways somebody is told; at least one."""

    webhook: Webhook | None = None
    slack: Slack | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _some(self) -> Receiver:
        if not (self.webhook or self.slack or self.email):
            raise ValueError("tells nobody; accepts one or more of webhook, slack, email")
        return self

    def written(self, name: str) -> dict[str, Any]:
        """Return it as Alertmanager wants it."""
        ways = {"webhook": self.webhook, "slack": self.slack, "email": self.email}
        return {"name": name} | {f"{way}_configs": [to.written()] for way, to in ways.items() if to is not None}


class Team(Part):
    """Who is told of what has to be done now, and of what has to be done today."""

    critical: Receiver
    warning: Receiver


class Teams(Part):
    """The two teams that the rules name."""

    support: Team
    platform: Team


class Smtp(Part):
    """The server that sends mail."""

    smarthost: Server
    sender: Mail = Field(alias="from")
    username: Login | None = None
    password_file: File | None = None
    require_tls: Flag = True

    @model_validator(mode="after")
    def _whole_login(self) -> Smtp:
        # Alertmanager would send without a login, and each mail would be refused.
        if (self.username is None) != (self.password_file is None):
            raise ValueError("has half a login; accepts username and password_file, or neither")
        return self

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


class Receivers(Part):
    """The whole file."""

    version: Annotated[int, whole_number(1, 1)]
    teams: Teams
    email: Smtp | None = None
    heartbeat: Webhook | None = None
    desk_closed: tuple[ClosedPart, ...] = ()

    @model_validator(mode="after")
    def _mail_can_be_sent(self) -> Receivers:
        if self.email is None and any(receiver.email for _, _, receiver in self.each()):
            raise ValueError("a team has email; accepts it with email at the top, which has smarthost and from")
        return self

    def each(self) -> list[tuple[str, str, Receiver]]:
        """Return every receiver with its team and severity."""
        return [(team, level, getattr(getattr(self.teams, team), level)) for team in TEAMS for level in SEVERITIES]


class WrongReceiversError(ValueError):
    """The file says something that is not accepted; the text has a line for each."""


def read(path: Path) -> Receivers:
    """Read a file; raises WrongReceiversError with line, place, value and what is accepted."""
    try:
        lines = read_yaml(read_text(path), str(path))
    except WrongYamlError as error:
        raise WrongReceiversError(str(error)) from error
    if not lines.has_keys:
        raise WrongReceiversError(f"{path}:1: accepts version and teams; receivers.example.yaml shows all there is")
    return shaped(lines, Receivers, WrongReceiversError)
