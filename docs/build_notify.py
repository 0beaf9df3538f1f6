"""Write the table of keys in docs/notify.md from their declarations: `python -m docs.build_notify`."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic.fields import FieldInfo

from stream.notify.shape import ReceiverPart

PAGE = Path(__file__).with_name("notify.md")
# Durations are kept in microseconds, and written as people write them.
_WRITTEN = {"timeout": "10s", "give_up_after": "6h"}


def page(text: str) -> str:
    """Return the page's text with the table as the declarations make it."""
    rows = [f"| `{name}` | {_default(name, field)} | {field.description} |" for name, field in _fields()]
    head = "| key | default | meaning |\n|---|---|---|\n"
    return re.sub(r"\| key \| default .*?\n\n", lambda _: head + "\n".join(rows) + "\n\n", text, flags=re.DOTALL)


def _fields() -> list[tuple[str, FieldInfo]]:
    return list(ReceiverPart.model_fields.items())


def _default(name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    if name in _WRITTEN:
        return f"`{_WRITTEN[name]}`"
    if field.default_factory is not None or field.default is None:
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
