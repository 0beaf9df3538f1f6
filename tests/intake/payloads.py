"""Signed payloads of vendors: bytes, headers, what has to become of them, and with which secrets they were signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

FOLDER = Path(__file__).parent / "vendors"
PUBLIC = "https://intake.example.com/hooks"
#: what they were signed with, each of them made up
SECRETS = {
    "zendesk": "zd-secret",
    "intercom": "ic-client-secret",
    "chatwoot": "cw-secret",
    "zammad": "zm-token",
    "helpscout": "hs-secret",
    "hubspot": "hb-client-secret",
    "jira": "jr-secret",
    "front": "fr-key",
    "twilio": "tw-auth-token",
    "typeform": "tf-secret",
    "delighted": "dl-secret",
    "surveymonkey": "client-id&sm-secret",
    "standard-webhooks": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
    "formbricks": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
    "amazon-connect": "static-secret",
    "genesys": "static-secret",
}
#: what no webhook brings: an export
_NOT_SENT = {"export_ticket_events"}


@dataclass(frozen=True)
class Payload:
    """One delivery as a vendor would send it."""

    vendor: str
    file: Path

    @property
    def name(self) -> str:
        return f"{self.vendor}/{self.file.stem}"

    @property
    def url(self) -> str:
        return f"{PUBLIC}/{self.vendor}"

    @cached_property
    def body(self) -> bytes:
        return self.file.read_bytes()

    @cached_property
    def headers(self) -> dict[str, str]:
        return orjson.loads(self._beside("headers.json").read_bytes())

    @cached_property
    def expected(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self._beside("expected.jsonl").read_bytes().splitlines()]

    def _beside(self, ending: str) -> Path:
        return self.file.with_name(f"{self.file.stem}.{ending}")


def payloads() -> Iterator[Payload]:
    for file in sorted(FOLDER.glob("*/*")):
        if file.suffix in (".json", ".form") and not file.name.endswith(".headers.json") and file.stem not in _NOT_SENT:
            yield Payload(file.parent.name, file)
