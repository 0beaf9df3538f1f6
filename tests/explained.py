"""Explanations of the numbers of one partition, for tests: asked for, and held against the snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from stream.core.policy import Policy
from stream.core.report_view import View
from stream.core.windows import SECOND_US
from stream.numbers.declare import Number
from stream.numbers.explained import SECONDS
from stream.numbers.registry import NUMBERS
from stream.numbers.rows import rows
from stream.partition.books import Books
from stream.partition.keys import customer_id, ticket_id
from stream.partition.partition import Partition
from stream.report.explanation import Explanation
from stream.report.question import Question, chosen, options, row_of, rows_of
from tests.events import NOON_US, decoded
from tests.served import NOW

NOW_US = NOON_US + NOW * SECOND_US
LABELS = ("channel", "queue")
# What the amounts of an explanation are called in the rows of a section, where it is not the same.
_CALLED = {"promoter": "promoters", "passive": "passives", "detractor": "detractors"}
# What a row is made of, and what of the amounts it is.
_MADE = {
    "sum_seconds": lambda amounts: amounts.get(SECONDS, 0),
    "of": lambda amounts: amounts.get("n", 0) + amounts.get("others", 0),
    "rest_n": lambda amounts: amounts.get("rest_low", 0) + amounts.get("rest_other", 0),
    "mean_years": lambda amounts: _mean(amounts, "tenure_years", "customers"),
    "lifespan_years": lambda amounts: _mean(amounts, "lived_years", "lifespans"),
    "average_purchase": lambda amounts: _mean(amounts, "revenue", "priced"),
}


def _mean(amounts: dict[str, float], total: str, n: str) -> float | None:
    return amounts.get(total, 0) / amounts[n] if amounts.get(n) else None


def holding(*events: dict[str, Any], policy: Policy | None = None, now_us: int = NOW_US) -> Partition:
    """Return a partition that has seen these events, as of now."""
    chosen = policy or Policy(labels=LABELS)
    partition = Partition(0, Books(chosen))
    partition.apply("t", decoded(*events), NOON_US)
    partition.advance(now_us)
    return partition


def explained(
    partition: Partition, metric: str, window: str = "", choices: dict[str, str] | None = None, **labels: str
) -> dict[str, Any]:
    """Explain a number of one partition, and say what is shown; choices: those that are made."""
    policy, totals, asked = partition.policy, partition.snapshot(), NUMBERS[metric]
    view = View(totals, policy, (window,))
    meant = chosen(asked, choices or {}, view)

    def wanted(values: tuple[str, ...]) -> bool:
        return labels.items() <= dict(zip(policy.labels, values, strict=True)).items()

    explanation = Explanation(Question(asked, meant, window, wanted, 1000), totals, policy)
    if asked.of_customers:
        known = [(customer_id(key), state) for key, state in partition.clientele.states.items()]
        explanation.take_customers(known, partition.each_customer([state for _, state in known], asked))
    else:
        held = [(ticket_id(key), state) for key, state in partition.tickets.states.items()]
        held = [(name, state) for name, state in held if not explanation.passes_over(name, state)]
        explanation.take_tickets(held, partition.each_ticket([state for _, state in held], asked))
    explanation.take_forgotten(partition.seal.tickets, partition.seal.surveys)
    return explanation.answer() | {"shown": row_of(asked, view, meant, labels), "choices": meant}


def reasons(found: dict[str, Any]) -> dict[str, list[str]]:
    """Return the ids of what was left out, by reason."""
    return {left["reason"]: sorted(item["id"] for item in left["items"]) for left in found["left_out"]}


def added(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return what each of the counted adds, in the order in which they are listed."""
    return {item["id"]: item["amounts"] for item in found["counted"]["items"]}


def assert_adds_up(partition: Partition) -> None:
    """Assert that every number of a partition is the one that its explanation comes to."""
    for name, window, choices, labels in _every_number(partition):
        found = explained(partition, name, window, choices, **labels)
        asked = (name, window, choices, labels)
        amounts, items = found["counted"]["amounts"], found["counted"]["items"]
        assert list(amounts) == sorted(amounts)
        for field, total in amounts.items():
            assert sum(item["amounts"].get(field, 0) for item in items) == pytest.approx(total), asked
        shown = found["shown"] and found["shown"] | {"labels": {}}
        if shown is None:  # the section has no such row: nobody has these labels in this window, or nothing is chosen
            assert found["number"] is None or labels, asked
            assert found["counted"]["n"] == 0 or not labels, asked
            continue
        assert found["number"] == shown, asked
        if found["forgotten"]:
            continue
        for field, total in amounts.items():
            if _CALLED.get(field, field) in shown:
                assert shown[_CALLED.get(field, field)] == pytest.approx(total), (*asked, field)
        for field, made in _MADE.items():
            if field in shown and name != "lifetime_value":  # whose factors are of lives that ended
                assert shown[field] == pytest.approx(made(amounts)), (*asked, field)
        if name == "baseline":
            _assert_weeks_add_up(shown, amounts)


def _assert_weeks_add_up(shown: dict[str, Any], amounts: dict[str, float]) -> None:
    hours = {"now": shown["now"]} | {f"week_{weeks}": n for weeks, n in enumerate(shown["weeks"], start=1)}
    for hour, value in hours.items():
        if shown["metric"] == "first_response_seconds":
            assert (value is None) is (f"{hour}_n" not in amounts)
        else:
            assert (value or 0) == amounts.get(hour, 0)


def _every_number(partition: Partition) -> Iterator[tuple[str, str, dict[str, str], dict[str, str]]]:
    for name, number in NUMBERS.items():
        for window in number.windows(partition.policy) or ("",):
            for choices in _all_choices(partition, number, window):
                for labels in _groups(partition, number):
                    yield name, window, choices, labels


def _all_choices(partition: Partition, number: Number, window: str) -> list[dict[str, str]]:
    """Return whatever may be chosen of a metric: what is listed, or what its rows have; and nothing."""
    accepted = options(number, partition.policy)
    if number.explained.picks is None:
        return [dict(zip(accepted, values, strict=True)) for values in product(*accepted.values())]
    found = rows_of(number, View(partition.snapshot(), partition.policy, (window,)), {})
    return [{}, *({name: str(row[name]) for name in accepted} for row in found if accepted)]


def _groups(partition: Partition, number: Number) -> list[dict[str, str]]:
    """Return the groups of labels under which the snapshot has rows of a metric; in all is always one."""
    if not number.labelled:
        return [{}]
    found = rows(number, View(partition.snapshot(), partition.policy))
    unique = {(), *(tuple(row["labels"].items()) for row in found)}
    return [dict(group) for group in sorted(unique)]
