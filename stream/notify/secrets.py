"""Secrets of `notify.yaml`: the file says where they are, in an environment variable or in a file."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

ACCEPTED: Final = "{env: NAME} or {file: PATH}"
_MOST_BYTES = 16 * 1024


class Secret(NamedTuple):
    """Where a secret is: `env` and the name of a variable, or `file` and a path."""

    kind: str
    place: str

    def read(self) -> str:
        """Return the secret, without white space around it.

        Raises ValueError if there is none; the text names the place and never the secret.
        """
        if self.kind == "env":
            found, where = os.environ.get(self.place), f"the environment variable {self.place}"
            if found is None:
                raise ValueError(f"{where} is not set")
        else:
            where = f"the file {self.place}"
            try:
                with Path(self.place).open("rb") as file:
                    found = file.read(_MOST_BYTES + 1).decode("utf-8-sig")
            except OSError as error:
                raise ValueError(f"{where} cannot be read: {error.strerror}") from None
            except UnicodeDecodeError:
                raise ValueError(f"{where} is not UTF-8 text") from None
        found = found.strip()
        if not found or len(found) > _MOST_BYTES or re.search(r"[\x00-\x1f\x7f]", found):
            raise ValueError(f"{where} is empty, too long or has several lines; accepts one line")
        return found


def where_it_is(value: object) -> Secret | None:
    """Return where a value of the file says that a secret is, None if it does not say that."""
    if isinstance(value, dict) and len(value) == 1:
        kind, place = next(iter(value.items()))
        if kind in ("env", "file") and isinstance(place, str) and 0 < len(place) <= 1000:
            return Secret(kind, place)
    return None
