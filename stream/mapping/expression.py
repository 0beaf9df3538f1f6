"""JMESPath over JSON from outside, with a bound on what it may cost.

JMESPath only selects, and always ends. But an expression that looks through a list of ten thousand items for each of
ten thousand others would not end today, so each step is counted, and a document has so many.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jmespath
from jmespath import ast, exceptions, functions, visitor

# A body of a webhook takes some hundreds, a batch of a hundred events some ten thousand; they take half a second.
MOST_STEPS = 200_000
_DEEPEST = 64
_BY_EACH = ("map", "max_by", "min_by", "sort_by")
_FUNCTIONS: dict[str, dict[str, Any]] = functions.Functions.FUNCTION_TABLE


class TooCostlyError(Exception):
    """A document is more than a mapping may look at; the text says what there is too much of."""


class Steps:
    """What is left of the steps that the expressions of a mapping may take over one document."""

    def __init__(self, most: int = MOST_STEPS) -> None:
        self.left = most

    @cached_property
    def interpreter(self) -> _Interpreter:
        """What evaluates expressions and takes the steps; made when there is the first."""
        return _Interpreter(self)

    def take_for(self, value: Any) -> None:
        """Count what it costs to look at all of a value; raises TooCostlyError."""
        self.take(_size(value, self.left))

    def take(self, n: int) -> None:
        """Count n steps; raises TooCostlyError."""
        self.left -= n
        if self.left < 0:
            raise TooCostlyError(
                f"the expressions took more than {MOST_STEPS:,} steps; accepts fewer or smaller items at once"
            )


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed JMESPath expression."""

    text: str
    _root: Any = field(repr=False, compare=False)

    @staticmethod
    def parse(text: str) -> Expression:
        """Parse an expression; ValueError for what is not one, or does not call a function as it has to be called."""
        try:
            root = jmespath.compile(text).parsed
            problem = next(_problems({"type": "whole", "children": [root]}, 0), None)
        except (exceptions.JMESPathError, RecursionError) as error:
            problem = (str(error).splitlines() or ["it is nested too deeply"])[0]
        if problem is not None:
            raise ValueError(f"got {text!r}; accepts a JMESPath expression: {problem}")
        return Expression(text, root)

    def search(self, document: Any, steps: Steps) -> Any:
        """Return what it selects, None where it does not fit the document, such as a sum of texts.

        Raises TooCostlyError.
        """
        try:
            return steps.interpreter.visit(self._root, document)
        except (exceptions.JMESPathError, TypeError, ValueError, ArithmeticError):
            return None  # as a path that leads nowhere is: what has to be there is missed where it is needed


def _problems(node: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        yield f"it is nested more than {_DEEPEST} levels deep"
        return
    if node["type"] == "function_expression":
        name, given = node["value"], len(node["children"])
        if name not in _FUNCTIONS:
            yield f"there is no function {name!r}, only {', '.join(sorted(_FUNCTIONS))}"
            return
        signature = _FUNCTIONS[name]["signature"]
        more = bool(signature) and signature[-1].get("variadic", False)
        if given != len(signature) and not (more and given >= len(signature)):
            yield f"{name} takes {len(signature)}{' or more' if more else ''} arguments, here are {given}"
    by_each = node["type"] == "function_expression" and node["value"] in _BY_EACH
    for child in node["children"]:
        if isinstance(child, dict):  # a slice has numbers
            if child["type"] == "expref" and not by_each:
                yield f"& stands only in {', '.join(_BY_EACH)}"
            yield from _problems(child, depth + 1)


class _Functions(functions.Functions):
    """JMESPath's functions; they cost as much as what they are given is large."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def call_function(self, function_name: str, resolved_args: Any) -> Any:
        for argument in resolved_args:
            self._steps.take_for(argument)
        return super().call_function(function_name, resolved_args)


class _Interpreter(visitor.TreeInterpreter):
    """JMESPath's interpreter, counting."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(visitor.Options(custom_functions=_Functions(steps)))
        self._steps = steps

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._steps.take(1)
        return getattr(self, f"visit_{node['type']}")(node, *args, **kwargs)

    def visit_flatten(self, node: Any, value: Any) -> Any:
        return self._counted(super().visit_flatten(node, value))

    def visit_slice(self, node: Any, value: Any) -> Any:
        return self._counted(super().visit_slice(node, value))

    def visit_comparator(self, node: Any, value: Any) -> Any:
        sides = [self.visit(child, value) for child in node["children"]]
        self._steps.take(min(_size(side, self._steps.left) for side in sides))
        known: Any = {**node, "children": [ast.literal(side) for side in sides]}
        return super().visit_comparator(known, value)

    def _counted(self, found: Any) -> Any:
        self._steps.take(len(found or ()))
        return found


def _size(value: Any, enough: int) -> int:
    """Count the values in a value, and texts by the kilobyte; no further than enough."""
    n, waiting = 0, [value]
    while waiting and n <= enough:
        part = waiting.pop()
        n += 1
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, str):
            n += len(part) >> 10
    return n
