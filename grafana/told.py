"""Single values of receivers.yaml: each reader takes the text of the file, and says what it accepts."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import PlainValidator

from stream.policy_file.scalars import wrong

_ADDRESS = r"[^@\s,{}<>\"]+@[^@\s,{}<>\"]+"
_PORT = r"([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])"


def matching(pattern: str, accepts: str) -> PlainValidator:
    """Return the reader of a text that is as a pattern says, which `accepts` says to people."""

    def read(value: object) -> str:
        if isinstance(value, str) and re.fullmatch(pattern, value, flags=re.ASCII):
            return value
        raise wrong(value, accepts)

    return PlainValidator(read)


# Not an address on the web: what is secret does not stand in receivers.yaml. Braces would begin a template.
File = Annotated[
    str, matching(r"/[^\s{}]+", "the path of a file with the secret in it, such as /run/secrets/slack_url")
]
Channel = Annotated[str, matching(r"[#@]?[^\s#@{}]+", 'a channel in quotes, such as "#support"')]
Mail = Annotated[str, matching(rf"{_ADDRESS}|[^<>@{{}},]+ <{_ADDRESS}>", "one address, such as lead@desk.example")]
Login = Annotated[str, matching(r"[^\s{}]+", "a name without spaces")]
Server = Annotated[
    str, matching(rf"(\[[0-9a-fA-F:]+\]|[^:\s{{}}]+):{_PORT}", "host:port, such as smtp.example.com:587")
]
