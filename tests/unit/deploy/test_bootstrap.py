"""The `atalaya` script on machines that lack something: one clear message each."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from contracts.settings import PROJECT

BARE = "/usr/bin:/bin"


def machine(folder: Path, *programs: tuple[str, str]) -> dict[str, str]:
    """An environment whose `programs` (name, script) come first, and an empty home."""
    tools = folder / "tools"
    tools.mkdir()
    for name, script in programs:
        (tools / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    return {"PATH": f"{tools}:{BARE}", "ATALAYA_HOME": str(folder / "home"), "HOME": str(folder)}


def python(version: str, modules: str = "exit 0") -> str:
    """A stand-in for an interpreter: answers its version, and whether it has venv and pip."""
    return f'case "$2" in *version_info*) echo {version} ;; *ensurepip*) {modules} ;; *) exit 9 ;; esac'


def run(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    script = [str(PROJECT / "atalaya"), "--help"]
    return subprocess.run(script, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def only_python313(tmp_path: Path) -> dict[str, str]:
    three = python("3.13")
    return machine(tmp_path, ("python3.12", "exit 127"), ("python3.11", "exit 127"), ("python3", three))


def test_python_313_alone_is_refused(only_python313: dict[str, str]) -> None:
    refused = run(only_python313)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: Atalaya needs Python 3.11 or 3.12; found: 3.13.")


def test_python_without_venv_names_the_package(tmp_path: Path) -> None:
    bare = python("3.11", "exit 1")
    refused = run(machine(tmp_path, ("python3.12", "exit 127"), ("python3.11", bare), ("python3", bare)))
    assert refused.returncode == 1
    assert "has no venv and pip" in refused.stderr
    assert "python3.11-venv" in refused.stderr


def test_a_full_disk_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    df = "printf 'Filesystem 1024-blocks Used Available Capacity Mounted\\nx 9 9 1000000 9%% /\\n'"
    refused = run(machine(tmp_path, ("python3.12", python("3.12")), ("df", df)))
    assert refused.returncode == 1
    assert "has 1 GB free; Atalaya needs 8 GB" in refused.stderr
    assert not (tmp_path / "home" / "bootstrap").exists()


def test_another_machine_is_refused(tmp_path: Path) -> None:
    refused = run(machine(tmp_path, ("uname", "[ $1 = -s ] && echo Darwin || echo arm64")))
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: Atalaya runs on Linux x86_64; this is Darwin arm64.")


def test_no_network_is_one_message(tmp_path: Path) -> None:
    # A pip that has no index to ask fails as one without a network does: at its first download.
    environment = machine(tmp_path) | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    if (preferred := os.environ.get("ATALAYA_PYTHON")) is not None:
        environment["ATALAYA_PYTHON"] = preferred
    refused = run(environment)
    assert refused.returncode == 1
    lines = refused.stderr.splitlines()
    assert [line for line in lines if line.startswith("error:")] == ["error: could not download uv."]
    assert "Check the network" in lines[-2]
    assert Path(lines[-1].removeprefix("Details: ")).read_text(encoding="utf-8")
