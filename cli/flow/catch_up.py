"""Waiting until everything committed so far has been captured, decided, recorded and landed: by offsets, never by sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable

from contracts.capture import EVENTS, ROWS
from contracts.errors import TransientError
from contracts.settings import Settings
from pipelines.landing.offsets import open_offsets
from pipelines.landing.progress import probe_source, wait_landed
from streaming.cluster import Cluster

Report = Callable[[float, str], None]

DECISIONS_GROUP = "decisions"
RECORDER_GROUP = "recorder"
_SCORED = ("transaction.events", "transaction.history")
_RECORDED = ("transaction.scores", "aml.alerts", "quarantine.events")
_POLL_SECONDS = 0.5
# More than one: what leaves a stage may be on its way to the next one.
_NOTHING_WAITS = 3


def catch_up(settings: Settings, report: Report, timeout_seconds: float = 300.0) -> None:
    """Return once what is committed in PostgreSQL now is scored, stored and in bronze.

    Raises TransientError, naming the part that stands still, after `timeout_seconds`.
    """
    deadline = time.monotonic() + timeout_seconds
    report(0.05, "capturing changes")
    for connector in (ROWS, EVENTS):
        probe_source(settings, connector, deadline)
    report(0.3, "scoring")
    _wait_consumed(settings, DECISIONS_GROUP, _SCORED, deadline)
    _wait_taken(settings, deadline)
    report(0.6, "recording decisions")
    _wait_consumed(settings, RECORDER_GROUP, _RECORDED, deadline)
    report(0.8, "committing to bronze")
    wait_landed(settings, max(deadline - time.monotonic(), 1.0))


def _wait_consumed(settings: Settings, group: str, topics: tuple[str, ...], deadline: float) -> None:
    with open_offsets(settings) as offsets:
        while behind := sum(offsets.behind(group, topics).values()):
            if time.monotonic() > deadline:
                raise TransientError(
                    f"Consumer group {group!r} is {behind} records behind on {', '.join(topics)}.",
                    hint="'./atalaya status' shows what stands still.",
                )
            time.sleep(_POLL_SECONDS)


def _wait_taken(settings: Settings, deadline: float) -> None:
    """What the job has read it may hold until everything that was written earlier has come; its offsets do not tell."""
    cluster = Cluster(settings.flink_url)
    job = cluster.job()
    if job is None:
        raise TransientError("The decision job does not run.", hint="'./atalaya status' shows why.")
    nothing = 0
    while nothing < _NOTHING_WAITS:
        waiting = cluster.waiting(job)
        nothing = nothing + 1 if waiting == 0 else 0
        if time.monotonic() > deadline:
            raise TransientError(f"The decision job holds {waiting} records back: a partition falls behind the others.")
        time.sleep(_POLL_SECONDS + settings.metrics_age_millis / 1000)
