"""Dependencies point one way, and the core knows no shell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What each part may import of the project. A part is a top-level package or a package (or file) under stream/.
MAY_IMPORT = {
    "schemas": {"schemas"},
    "stream.core": {"schemas", "stream.core"},
    "stream.model": {"schemas", "stream.core", "stream.model"},
    "stream.counting": {"stream.core", "stream.model", "stream.counting"},
    "stream.numbers": {"schemas", "stream.core", "stream.model", "stream.counting", "stream.numbers"},
    "stream.partition": {
        *("schemas", "stream.core", "stream.model", "stream.counting", "stream.numbers"),
        "stream.partition",
    },
    "stream.report": {
        *("stream.core", "stream.model", "stream.counting", "stream.numbers", "stream.partition"),
        "stream.report",
    },
    "stream.yaml_lines": set(),
    # The names of the numbers that a policy may switch off are those of the declarations.
    "stream.policy_file": {"schemas", "stream.core", "stream.numbers", "stream.policy_file", "stream.yaml_lines"},
    "stream.settings": {"schemas", "stream.core", "stream.policy_file", "stream.settings"},
    "stream.metric_names": {"stream.metric_names", "stream.numbers"},
    "stream.board": {
        *("schemas", "stream.core", "stream.numbers", "stream.board"),
        *("stream.policy_file", "stream.yaml_lines"),
    },
    "stream.replay": {"schemas", "stream.core", "stream.partition", "stream.report", "stream.settings"},
    "stream.broker": {"schemas", "stream.broker", "stream.settings"},
    "stream.simulate": {"schemas", "stream.simulate", "stream.settings", "stream.core", "stream.broker"},
    "stream.mapping": {"schemas", "stream.mapping", "stream.yaml_lines"},
    "stream.importer": {
        *("schemas", "stream.mapping", "stream.importer"),
        *("stream.settings", "stream.simulate", "stream.broker"),
    },
    "stream.intake": {
        *("schemas", "stream.core", "stream.engine", "stream.intake", "stream.mapping", "stream.metric_names"),
        *("stream.policy_file", "stream.serve", "stream.settings", "stream.yaml_lines"),
    },
    "stream.notify": {
        *("schemas", "stream.core", "stream.engine", "stream.serve", "stream.notify"),
        *("stream.broker", "stream.settings", "stream.metric_names", "stream.policy_file", "stream.yaml_lines"),
    },
    "stream.verify": {"stream.verify"},
    "stream.engine": {
        *("schemas", "stream.core", "stream.numbers", "stream.partition"),
        *("stream.engine", "stream.broker", "stream.settings"),
    },
    "stream.serve": {
        *("stream.core", "stream.numbers", "stream.partition", "stream.report", "stream.engine"),
        *("stream.serve", "stream.board"),
        *("stream.settings", "stream.metric_names", "stream.yaml_lines"),
    },
}
# The rooms inside a part, each of which may import those before it. What lies beside the rooms opens the part.
ROOMS = {
    "stream.engine": ("process", "reading", "sending", "changelog", "ownership", "desk", "work"),
    "stream.serve": ("http", "metrics", "api", "wallboards"),
}
FILES_OF_A_ROOM = range(5, 16)
DOORS = {"stream.engine": {"app.py", "worker.py"}, "stream.serve": {"server.py", "service.py"}}
PURE = (
    *("schemas", "stream.core", "stream.model", "stream.counting", "stream.numbers", "stream.partition"),
    *("stream.report", "stream.board", "stream.mapping"),
)
# Reading a clock, a file, a socket or a thread would make the core depend on more than its arguments.
IMPURE_MODULES = {"time", "os", "socket", "asyncio", "threading", "logging", "random", "subprocess", "pathlib"}
SHELL_LIBRARIES = {"faust", "mode", "aiokafka", "aiohttp", "prometheus_client", "typer", "rich", "duckdb"}
CLOCK_CALLS = {"now", "utcnow", "today"}


def _files(part: str) -> Iterator[Path]:
    path = ROOT / part.replace(".", "/")
    return path.rglob("*.py") if path.is_dir() else iter([path.with_suffix(".py")])


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}: relative imports hide the direction"
            if node.module == "stream":
                yield from (f"stream.{alias.name}" for alias in node.names)
            else:
                yield node.module


def _part(module: str) -> str:
    names = module.split(".")
    return ".".join(names[:2]) if names[0] == "stream" else names[0]


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_a_part_imports_only_what_it_may(part):
    allowed = MAY_IMPORT[part]
    for file in _files(part):
        for module in _imports(file):
            if module.split(".")[0] in ("stream", "schemas"):
                assert _part(module) in allowed, f"{file.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("part", PURE)
def test_the_core_knows_no_kafka_no_metrics_library_no_http_and_no_clock(part):
    for file in _files(part):
        for module in _imports(file):
            top = module.split(".")[0]
            assert top not in SHELL_LIBRARIES | IMPURE_MODULES, f"{file.relative_to(ROOT)} imports {module}"
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in CLOCK_CALLS, f"{file.relative_to(ROOT)}:{node.lineno} reads a clock"


@pytest.mark.parametrize("part", ROOMS)
def test_a_room_imports_only_the_rooms_before_it(part):
    rooms = ROOMS[part]
    for number, room in enumerate(rooms):
        for file in _files(f"{part}.{room}"):
            for module in _imports(file):
                if module.startswith(f"{part}."):
                    imported = module.split(".")[2]
                    assert imported in rooms[: number + 1], f"{file.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("part", ROOMS)
def test_every_file_of_a_part_with_rooms_is_in_a_room_and_no_room_is_too_small_or_too_large(part):
    folder = ROOT / part.replace(".", "/")
    files = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    assert files == DOORS[part]
    assert {path.parent.name for path in folder.glob("*/__init__.py")} == set(ROOMS[part])
    sizes = {room: len([*(folder / room).rglob("*.py")]) - 1 for room in ROOMS[part]}
    assert {room: size for room, size in sizes.items() if size not in FILES_OF_A_ROOM} == {}


def test_every_package_under_stream_has_its_place_in_this_test():
    packages = {f"stream.{path.name}" for path in (ROOT / "stream").iterdir() if (path / "__init__.py").exists()}
    assert packages - {"stream.cli"} == {part for part in MAY_IMPORT if (ROOT / part.replace(".", "/")).is_dir()} - {
        "schemas"
    }


def test_no_module_imports_itself_by_way_of_others():
    imported = {module: _at_import(file) & _MODULES.keys() - {module} for module, file in _MODULES.items()}
    TopologicalSorter(imported).prepare()  # raises CycleError, which names the modules


def _module(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


_MODULES = {_module(file): file for part in ("schemas", "stream") for file in (ROOT / part).rglob("*.py")}


def _at_import(file: Path) -> set[str]:
    """Return the modules that are imported when a file is: not in functions, nor for types only."""
    found: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_tricks_with_columns_are_played_in_two_rooms_only():
    users = {file.parent for file in (ROOT / "stream").rglob("*.py") if "numpy" in set(_imports(file))}
    assert users == {ROOT / "stream" / "model", ROOT / "stream" / "counting"}


def test_files_of_the_engine_are_short():
    lines = {file.name: len(file.read_text().splitlines()) for file in _files("stream.engine")}
    assert {name: count for name, count in lines.items() if count > 300} == {}
