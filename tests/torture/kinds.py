"""The faults that a desk is put through, by name: what each module of them declares with `@fault`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.torture.siege import Siege

Body = Callable[[Siege], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault."""

    name: str
    body: Body
    uncommitted: bool
    """Whether it comes before the first commit of a desk, so that it needs a desk of its own."""
    supervised: bool
    """Whether workers may end themselves over it; a supervisor then starts them again."""
    last: bool
    """Whether no worker can be started on the desk afterwards."""


FAULTS: dict[str, Fault] = {}


def fault(
    name: str, *, uncommitted: bool = False, supervised: bool = False, last: bool = False
) -> Callable[[Body], Body]:
    """Declare a kind of fault. The body hurts the desk, ends the fault, and leaves two workers or more running."""

    def declare(body: Body) -> Body:
        assert name not in FAULTS, name
        FAULTS[name] = Fault(name, body, uncommitted, supervised, last)
        return body

    return declare
