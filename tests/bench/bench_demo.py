"""The whole line at size medium, second by second, and what a refresh takes after ten thousand new transactions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping

from cli.console import console
from cli.demo.ground import clear_ground
from cli.demo.room import make_room
from cli.demo.story import Plan, play
from cli.flow.catch_up import catch_up
from contracts.benchmarks import Figure
from contracts.settings import PROJECT, Settings
from deploy.local.stack import stop
from sources.workload.live import run_live
from tests.bench.own_stack import own_settings

RUNS = 1
BASELINES = {"total": 1800.0, "refresh_after_new": 120.0}

_SIZE, _QUICK_SIZE = "medium", "tiny"
_NEW, _QUICK_NEW = 10_000, 500
_SEED, _RATE, _LIVE_SECONDS = 7, 200.0, 30.0


def measure(settings: Settings, *, quick: bool = False) -> Mapping[str, Figure]:
    """One demo on a state and ports of its own, then new live traffic and a refresh from its launch to its end."""
    size = _QUICK_SIZE if quick else _SIZE
    own = make_room(own_settings(settings, "bench-demo", 500), size)
    clear_ground(own)
    new = _QUICK_NEW if quick else _NEW
    try:
        told = json.loads(play(own, Plan(size, _SEED, _RATE, _LIVE_SECONDS), console).read_text(encoding="utf-8"))
        figures = {name: Figure(value, "s") for name, value in told["seconds"].items()}
        figures["movements"] = Figure(told["totals"]["movements"], "rows")
        figures["peak_pss"] = Figure(told["peak_pss_gib"], "GiB")
        run_live(own, rate=_RATE, count=new, seed=_SEED + 2)
        catch_up(own, lambda _share, _what: None)
        figures["refresh_after_new"] = Figure(_refresh(own), "s")
    finally:
        stop(own)
    # Only now: what a run that failed has left says why it did.
    shutil.rmtree(own.state, ignore_errors=True)
    return figures


def _refresh(settings: Settings) -> float:
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "pipelines.run", "--job", "refresh"],
        cwd=PROJECT,
        env={**os.environ, **settings.child_environment()},
        check=True,
    )
    return time.monotonic() - began
