"""A run says which code it was trained by, and never names a commit that is not what ran."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ml.governance.code_version import code_version


def git(project: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    done = subprocess.run(["git", "-C", project, *identity, *arguments], capture_output=True, text=True, check=True)  # noqa: S607 - whichever git the machine has
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("contracts", "ml", "pipelines/models"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "ml" / "training.py").write_text("trees = 100\n")
    return tmp_path


def test_committed_code_is_named_by_its_commit(project: Path) -> None:
    git(project, "init")
    git(project, "add", ".")
    git(project, "commit", "-m", "first")
    assert code_version(project) == f"git:{git(project, 'rev-parse', 'HEAD')}"


def test_changed_code_is_not_what_was_committed(project: Path) -> None:
    git(project, "init")
    git(project, "add", ".")
    git(project, "commit", "-m", "first")
    (project / "ml" / "training.py").write_text("trees = 200\n")
    assert code_version(project).startswith("sha256:")


def test_without_a_repository_the_files_themselves_are_the_version(project: Path) -> None:
    before = code_version(project)
    assert before.startswith("sha256:")
    assert code_version(project) == before
    (project / "ml" / "training.py").write_text("trees = 200\n")
    assert code_version(project) != before
