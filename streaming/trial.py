"""Whether the kernel takes a configuration, asked of the kernel itself before anything is sent to a cluster."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

from contracts.settings import Settings
from streaming.kernel_jar import class_path, java, kernel_jar

_SECONDS = 120


def refusal(settings: Settings, configuration: str) -> str:
    """Why the kernel refuses the configuration, its rules included, in its own words; empty when it takes it."""
    jars = os.pathsep.join(map(str, [kernel_jar(settings), *class_path(settings)]))
    command = [str(java(settings)), "-XX:TieredStopAtLevel=1", "-cp", jars, "atalaya.kernel.Replay"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "configuration.json"
        file.write_text(_without_files(configuration, Path(folder)), encoding="utf-8")
        asked = json.dumps({"configure": str(file)}) + "\n"
        done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=_SECONDS, check=False)
    return "" if done.returncode == 0 else _reason(done.stderr)


def _without_files(configuration: str, folder: Path) -> str:
    """A watched file that is refused leaves the rules within; here only those within are asked about."""
    document = json.loads(configuration)
    files = {name: str(folder / "absent") for name in ("rules_file", "model_file", "shadow_model_file")}
    return json.dumps({**document, **files})


def _reason(trace: str) -> str:
    """The exception's own message, which may have several lines, without the frames."""
    told = trace.partition('Exception in thread "main" ')[2] or trace
    lines = [line for line in told.splitlines() if line.strip() and not line.startswith("\tat ")]
    return " ".join(line.strip() for line in lines[:4])
