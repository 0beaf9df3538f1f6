"""An alert on its way to receivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from pydantic import ValidationError

from schemas.alerts import ALERT
from schemas.rejected import Reason, Rejected


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert as it was written, with fields that a later version may have added.

    Attributes:
        fields: the alert, as its JSON has it.
        noticed_at: when the worker wrote it, in seconds since the Unix epoch.
    """

    fields: Mapping[str, Any]
    noticed_at: float

    @property
    def id(self) -> str:
        """Return the alert's id, the same in every copy."""
        return str(self.fields["alert_id"])

    @property
    def kind(self) -> str:
        """Return the alert's type."""
        return str(self.fields["type"])

    @property
    def about(self) -> str:
        """Return the ticket it is about, else the survey."""
        return str(self.fields.get("ticket_id") or self.fields["survey_id"])


def read_notice(value: bytes | None) -> Notice | Rejected:
    """Read a record of the alerts topic."""
    if not value:
        return Rejected(Reason.EMPTY, "the record has no value; accepts an alert as JSON")
    try:
        noticed_at: datetime = ALERT.validate_json(value)["noticed_at"]
    except ValidationError as failure:
        error = failure.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, error["loc"]))
        reason = Reason.NOT_JSON if error["type"] == "json_invalid" else Reason.WRONG_VALUE
        return Rejected(reason, f"not an alert: {where + ': ' if where else ''}{error['msg']}")
    try:
        return Notice(orjson.loads(value), noticed_at.timestamp())
    except orjson.JSONDecodeError as error:  # stricter than pydantic's: NaN, say
        return Rejected(Reason.NOT_JSON, f"not an alert: {error}")
