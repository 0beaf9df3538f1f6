"""Who is sent alerts, as `notify.yaml` has it. Nothing in it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from stream.notify.formats import Body, Format, cloudevents_body, slack_body, standard_body
from stream.notify.notice import Notice


@dataclass(frozen=True, slots=True)
class Only:
    """Which alerts: those whose attribute has one of these values, for each attribute that is named."""

    alerts: tuple[str, ...] | None = None
    channels: tuple[str, ...] | None = None
    priorities: tuple[str, ...] | None = None
    queues: tuple[str, ...] | None = None

    def takes(self, notice: Notice) -> bool:
        """Say whether an alert is among them."""
        wanted = {"type": self.alerts, "channel": self.channels, "priority": self.priorities, "queue": self.queues}
        return all(values is None or notice.fields.get(name) in values for name, values in wanted.items())


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a delivery is tried. Durations in seconds.

    Attributes:
        timeout: for one attempt.
        attempts: how many there are at most.
        give_up_after: how old an alert may be when it is tried once more.
    """

    timeout: float = 10.0
    attempts: int = 20
    give_up_after: float = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Receiver:
    """One receiver. What is secret in it is not in its repr: the address may be, of Slack's it is."""

    name: str
    url: str = field(repr=False)
    format: Format = "standard"
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    only: Only = Only()
    link: str | None = None
    source: str = "/deskpulse"
    patience: Patience = Patience()
    at_once: int = 4

    @property
    def host(self) -> str:
        """Return the host of its address: the rest may be a secret."""
        return urlsplit(self.url).hostname or ""

    def body(self, notice: Notice) -> Body:
        """Return an alert as this receiver gets it."""
        if self.format == "slack":
            return slack_body(notice, self.link)
        if self.format == "cloudevents":
            return cloudevents_body(notice, self.source)
        return standard_body(notice)
