"""`deskpulse notify` as a process, as a person runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stream.broker.process import spawn_owned
from stream.settings import PREFIX, Settings
from tests.engine.desk import ROOT, with_secrets
from tests.notify.conftest import until
from tests.notify.receivers import Listener
from tests.notify.test_signing import SECRET
from tests.rules.live import get


class Service:
    """The process."""

    def __init__(
        self, settings: Settings, folder: Path, environment: dict[str, str] | None = None, name: str = "notify"
    ) -> None:
        self.log_path = folder / f"{name}.log"
        values = {f"{PREFIX}{name.upper()}": str(value) for name, value in with_secrets(settings).items()}
        config = {name: value for name, value in os.environ.items() if name == f"{PREFIX}CONFIG"}
        self.began_at = self.log_path.stat().st_size if self.log_path.exists() else 0
        with self.log_path.open("ab") as log:
            self.process = spawn_owned(
                [sys.executable, "-m", "stream.cli.main", "notify", str(folder / "notify.yaml"), "--port", "0"],
                log,
                {"PYTHONPATH": str(ROOT), "HOOK_SECRET": SECRET, **config, **values, **(environment or {})},
            )

    @property
    def log(self) -> str:
        return self.log_path.read_text()[self.began_at :]

    @property
    def url(self) -> str:
        found = re.search(r"metrics (http://\S+)/metrics", self.log)
        return found[1] if found else ""

    async def ready(self) -> None:
        """Wait until all receivers' partitions are being read."""

        def holds() -> bool:
            assert self.process.poll() is None, self.log
            try:
                return bool(self.url and get(f"{self.url}/readyz"))
            except OSError:
                return False

        await until(holds, "the service is ready")

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


@contextmanager
def running(
    settings: Settings, folder: Path, environment: dict[str, str] | None = None, name: str = "notify"
) -> Iterator[Service]:
    """Run it; it is killed in the end if it still runs. name: of its log."""
    service = Service(settings, folder, environment, name)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.process.kill()
        service.process.wait()


def checked(settings: Settings, folder: Path, *options: str) -> dict[str, Any]:
    """Return what `deskpulse check --json` says, with the file of receivers and without its secrets."""
    values = {f"{PREFIX}{name.upper()}": str(value) for name, value in with_secrets(settings).items()}
    values |= {"PYTHONPATH": str(ROOT), f"{PREFIX}NOTIFY_FILE": str(folder / "notify.yaml")}
    command = [sys.executable, "-m", "stream.cli.main", "check", "--json", *options]
    done = subprocess.run(command, env=os.environ | values, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (0, 1), done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def write_file(folder: Path, *listeners: Listener) -> None:
    receivers = "".join(
        f"  - {{name: hook-{n}, url: '{each.url}', allow_http: true, secrets: {{env: HOOK_SECRET}}}}\n"
        for n, each in enumerate(listeners)
    )
    (folder / "notify.yaml").write_text(f"receivers:\n{receivers}")
