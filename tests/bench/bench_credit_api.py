"""Credit decisions over HTTP, on each product in turn, reasons, price and limit included: the most that are answered in a second, and how long one takes at half of that.

The peak is that of eight callers who ask again as soon as they are answered; at half of it applications come when they are
due, and a latency counts from then. API, PostgreSQL, Kafka and the load share the machine.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from contracts.benchmarks import Figure, Tell, collect
from contracts.errors import PermanentError
from contracts.models.credit import credit_model
from contracts.settings import PROJECT, Settings
from deploy.local.parts import make_parts, to_fetch
from deploy.local.stack import start, stop
from ml.credit.run import train_card
from ml.governance.publication import publish
from tests.bench.credit_load import LOANS
from tests.bench.own_stack import own_settings

Json = dict[str, Any]

RUNS = 1  # percentiles are over minutes of load
BASELINES = {"half_peak_p99": 20.0}

SERVICES = ("postgres", "kafka", "valkey", "migrations", "api")

_WARM_SECONDS, _SECONDS = 15.0, 40.0
_QUICK_SECONDS = 3.0


def measure(settings: Settings, *, quick: bool = False, tell: Tell) -> Mapping[str, Figure]:
    """On a state and ports of its own; `quick` only shows that it works, with figures of no worth."""
    own = own_settings(settings, "bench-credit-api", 900)
    shutil.rmtree(own.state, ignore_errors=True)
    make_parts(own, to_fetch(own))
    own.state.mkdir(parents=True)
    own.state.chmod(0o755)  # PostgreSQL's unprivileged user has to pass
    for product, made in LOANS.items():
        publish(train_card(credit_model(product), made()).content, own, product)
    try:
        start(own, SERVICES)
        return collect(_figures(own, quick=quick), tell)
    finally:
        stop(own)
        shutil.rmtree(own.state, ignore_errors=True)


def _figures(settings: Settings, *, quick: bool) -> Iterator[tuple[str, Figure]]:
    warm, seconds = (_QUICK_SECONDS, _QUICK_SECONDS) if quick else (_WARM_SECONDS, _SECONDS)
    _run(settings, "warm", warm)
    peak = len(_run(settings, "peak", seconds)) / seconds
    yield "peak", Figure(peak, "decisions/s")
    answered = _run(settings, "half", seconds, rate=peak / 2)
    taken = [1000 * (row["done"] - row["due"]) for row in answered]
    for quantile, name in ((0.5, "p50"), (0.99, "p99"), (0.999, "p999")):
        yield f"half_peak_{name}", Figure(float(np.quantile(taken, quantile)), "ms")


def _run(settings: Settings, name: str, seconds: float, rate: float | None = None) -> Sequence[Json]:
    """What was answered; raises PermanentError where an application was not decided."""
    file = settings.state / f"{name}.jsonl"
    command = [sys.executable, "-m", "tests.bench.credit_load", str(seconds), name, str(file)]
    command += [] if rate is None else ["--rate", str(rate)]
    subprocess.run(command, cwd=PROJECT, env={**os.environ, **settings.child_environment()}, check=True)
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    if failed := {row["status"] for row in rows if row["status"] != "200"}:
        raise PermanentError(f"Not every application was decided: {', '.join(sorted(failed))}.")
    return rows
