"""Bring the job `decisions` to today's code and contracts: `python -m streaming.submit`. Does nothing when it is there."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.errors import AtalayaError
from contracts.rules import compile_active
from contracts.settings import Settings, load_settings
from streaming.cluster import Cluster
from streaming.configuration import Json, job_configuration
from streaming.kernel_jar import kernel_jar
from streaming.snapshots import Snapshots, configured_snapshots
from streaming.state_shape import StateShape, read_shape

if TYPE_CHECKING:
    from streaming.job import Job

LOG = logging.getLogger("streaming.submit")

_PROGRESS_SECONDS = 180  # with neighbours at load 30, 120 s were seen to be only just enough
_SAVEPOINT_SECONDS = 60


def submit(settings: Settings, views: list[Json] | None = None) -> str:
    """The id of the running job, which makes progress; a job of older code or contracts is replaced, state kept.

    `views` stand in for the declared ones, as in `job_configuration`. Raises ConfigurationError, and leaves the running
    job alone, when its state could not be taken over.
    """
    write_rules(settings.rules_file, compile_active())
    jar = kernel_jar(settings)
    configuration = job_configuration(settings, views)
    fingerprint = fingerprint_of(jar, configuration)
    cluster, snapshots = Cluster(settings.flink_url), configured_snapshots()
    job = cluster.job()
    if job is not None and cluster.fingerprint(job) == fingerprint:
        cluster.await_progress(job, _PROGRESS_SECONDS)
    else:
        following = _job(settings, jar, configuration, fingerprint, snapshots)
        shape = following.state_shape()
        _refuse_loss(shape, snapshots, running=job is not None)
        job = _replace(cluster, job, following, snapshots)
        cluster.await_progress(job, _PROGRESS_SECONDS, fresh=True)
        shape.write(snapshots.shape_file)
    LOG.info("Job %s runs", job)
    return job


def fingerprint_of(jar: Path, configuration: str) -> str:
    """What a running job is compared by. Rules are left out: the kernel takes them over from their file."""
    fixed = {name: value for name, value in json.loads(configuration).items() if name != "rules"}
    return hashlib.sha256(f"{jar.stem} {json.dumps(fixed, sort_keys=True)}".encode()).hexdigest()[:16]


def write_rules(file: Path, content: str) -> None:
    """Put the compiled rules where the kernel watches; left alone when they are the same."""
    if file.exists() and file.read_text(encoding="utf-8") == content:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    partial.write_text(content, encoding="utf-8")
    partial.replace(file)


def _refuse_loss(shape: StateShape, snapshots: Snapshots, *, running: bool) -> None:
    saved = read_shape(snapshots.shape_file)
    if saved is not None and (running or snapshots.latest() is not None):
        shape.refuse_loss(saved)


def _replace(cluster: Cluster, running: str | None, following: Job, snapshots: Snapshots) -> str:
    if running is not None:
        LOG.info("Job %s runs other code or contracts: stopping it with a savepoint", running)
        cluster.stop_with_savepoint(running, snapshots.savepoints.as_uri(), _SAVEPOINT_SECONDS)
    snapshots.tidy()
    latest = snapshots.latest()
    LOG.info("Submitting the job, going on from %s", latest or "nothing")
    return replace(following, restore_from=latest).submit()


def _job(settings: Settings, jar: Path, configuration: str, fingerprint: str, snapshots: Snapshots) -> Job:
    from streaming.job import Job  # noqa: PLC0415 - starts a JVM, which a running job does not need

    return Job(
        flink_url=settings.flink_url,
        kafka_bootstrap=settings.kafka_bootstrap,
        jar=jar,
        configuration=configuration,
        fingerprint=fingerprint,
        checkpoints=snapshots.checkpoints,
    )


def main() -> int:
    """Exit code 0 when the job runs, 1 with one clear message otherwise."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        submit(load_settings())
    except AtalayaError as error:
        LOG.error("%s", error)  # noqa: TRY400 - the message is for people, the cause is in it
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
