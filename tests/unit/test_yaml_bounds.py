"""YAML files that are made to hurt end in an error at once: with file, line and reason, in bounded time and memory."""

from __future__ import annotations

import re
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from stream.board.reading import WrongLayoutError
from stream.core.policy import Policy
from stream.mapping.mapping_file import MappingError
from stream.mapping.mapping_file import load as load_mapping
from stream.policy_file.reading import WrongPolicyError
from stream.policy_file.reading import load as load_policy
from stream.serve.wallboards.layouts import load as load_layout
from stream.settings import WrongSettingError, load_settings

# A second on an idle machine; another process may have the core meanwhile, so it is this thread's time that counts.
SOON_SECONDS = 1.0
LITTLE_BYTES = 50_000_000

LAUGHS = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 3000))
KEYS = "a0: &a0 {x: y}\n" + "".join(
    f"a{i}: &a{i} {{{', '.join(f'k{j}: *a{i - 1}' for j in range(10))}}}\n" for i in range(1, 10)
)
BOMBS = {
    "aliases": (LAUGHS, "4: stands for more than 10,000 values"),
    "aliases of keys": (KEYS, "5: stands for more than 10,000 values"),
    "a chain of aliases": (CHAIN, "32: is nested more than 32 levels deep through its aliases"),
    "itself": ("a: 1\nb: &b {c: *b}\n", "2: the alias *b stands for a part that contains it"),
    "depth": ("a: 1\nb: " + "[" * 200_000, "2: is nested more than 32 levels deep"),
    "depth in blocks": ("".join(f"{' ' * i}a:\n" for i in range(600)), "32: is nested more than 32 levels deep"),
    "depth in keys": ("? " * 100_000 + "a", "1: is nested more than 32 levels deep"),
    "a scalar": ("version: 1\nat_risk_percent: " + "9" * 50_000_000, "2: the file goes on behind its first 262,144 b"),
    "a number": ("at_risk_percent: " + "9" * 200_000, "1: "),
    "a folded scalar": ("version: |\n" + " a\n" * 80_000, "1: "),
    "values": ("version:\n" + "- b\n" * 60_000, "10001: stands for more than 10,000 values"),
    "keys": ("".join(f"k{i}: v\n" for i in range(20_000)), "5001: stands for more than 10,000 values"),
    "the same key": ("version: 1\n" * 3000, "2: version: is there twice (first in line 1); keep one"),
}


def _layout(path: Path) -> object:
    return load_layout(path, Policy())


def _mapping(path: Path) -> object:
    return load_mapping(str(path))


READERS: dict[str, tuple[Callable[[Path], object], type[Exception]]] = {
    "policy": (load_policy, WrongPolicyError),
    "layout": (_layout, WrongLayoutError),
    "mapping": (_mapping, MappingError),
}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_file_that_is_made_to_hurt_is_refused_at_once(kind: str, bomb: str, tmp_path: Path) -> None:
    (read, wrong), (text, expected) = READERS[kind], BOMBS[bomb]
    path = tmp_path / "it.yaml"
    path.write_text(text)
    began = time.thread_time()
    with pytest.raises(wrong) as refused:
        read(path)
    took = time.thread_time() - began
    said = str(refused.value)
    assert said.startswith(f"{path}:{expected}") or bomb in ("a number", "a folded scalar"), said[:300]
    assert said.startswith(f"{path}:")
    assert len(said) < 20_000
    assert took < SOON_SECONDS


@pytest.mark.parametrize("bomb", ["aliases", "aliases of keys", "depth", "a scalar"])
def test_it_takes_little_memory(bomb: str, tmp_path: Path) -> None:
    path = tmp_path / "it.yaml"
    path.write_text(BOMBS[bomb][0])
    tracemalloc.start()
    try:
        with pytest.raises(WrongPolicyError):
            load_policy(path)
        assert tracemalloc.get_traced_memory()[1] < LITTLE_BYTES
    finally:
        tracemalloc.stop()


def test_aliases_that_save_typing_are_read(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("targets:\n  - {channels: &fast [chat, phone], within: 4m}\n  - {queues: *fast, within: 8h}\n")
    chat, queue = load_policy(path).targets
    assert chat.channels == queue.queues == {"chat", "phone"}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_running_worker_that_is_to_read_it_again_only_says_what_is_wrong(bomb: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("version: 1\n")
    settings = load_settings(policy_file=path)
    before = settings.policy()
    path.write_text(BOMBS[bomb][0])
    with pytest.raises(WrongSettingError, match=re.escape(f"policy_file (DESKPULSE_POLICY_FILE): {path}:")):
        settings.policy()  # which is what SIGHUP calls, and such an error keeps the policy in force
    path.write_text("version: 1\n")
    assert settings.policy().definitions == before.definitions


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "9" * 10_000, "a = '" + "x" * 100])
def test_a_config_file_that_is_made_to_hurt_is_refused(text: str, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "deskpulse.toml"
    path.write_text(text)
    monkeypatch.setenv("DESKPULSE_CONFIG", str(path))
    with pytest.raises(WrongSettingError, match=re.escape(f"{path}: not TOML: ")):
        load_settings()
