"""How long a score and a decision take under open-loop load, and where the time goes; the bare way there and back first.

Latencies count from when an event or a question was due, on one machine that also runs the load. `..._stage_..._slowest`
is the mean of a stage among the slowest hundredth: the stages of one kind add up to a latency, percentiles do not.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.benchmarks import Figure, Tell, collect
from contracts.errors import PermanentError, TransientError
from contracts.settings import PROJECT, Settings
from deploy.local.parts import make_parts, to_fetch
from deploy.local.stack import start, stop
from tests.bench.latency_chart import waterfalls
from tests.bench.latency_stages import of_answers, of_bare, of_scores
from tests.bench.own_stack import own_settings
from tests.bench.streaming_kafka import BenchTopics
from tests.bench.streaming_model import publish

Json = dict[str, Any]

# A run is minutes of load; percentiles are over all of it.
RUNS = 1
BASELINES = {"score_500_p99": 50.0, "score_2000_p99": 50.0, "api_300_p50": 15.0, "api_300_p99": 60.0}

SERVICES = ("postgres", "kafka", "flink", "flink_task", "valkey", "migrations", "job", "recorder", "api")

_SCORE_RATES = (500, 2000)
_BARE_RATE = 300
_API_RATES, _BEHIND_API = (100, 300), 500
_SETTLE_SECONDS = 30.0
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Extent:
    """Seconds of each load, and of the one before it that is not counted."""

    seconds: float
    warm: float


FULL = Extent(40.0, 20.0)
QUICK = Extent(3.0, 2.0)


def measure(settings: Settings, *, quick: bool = False, tell: Tell) -> Mapping[str, Figure]:
    """All of it on a state and ports of its own; `quick` only shows that it works, with figures of no worth."""
    own = own_settings(settings, "bench-latency", 800)
    shutil.rmtree(own.state, ignore_errors=True)
    make_parts(own, to_fetch(own))
    try:
        return collect(_figures(own, QUICK if quick else FULL), tell)
    finally:
        stop(own)
        shutil.rmtree(own.state, ignore_errors=True)


def _figures(settings: Settings, extent: Extent) -> Iterator[tuple[str, Figure]]:
    yield "load_at_start", Figure(os.getloadavg()[0], "processes")
    with _stack(settings, ("kafka",)):
        yield from _bare(settings, extent)
    with _stack(settings, SERVICES):
        yield from _scores(settings, extent)
        yield from _answers(settings, extent)


def charts(figures: Mapping[str, Figure]) -> Mapping[str, str]:
    """SVG by file name."""
    return waterfalls(figures)


@contextmanager
def _stack(settings: Settings, services: Sequence[str]) -> Iterator[None]:
    """A stack on an empty state, with a champion: what was asked of another must not be answered by this one."""
    shutil.rmtree(settings.state, ignore_errors=True)
    settings.state.mkdir(parents=True)
    settings.state.chmod(0o755)  # PostgreSQL's unprivileged user has to pass
    publish(settings)
    start(settings, services)
    try:
        yield
    finally:
        stop(settings)


def _bare(settings: Settings, extent: Extent) -> Iterator[tuple[str, Figure]]:
    echo = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.latency_echo"],
        cwd=PROJECT,
        env={**os.environ, **settings.child_environment()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if echo.stdout is None or echo.stdout.readline().strip() != "ready":
            raise PermanentError("The echo does not start.")
        _run([_begin(settings, "bare", _BARE_RATE, extent.warm, "warm")])
        (sent,) = _run([_begin(settings, "bare", _BARE_RATE, extent.seconds, "bare")])
        yield from of_bare(sent).figures(f"bare_{_BARE_RATE}")
    finally:
        echo.communicate(timeout=30)


def _scores(settings: Settings, extent: Extent) -> Iterator[tuple[str, Figure]]:
    topics = BenchTopics(settings.kafka_bootstrap)
    for rate in _SCORE_RATES:
        _run([_begin(settings, "events", rate, extent.warm, f"warm{rate}")])
        (sent,) = _run([_begin(settings, "events", rate, extent.seconds, f"score{rate}")])
        _settle(topics)
        yield from of_scores(topics, sent, f"score{rate}").figures(f"score_{rate}")


def _answers(settings: Settings, extent: Extent) -> Iterator[tuple[str, Figure]]:
    for rate in _API_RATES:
        yield from _answered(settings, extent, rate)


def _answered(settings: Settings, extent: Extent, rate: int) -> Iterator[tuple[str, Figure]]:
    topics = BenchTopics(settings.kafka_bootstrap)
    sent: Sequence[Json] = []
    for seconds, name in ((extent.warm, f"first{rate}"), (extent.seconds, f"api{rate}")):
        behind = _begin(settings, "events", _BEHIND_API, seconds + 2, f"behind{name}")
        sent, _ = _run([_begin(settings, "api", rate, seconds, name), behind])
    _settle(topics)
    modes = Counter(row["answer"] for row in sent)
    yield f"api_{rate}_fallbacks", Figure(modes["fallback"], "answers")
    yield f"api_{rate}_errors", Figure(len(sent) - modes["fallback"] - modes["job"], "answers")
    yield from of_answers(settings, topics, sent, f"api{rate}").figures(f"api_{rate}")


def _settle(topics: BenchTopics) -> None:
    """Until each event has its score."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while topics.count("transaction.scores") < topics.count("transaction.events") + topics.count("scoring.requests"):
        if time.monotonic() > deadline:
            raise TransientError("Scores do not arrive.", hint="Look at the log of 'flink_task'.")
        time.sleep(_POLL_SECONDS)


def _begin(
    settings: Settings, kind: str, rate: float, seconds: float, name: str
) -> tuple[subprocess.Popen[bytes], Path]:
    file = settings.state / f"{name}.jsonl"
    command = [sys.executable, "-m", "tests.bench.latency_load", kind, str(rate), str(seconds), name, str(file)]
    environment = {**os.environ, **settings.child_environment()}
    return subprocess.Popen(command, cwd=PROJECT, env=environment), file


def _run(loads: Sequence[tuple[subprocess.Popen[bytes], Path]]) -> list[list[Json]]:
    """Wait for all; what each sent."""
    for load, file in loads:
        if load.wait() != 0:
            raise PermanentError(f"The load {file.stem} failed.")
    return [[json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] for _, file in loads]
