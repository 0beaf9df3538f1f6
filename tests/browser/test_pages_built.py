"""The pages that are kept are what their sources make, so that a worker needs no Node."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import orjson
import pytest

SOURCES = Path("frontend")
KEPT = Path("stream/serve/page")
NPM = shutil.which("npm")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with the packages that the lock file names, and no other."""
    if NPM is None:
        pytest.skip("there is no npm on this machine")
    folder = tmp_path_factory.mktemp("pages") / "frontend"
    shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("node_modules", ".tests"))
    npm(folder, "ci", "--no-audit", "--no-fund")
    return folder


def npm(folder: Path, *arguments: str) -> str:
    assert NPM is not None
    command = [NPM, *arguments]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_is_kept_is_what_the_sources_make(sources: Path, tmp_path: Path) -> None:
    npm(sources, "run", "build", "--", "--to", str(tmp_path / "page"))
    made, kept = files(tmp_path / "page"), files(KEPT)
    assert sorted(made) == sorted(kept)
    assert [name for name in made if made[name] != kept[name]] == [], "run `npm run build` in frontend/"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_sources_have_no_type_error_and_their_pure_parts_pass_their_tests(sources: Path) -> None:
    npm(sources, "run", "types")
    said = npm(sources, "test")
    passed = re.search(r"^# pass (\d+)$|^ℹ pass (\d+)$", said, re.MULTILINE)
    assert passed is not None, said
    assert int(passed[1] or passed[2]) >= 20


def test_the_lock_file_names_no_registry_and_the_packages_have_exact_versions() -> None:
    lock = (SOURCES / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    assert "registry" not in lock
    wanted: dict[str, str] = orjson.loads((SOURCES / "package.json").read_bytes())["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values()), wanted


def test_the_pages_ask_nobody_else_and_need_no_inline_code() -> None:
    for name in ("wallboard.html", "live.html"):
        page = (KEPT / name).read_text(encoding="utf-8")
        assert not re.search(r"https?://|<style|style=|<script>|\son\w+=", page), name
        # A page at /wallboard/billing has to find its files too.
        assert all(place.startswith("/page/") for place in re.findall(r'(?:src|href)="(/[^"]+)"', page) if "." in place)
    for name in ("wallboard.css", "live.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//", (KEPT / name).read_text(encoding="utf-8")), name
    licences = (KEPT / "licences.txt").read_text(encoding="utf-8")
    assert "Leon Sorokin" in licences
    assert "The Inter Project Authors" in licences
