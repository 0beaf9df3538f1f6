"""Every number there is. A file of this folder that has NUMBERS is a family; no other list names it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from stream import numbers
from stream.counting.customer_books import CustomerFolds
from stream.counting.ticket_books import Fold, Folds
from stream.numbers.declare import Number
from stream.numbers.meaning import Meanings


def _declared() -> dict[str, Number]:
    found: list[Number] = []
    for module in iter_modules(numbers.__path__, f"{numbers.__name__}."):
        if module.name != __name__:
            found += getattr(import_module(module.name), "NUMBERS", ())
    return {number.name: number for number in sorted(found, key=lambda number: number.order)}


NUMBERS = _declared()
# By which version of its meaning each is counted here.
MEANINGS: Meanings = {number.name: number.version for number in NUMBERS.values()}
# One number for all: it goes up with any of them, and with a new one.
MEANING = sum(MEANINGS.values())


def _folds(book: str | None, *, labelled: bool = True) -> list[Fold]:
    numbers = [number for number in NUMBERS.values() if (number.book, number.labelled) == (book, labelled)]
    return [number.fold for number in numbers if number.fold is not None]


FOLDS = Folds(
    tickets=_folds("tickets"),
    surveys=_folds("surveys"),
    surveys_in_all=_folds("surveys", labelled=False),
    past=_folds(None, labelled=False),
    acts=_folds("agents"),
)
"""What is counted in columns of tickets and their surveys."""

CUSTOMER_FOLDS = CustomerFolds(
    customers=_folds("customers", labelled=False),
    contacts=_folds("customers"),
    within=[number.within for number in NUMBERS.values() if number.within is not None],
)
"""What is counted in columns of customers and their tickets."""


def folds_of(number: Number) -> Folds:
    """Return the folds of tickets of which a number is made: its own, or all where it is made of others' too."""
    fold = _own(number)
    if fold is None:
        return FOLDS
    ours = Folds((), (), (), (), ())
    if number.book == "surveys":
        return ours._replace(surveys=(fold,)) if number.labelled else ours._replace(surveys_in_all=(fold,))
    return {"tickets": ours._replace(tickets=(fold,)), "agents": ours._replace(acts=(fold,))}.get(
        number.book or "", ours._replace(past=(fold,))
    )


def customer_folds_of(number: Number) -> CustomerFolds:
    """Return the folds of customers of which a number is made."""
    fold = _own(number)
    if fold is None:
        return CUSTOMER_FOLDS
    return CustomerFolds((), (fold,)) if number.labelled else CustomerFolds((fold,), ())


def _own(number: Number) -> Fold | None:
    return number.fold if number.explained.field_of is None else None
