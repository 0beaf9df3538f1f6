"""The files under test and the tools that judge them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Tool = Callable[..., str]

DEBIAN_PACKAGE = {"promtool": "prometheus", "prometheus": "prometheus", "amtool": "prometheus-alertmanager"}


def find(name: str) -> str:
    """Return the path of a tool, or skip the test with where to get it."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed; it is in Debian's package {DEBIAN_PACKAGE[name]}")
    return path


def _tool(name: str) -> Tool:
    path = find(name)

    def run(*arguments: str | Path) -> str:
        """Run the tool; its output is the failure's text when it does not end with 0."""
        done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)
        output = done.stdout + done.stderr
        if done.returncode:
            pytest.fail(f"{name} {' '.join(map(str, arguments))}\n{output}", pytrace=False)
        return output

    return run


@pytest.fixture
def promtool() -> Tool:
    """Run Prometheus's own checker."""
    return _tool("promtool")


@pytest.fixture
def amtool() -> Tool:
    """Run Alertmanager's own checker."""
    return _tool("amtool")
