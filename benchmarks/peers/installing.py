"""Where the peers are installed: a venv for each under .run/, from a lock file, and jars by Maven."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CACHE: Final = ROOT / ".run"
INSTALL_SECONDS: Final = 1800
# A file that says that a folder is whole.
READY: Final = "ready"


class CannotInstallError(Exception):
    """A peer cannot be had on this Python or platform; the text is one line that says why."""


def lock_file(name: str) -> Path:
    """Return the file that pins what a peer needs."""
    return ROOT / "requirements" / f"peers-{name}.lock"


def venv_python(name: str) -> str:
    """Return the Python of a peer's venv, which is made when it is not there or its lock file has changed.

    Raises:
        CannotInstallError: pip did not find what the lock file names, for this Python and platform.
    """
    lock = lock_file(name)
    folder = CACHE / f"peer-{name}-{_digest(lock)}"
    python = folder / "bin" / "python"
    if not (folder / READY).exists():
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        _install(name, [sys.executable, "-m", "venv", str(folder)])
        _install(name, [*pip, "--only-binary", ":all:", "-r", str(lock)])
        (folder / READY).touch()
    return str(python)


def pinned_version(package: str, venv: str) -> str:
    """Return the version of a package as a peer's lock file pins it."""
    pins = (line.partition("==") for line in lock_file(venv).read_text().splitlines())
    return next(rest.split()[0] for name, _, rest in pins if name.partition("[")[0] == package)


def jar_version(artifact: str, pom: Path) -> str:
    """Return the version of a jar as a pom.xml pins it."""
    found = re.search(rf"<artifactId>{artifact}</artifactId>\s*<version>([^<]+)<", pom.read_text())
    if found is None:
        raise LookupError(f"{pom} has no {artifact}")
    return found[1]


def _install(name: str, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        here = f"Python {sys.version_info.major}.{sys.version_info.minor} on {sys.platform}"
        raise CannotInstallError(f"{name} cannot be installed for {here}: {said[-1]}")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def program(name: str) -> str:
    """Return the path of a program of this machine.

    Raises:
        CannotInstallError: it is not there.
    """
    found = shutil.which(name)
    if found is None:
        raise CannotInstallError(f"`{name}` is needed, which is not installed here")
    return found


def compiled_java(source: Path) -> str:
    """Return the class path of a Java program whose jars a pom.xml beside it names; compiled when it has changed.

    Raises:
        CannotInstallError: Java's compiler or Maven is missing, or one of them failed.
    """
    pom = source.with_name("pom.xml")
    jars, classes = CACHE / f"peer-jars-{_digest(pom)}", CACHE / f"peer-classes-{_digest(source)}-{_digest(pom)}"
    if not (jars / READY).exists():
        _install(source.stem, [program("mvn"), "-q", "-B", "-f", str(pom), f"-Djars={jars}", "package"])
        (jars / READY).touch()
    if not (classes / READY).exists():
        _install(source.stem, [program("javac"), "-cp", f"{jars}{os.sep}*", "-d", str(classes), str(source)])
        (classes / READY).touch()
    return f"{classes}{os.pathsep}{jars}{os.sep}*"
