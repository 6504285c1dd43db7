"""One platform for the session: `./atalaya demo --size tiny --keep` on an empty state, ended when the tests are.

Who works on the tests keeps one between runs: with ATALAYA_E2E_STATE and ATALAYA_PORT_BASE of a demo that was kept, the
tests use it and leave it running.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.settings import PROJECT, Settings
from tests.ports import free_ports

DEMO_SECONDS = 900


@dataclass(frozen=True)
class Platform:
    """The running platform, the demo's result, and a client of its API."""

    settings: Settings
    demo: dict[str, Any]
    api: httpx.Client

    def run(self, *arguments: str, seconds: int = 300) -> subprocess.CompletedProcess[str]:
        """A verb of the command line on this platform."""
        return _atalaya(self.settings, *arguments, seconds=seconds)


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    if kept := os.environ.get("ATALAYA_E2E_STATE"):
        with _opened(Settings(state=Path(kept))) as platform:
            yield platform
        return
    state = Path(tempfile.mkdtemp(prefix="atalaya-e2e-"))
    # As root, PostgreSQL runs as nobody and has to pass.
    state.chmod(0o755)
    settings = Settings(state=state, port_base=free_ports())
    try:
        demo = _atalaya(
            settings, "demo", "--size", "tiny", "--keep", "--rate", "50", "--live-seconds", "20", seconds=DEMO_SECONDS
        )
        assert demo.returncode == 0, demo.stdout[-3000:] + demo.stderr[-3000:]
        with _opened(settings) as platform:
            yield platform
    finally:
        _atalaya(settings, "down", seconds=120)
        shutil.rmtree(state, ignore_errors=True)


@contextmanager
def _opened(settings: Settings) -> Iterator[Platform]:
    demo = json.loads((settings.state / "demo.json").read_text(encoding="utf-8"))
    key = settings.secret("api_key_demo").get_secret_value()
    with httpx.Client(base_url=settings.url("api"), headers={"X-API-Key": key}, timeout=10) as api:
        yield Platform(settings, demo, api)


def _atalaya(settings: Settings, *arguments: str, seconds: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROJECT / "atalaya"), *arguments],
        env={**os.environ, **settings.child_environment()},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        cwd=PROJECT,
    )
