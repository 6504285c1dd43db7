"""A platform for each file of drills, and a table of what they measured at the end of the run.

Who works on the drills keeps a platform between runs: with ATALAYA_DRILLS_STATE and ATALAYA_PORT_BASE of a stack that
runs, the drills use it and leave it running.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.settings import Settings
from tests.drills.platform import Platform
from tests.integration.serving_platform import running_stack

PARTS = ("job", "recorder", "api")

Figures = Callable[[str, object], None]

_MEASURED = pytest.StashKey[list[str]]()


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    if kept := os.environ.get("ATALAYA_DRILLS_STATE"):
        yield Platform(Settings(state=Path(kept)))
        return
    with running_stack(*PARTS) as settings:
        yield Platform(settings)


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figures:
    """Notes a figure of this drill for the table at the end."""
    lines = request.config.stash.setdefault(_MEASURED, [])

    def note(what: str, value: object) -> None:
        lines.append(f"{request.node.name}: {what}: {value}")

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was measured, whether a drill passed or not."""
    lines = config.stash.get(_MEASURED, [])
    if lines:
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.write_line(line)
