"""What a customer is told of a ticket or an answer: a customer's state that knows this alone."""

from __future__ import annotations

from collections.abc import Iterable

from stream.core.copies import ANSWERED, Copy, Said
from stream.core.customer import NOBODY, Customer, LastAnswer
from stream.core.customer_merge import customer_of, score_of

_ASKED = "nps"
_SAYS = 9  # how many fields an answer has


def answered(origin: str, copies: Iterable[Copy], customer_id: str) -> Customer:
    """Return the state that knows this one answer alone, told by all copies of its event that there are.

    It is the customer's if the copy that counts is an answer, names them, and answers the NPS question.
    """
    told = [*copies]
    if len(told) == 1:
        _, at, event_id, _ = told[0]
        if _is_theirs(told[0], customer_id):
            return Customer(answer=LastAnswer(at, event_id, origin, score_of(told[0])))
        return NOBODY
    return customer_of(
        Copy(f"{ANSWERED} {origin}", copy.at_us, copy.event_id, (*_said(copy), _is_theirs(copy, customer_id)))
        for copy in told
    )


def _said(copy: Copy) -> tuple[Said, ...]:
    """Return what an answer says; nothing of another type does, and of one time that is less than any answer."""
    return copy.said if copy.what == ANSWERED else (None,) * _SAYS


def _is_theirs(answer: Copy, customer_id: str) -> bool:
    return answer.what == ANSWERED and answer.said[4] == _ASKED and answer.said[8] == customer_id
