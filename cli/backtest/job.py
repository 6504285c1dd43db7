"""The bounded job of a backtest, from its submission to its end."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from cli.backtest.topics import ReplayTopics
from cli.flow.journal import Report
from contracts.errors import PermanentError, TransientError
from contracts.settings import PROJECT, Settings
from deploy.local.layout import environment_python, logs
from deploy.local.services.flink import client_environment
from streaming.cluster import Cluster
from streaming.replay import Replay

_POLL_SECONDS = 0.5
# A partition that never spoke is waited for a minute; a loaded machine starts a job within two.
_STILL_SECONDS = 300.0
_SUBMIT_SECONDS = 300


def run_job(settings: Settings, replay: Replay, topics: ReplayTopics, expected: int, report: Report) -> None:
    """Run the job to the end of its topics; `expected` decisions are a whole progress bar.

    Raises PermanentError with Flink's reason when it fails, TransientError when it stands still. No job is left behind.
    """
    report(0.0, "submitting")
    job = _submit(settings, replay)
    cluster = Cluster(settings.flink_url)
    try:
        _follow(cluster, job, topics, expected, report)
    finally:
        cluster.cancel(job)


def _follow(cluster: Cluster, job: str, topics: ReplayTopics, expected: int, report: Report) -> None:
    seen, since = -1, time.monotonic()
    while (state := cluster.state(job)) not in {"FINISHED", "FAILED", "CANCELED"}:
        decided = topics.count("scores")
        report(decided / max(expected, 1), f"{decided:,} of {expected:,} decided")
        if decided != seen:
            seen, since = decided, time.monotonic()
        if time.monotonic() - since > _STILL_SECONDS:
            raise TransientError(f"The replay stands still at {decided:,} decisions. {cluster.root_cause(job)}")
        time.sleep(_POLL_SECONDS)
    if state != "FINISHED":
        raise PermanentError(f"The replay's job is {state}. {cluster.root_cause(job)}")


def _submit(settings: Settings, replay: Replay) -> str:
    log = _log(settings)
    with log.open("w", encoding="utf-8") as written:
        done = subprocess.run(
            [str(environment_python(settings, "flink")), "-m", "streaming.replay", replay.request()],
            cwd=PROJECT,
            env={**os.environ, **settings.child_environment(), **client_environment(settings)},
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
            timeout=_SUBMIT_SECONDS,
            check=False,
        )
    job = done.stdout.strip()
    if done.returncode != 0 or not job:
        raise PermanentError("The replay could not be submitted.", hint=f"The log: {log}")
    return job


def _log(settings: Settings) -> Path:
    folder = logs(settings)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "backtest-submit.log"
