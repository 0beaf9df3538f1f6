"""Every number there is. A file of this folder that has NUMBERS is a family; no other list names it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from stream import numbers
from stream.core.policy import Policy
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
# By which version of its meaning each is counted here, unless it is switched off.
MEANINGS: Meanings = {number.name: number.version for number in NUMBERS.values()}


def switched_on(policy: Policy) -> dict[str, Number]:
    """Return the numbers that are counted under a policy: all but those that it switches off."""
    off = policy.definitions.numbers_off
    return {name: number for name, number in NUMBERS.items() if name not in off}


def meanings(policy: Policy) -> dict[str, int]:
    """Return by which version of its meaning each number is counted under a policy; not those that are off."""
    return {name: number.version for name, number in switched_on(policy).items()}


def archived(policy: Policy) -> Meanings:
    """Return the same of those numbers of which the totals of forgotten tickets hold a part."""
    return {
        name: number.version
        for name, number in switched_on(policy).items()
        if number.over_all and number.book in {"tickets", "surveys"}
    }


def sections_off(policy: Policy) -> frozenset[str]:
    """Return the sections of the ledgers in which nothing is counted under a policy."""
    off = policy.definitions.numbers_off
    return frozenset(number.section for name, number in NUMBERS.items() if name in off and number.fold is not None)


def needs_tenure(policy: Policy) -> bool:
    """Say whether any number is made of customers as they are now."""
    return any(number.present == "customers" for number in switched_on(policy).values())


def _folds(policy: Policy, book: str | None, *, labelled: bool = True) -> list[Fold]:
    numbers = [each for each in switched_on(policy).values() if (each.book, each.labelled) == (book, labelled)]
    return [number.fold for number in numbers if number.fold is not None]


def folds(policy: Policy) -> Folds:
    """Return what is counted in columns of tickets and their surveys."""
    return Folds(
        tickets=_folds(policy, "tickets"),
        surveys=_folds(policy, "surveys"),
        surveys_in_all=_folds(policy, "surveys", labelled=False),
        past=_folds(policy, None, labelled=False),
        acts=_folds(policy, "agents"),
    )


def customer_folds(policy: Policy) -> CustomerFolds:
    """Return what is counted in columns of customers and their tickets."""
    return CustomerFolds(
        customers=_folds(policy, "customers", labelled=False),
        contacts=_folds(policy, "customers"),
        within=[number.within for number in switched_on(policy).values() if number.within is not None],
    )


def folds_of(number: Number, policy: Policy) -> Folds:
    """Return the folds of tickets of which a number is made: its own, or all where it is made of others' too."""
    fold = _own(number)
    if fold is None:
        return folds(policy)
    ours = Folds((), (), (), (), ())
    if number.book == "surveys":
        return ours._replace(surveys=(fold,)) if number.labelled else ours._replace(surveys_in_all=(fold,))
    return {"tickets": ours._replace(tickets=(fold,)), "agents": ours._replace(acts=(fold,))}.get(
        number.book or "", ours._replace(past=(fold,))
    )


def customer_folds_of(number: Number, policy: Policy) -> CustomerFolds:
    """Return the folds of customers of which a number is made."""
    fold = _own(number)
    if fold is None:
        return customer_folds(policy)
    return CustomerFolds((), (fold,)) if number.labelled else CustomerFolds((fold,), ())


def _own(number: Number) -> Fold | None:
    return number.fold if number.explained.field_of is None else None
