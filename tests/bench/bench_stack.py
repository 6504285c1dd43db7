"""How long the stack takes to start, and what each process holds: cold state and warm state."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping

from contracts.benchmarks import Figure
from contracts.errors import ConfigurationError
from contracts.settings import Settings
from deploy.local.memory import family_pss_bytes, stack_pss_bytes
from deploy.local.parts import make_parts, to_fetch
from deploy.local.stack import start, stop
from deploy.local.status import StackStatus, read_status
from tests.bench.own_stack import own_settings

# docs/decisions and the issue: ready within 60 s on two cores, 7 GiB at the peak.
BASELINES = {"start_cold": 60.0, "start_warm": 60.0, "pss_total_idle": 7168.0}

_SETTLE_SECONDS = 30.0


def measure(settings: Settings) -> Mapping[str, Figure]:
    """One run on a state and ports of its own, beside whatever the person has."""
    own = own_settings(settings, "bench", 500)
    shutil.rmtree(own.state, ignore_errors=True)
    make_parts(own, to_fetch(own))
    try:
        figures = dict(_started(own, "cold"))
        time.sleep(_SETTLE_SECONDS)
        figures |= _memory(own)
        figures["stop"] = Figure(_seconds_to_stop(own), "s")
        figures |= _started(own, "warm")
    finally:
        stop(own)
        shutil.rmtree(own.state, ignore_errors=True)
    return figures


def _started(settings: Settings, kind: str) -> Mapping[str, Figure]:
    began = time.monotonic()
    status: StackStatus = start(settings)
    figures = {f"start_{kind}": Figure(time.monotonic() - began, "s")}
    for name, part in status.parts.items():
        if part.ready_seconds is not None:
            figures[f"start_{kind}_{name}"] = Figure(part.ready_seconds, "s")
        if part.cpu_seconds is not None:
            figures[f"start_{kind}_{name}_cpu"] = Figure(part.cpu_seconds, "CPU s")
    return figures


def _memory(settings: Settings) -> Mapping[str, Figure]:
    status = read_status(settings)
    if status is None:
        raise ConfigurationError("The stack ended while it was measured.")
    used = {name: family_pss_bytes(part.pid) for name, part in status.parts.items() if part.pid}
    figures = {f"pss_{name}": Figure(value / 2**20, "MiB") for name, value in used.items() if value}
    return figures | {
        "pss_supervisor": Figure(family_pss_bytes(status.supervisor) / 2**20 - sum(used.values()) / 2**20, "MiB"),
        "pss_total_idle": Figure(stack_pss_bytes(settings) / 2**20, "MiB"),
        "pss_peak": Figure(status.peak_pss_bytes / 2**20, "MiB"),
    }


def _seconds_to_stop(settings: Settings) -> float:
    began = time.monotonic()
    stop(settings)
    return time.monotonic() - began
