"""Kafka and Flink of the local stack as these tests start them, in a state of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from contracts.settings import PROJECT, Settings
from deploy.local.layout import environment_python, status_file
from deploy.local.services.flink import client_environment
from tests.ports import free_ports
from tests.unit.streaming.kernel_process import Json

READY_SECONDS = 180
SUBMIT = """
import json, sys
from contracts.settings import load_settings
from streaming.submit import submit
submit(load_settings(), json.loads(sys.argv[1]))
"""


class Stack:
    """Kafka and Flink of the local stack, in a state of their own."""

    def __init__(self, state: Path) -> None:
        self.settings = Settings(state=state, port_base=free_ports())
        self.environment = {
            **os.environ,
            "ATALAYA_STATE": str(state),
            "ATALAYA_PORT_BASE": str(self.settings.port_base),
            **client_environment(self.settings),
        }
        command = [sys.executable, "-m", "deploy.local", "--only", "kafka,flink,flink_task"]
        self._log = state.joinpath("supervisor.log").open("w")
        self._supervisor = subprocess.Popen(
            command, cwd=PROJECT, env=self.environment, stdout=self._log, stderr=self._log
        )

    def await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert self._supervisor.poll() is None, Path(self._log.name).read_text()
            if self._states() == {"ready"}:
                return
            time.sleep(0.5)
        raise AssertionError(self._states())

    def submit(self, views: list[Json] | None) -> None:
        self._python("-c", SUBMIT, json.dumps(views))

    def refused(self, views: list[Json]) -> str:
        """What is said of views that cannot be submitted."""
        done = self._run("-c", SUBMIT, json.dumps(views))
        assert done.returncode != 0
        return done.stderr

    def stop_job(self) -> None:
        self._python("-m", "streaming.stop")

    def close(self) -> None:
        self._supervisor.terminate()
        self._supervisor.wait(READY_SECONDS)
        self._log.close()

    def _states(self) -> set[str]:
        try:
            parts = json.loads(status_file(self.settings).read_text())["parts"]
        except FileNotFoundError:
            return set()
        wanted = {"kafka", "flink", "flink_task"}
        return {parts[name]["state"] if name in parts else "absent" for name in wanted}

    def _python(self, *arguments: str) -> None:
        done = self._run(*arguments)
        assert done.returncode == 0, done.stderr

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_flink_python(self.settings, self.environment, *arguments)


def run_flink_python(
    settings: Settings, environment: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """A process of Flink's Python environment, at its end."""
    python = str(environment_python(settings, "flink"))
    return subprocess.run(
        [python, *arguments], cwd=PROJECT, env=dict(environment), capture_output=True, text=True, check=False
    )
