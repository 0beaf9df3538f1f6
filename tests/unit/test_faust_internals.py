"""All that is replaced or read inside Faust and aiokafka is listed in docs/faust.md, and is what it was.

python -m tests.unit.test_faust_internals       writes down what it is now
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from functools import reduce
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mode
import pytest

import stream.engine

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "faust.md").read_text()
RECORDED = Path(__file__).with_name("faust_internals.json")
LISTED = sorted(set(re.findall(r"`((?:faust|mode|aiokafka)[\w.]*:[\w.]+)`", PAGE)))
DISTRIBUTIONS = ("faust-streaming", "mode-streaming", "aiokafka")
THEIRS = ("faust.", "mode.", "aiokafka.")
# What every class or named tuple has: nothing of Faust's.
COMMON = {"_replace", "_asdict", "_fields", "_exit"}


def _found(name: str) -> Any:
    module, path = name.split(":")
    found = reduce(getattr, path.split("."), importlib.import_module(module))
    return getattr(found, "fun", found)  # a task of a mode service is wrapped


def _digest(name: str) -> str:
    """Return what the source of a thing comes to, whatever its white space."""
    source = "".join(inspect.getsource(_found(name)).split())
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def _now() -> dict[str, Any]:
    return {
        "versions": {name: version(name) for name in DISTRIBUTIONS},
        "sources": {name: _digest(name) for name in LISTED},
    }


def _subclasses() -> Iterator[type]:
    """Yield the engine's classes that have a class of Faust or aiokafka as a base."""
    for module in pkgutil.walk_packages(stream.engine.__path__, "stream.engine."):
        for each in vars(importlib.import_module(module.name)).values():
            if (
                isinstance(each, type)
                and each.__module__ == module.name
                and not is_dataclass(each)
                and _their_bases(each)
            ):
                yield each


def _their_bases(of: type) -> list[type]:
    return [base for base in of.__mro__ if f"{base.__module__}.".startswith(THEIRS)]


def _replaced() -> Iterator[str]:
    for ours in _subclasses():
        for name, value in vars(ours).items():
            special = name.startswith("__") and name not in ("__init__", "__post_init__")
            if special or not (callable(value) or isinstance(value, property)):
                continue
            base = next((base for base in _their_bases(ours) if name in vars(base)), None)
            if base not in (None, mode.Service):  # what a service does when it starts and stops is ours to say
                yield f"{base.__module__}:{base.__qualname__}.{name}"


def _private_attributes() -> set[str]:
    """Return the attributes with an underscore that the shell reads or sets of what is not its own."""
    nodes = [
        node
        for part in ("engine", "broker")
        for file in (ROOT / "stream" / part).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
    ]
    read = [node for node in nodes if isinstance(node, ast.Attribute) and re.match("_[a-z]", node.attr)]
    own = {node.attr for node in read if isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"}
    own |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    used = {node.attr for node in read if ast.unparse(node.value) not in ("self", "cls", "super()")}
    return used - own - COMMON


def test_every_method_of_faust_that_is_replaced_is_listed_with_the_reason():
    replaced = set(_replaced())
    assert len(replaced) > 25
    assert replaced <= set(LISTED), "replaced, and not in docs/faust.md"


def test_every_private_attribute_that_is_read_or_set_is_listed():
    read = _private_attributes()
    assert {"_fetcher", "_coordinator"} <= read
    assert {name for name in read if not re.search(rf"[`.]{name}`", PAGE)} == set(), "not in docs/faust.md"


@pytest.mark.parametrize("name", LISTED)
def test_what_is_replaced_or_relied_on_is_what_it_was(name):
    recorded = json.loads(RECORDED.read_text())
    now = {each: version(each) for each in DISTRIBUTIONS}
    assert _digest(name) == recorded["sources"].get(name), (
        f"{name} is not what it was: read it with {recorded['versions']}, here are {now}. "
        "See whether ours still fits it, then do as docs/faust.md says"
    )


def test_nothing_is_recorded_that_is_not_listed():
    assert json.loads(RECORDED.read_text())["sources"].keys() == set(LISTED)


if __name__ == "__main__":
    RECORDED.write_text(json.dumps(_now(), indent=1) + "\n")
