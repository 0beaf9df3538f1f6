"""An oracle that used the code it checks would agree with its mistakes."""

import ast
import sys
from pathlib import Path

import stream.verify


def test_the_oracle_imports_nothing_of_what_it_checks() -> None:
    (folder,) = stream.verify.__path__
    files = sorted(Path(folder).rglob("*.py"))
    assert len(files) > 30
    imported = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file.name} imports relatively"
                imported.add(node.module or "")
            elif isinstance(node, ast.Import):
                imported.update(alias.name for alias in node.names)
    foreign = {name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names}
    outside = {name for name in foreign if not name.startswith("stream.verify.")}
    assert outside <= {"duckdb", "holidays", "stream.verify"}
