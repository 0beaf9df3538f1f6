"""`deskpulse demo --intake`, by the commands of docs/connect/README.md: what they answer, and which numbers move."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stream.cli.main import app
from stream.settings import WrongSettingError
from tests.e2e.test_demo import Demo, demo, live, metric, within

__all__ = ["demo"]  # a fixture

PAGE = Path(__file__).parents[2] / "docs" / "connect" / "README.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE.read_text().partition("## Your own helpdesk")[0], flags=re.DOTALL)


def _ran(block: str, addresses: dict[str, str]) -> str:
    for documented, running in addresses.items():
        block = block.replace(documented, running)
    done = subprocess.run(["bash", "-c", block], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(240)
def test_the_five_minutes_of_the_page(demo: Callable[..., Demo]) -> None:
    make, opened, answered, metrics, strange = BLOCKS
    assert make == "make run-intake\n"
    running = demo("--port", "0", "--intake")
    (page,) = running.started()
    (intake,) = [line for line in running.said if line.startswith("intake")]
    own = intake.split()[1].removesuffix("/deskpulse")
    addresses = {"http://127.0.0.1:6067": own, "http://127.0.0.1:6066": page}
    assert metric(page, "deskpulse_tickets_opened") == 0
    assert _ran(opened, addresses).strip() == '{"events":1,"ignored":0,"dead_letters":0}'
    within(20, lambda: live(page, 0))
    within(20, lambda: metric(page, "deskpulse_open_wait_tickets") == 1)
    for _ in range(2):  # the second changes nothing
        assert _ran(answered, addresses).strip() == '{"events":1,"ignored":0,"dead_letters":0}'
    # Without a time in the body the second says another one, so it is no duplicate: its id was used before.
    within(20, lambda: metric(page, "deskpulse_event_ids_reused_total") == 1)
    (documented,) = re.findall(r"```text\n(deskpulse_.*?)```", PAGE.read_text(), flags=re.DOTALL)
    within(20, lambda: set(_ran(metrics, addresses).splitlines()) == set(documented.splitlines()))
    assert _ran(strange, addresses).strip() == '{"events":0,"ignored":0,"dead_letters":1}'
    running.process.send_signal(signal.SIGINT)
    running.family()
    assert running.ended()[0] == 0
    assert "nothing is left running" in running.said[-1]


def test_a_wrong_file_and_a_speed_are_said_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "intake.yaml"
    file.write_text("sources: [{path: x}]\n")
    monkeypatch.setenv("DESKPULSE_INTAKE_FILE", str(file))
    done = CliRunner().invoke(app, ["demo", "--intake"])
    assert isinstance(done.exception, WrongSettingError)
    assert "intake_file (DESKPULSE_INTAKE_FILE)" in str(done.exception)
    monkeypatch.delenv("DESKPULSE_INTAKE_FILE")
    done = CliRunner().invoke(app, ["demo", "--intake", "--speed", "60"], env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert "got 60 with --intake; accepts 1" in done.output
