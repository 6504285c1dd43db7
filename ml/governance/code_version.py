"""Which code trained a model: the commit when the files are as committed, else a digest of the files themselves."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from contracts.settings import PROJECT

# What decides on a model's bytes: declarations, training, and how the data are read.
_FOLDERS = ("contracts", "ml", "pipelines/models")
_SUFFIXES = frozenset({".py", ".yml", ".json"})


def code_version(project: Path = PROJECT) -> str:
    """`git:<commit>`, or `sha256:<digest>` without a repository and where files differ from what is committed."""
    return _commit(project) or f"sha256:{_digest(project)}"


def _commit(project: Path) -> str | None:
    """None also for a folder that only lies inside somebody's repository."""
    git = shutil.which("git")
    if git is None or not (project / ".git").exists():
        return None
    head = _told(git, project, "rev-parse", "HEAD")
    changed = _told(git, project, "status", "--porcelain", "--", *_FOLDERS)
    return f"git:{head}" if head and changed == "" else None


def _told(git: str, project: Path, *arguments: str) -> str | None:
    done = subprocess.run([git, "-C", str(project), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def _digest(project: Path) -> str:
    found = hashlib.sha256()
    files = (path for folder in _FOLDERS for path in (project / folder).rglob("*") if path.suffix in _SUFFIXES)
    for path in sorted(files):
        found.update(f"{path.relative_to(project)}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
