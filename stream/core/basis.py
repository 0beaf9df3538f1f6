"""What is derived of a ticket, once for all numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from stream.core.course import Course
from stream.core.due import Due
from stream.core.facts import Facts
from stream.core.labels import Labels
from stream.core.ticket import Ticket


class Basis(NamedTuple):
    """What is derived of a ticket that counts, and what all families are made from."""

    ticket: Ticket
    attributes: Mapping[str, str]
    labels: Labels
    facts: Facts
    course: Course
    due: Due | None
