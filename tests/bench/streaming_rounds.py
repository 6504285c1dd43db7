"""One bounded job from its start to its end: seconds of the wall and of the TaskManager's processor, output by output."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from contracts.errors import PermanentError, TransientError
from contracts.settings import PROJECT, Settings
from deploy.local.http import ask_json
from deploy.local.layout import environment_python
from deploy.local.services.flink import client_environment
from deploy.local.stack import require
from streaming.cluster import Cluster
from tests.bench.streaming_client import Bounded
from tests.bench.streaming_kafka import BenchTopics

_TICKS = os.sysconf("SC_CLK_TCK")
_LOOK_SECONDS = 0.25
_JOB_SECONDS = 900.0
_ENDED = {"FINISHED", "FAILED", "CANCELED"}


@dataclass(frozen=True)
class Look:
    """One look at a running job: the time (s since 1970), the TaskManager's processor seconds, messages written."""

    at: float
    processor: float
    written: int


@dataclass(frozen=True)
class Round:
    """What one job took for `events`, from Flink's RUNNING to its FINISHED."""

    events: int
    wall_seconds: float
    processor_seconds: float
    looks: tuple[Look, ...]

    @property
    def events_per_processor_second(self) -> float:
        """The TaskManager's work, however many cores it had."""
        return self.events / self.processor_seconds

    @property
    def events_per_second(self) -> float:
        """By the wall clock."""
        return self.events / self.wall_seconds

    def processor_micros_after(self, share: float) -> float:
        """Processor microseconds for each message written after that share of all: without start and first compilation."""
        kept = [look for look in self.looks if look.written >= share * self.looks[-1].written]
        return 1e6 * (kept[-1].processor - kept[0].processor) / max(kept[-1].written - kept[0].written, 1)


class Rig:
    """A running Kafka and Flink, and the process that submits."""

    def __init__(self, settings: Settings, client: subprocess.Popen[str]) -> None:
        self.topics = BenchTopics(settings.kafka_bootstrap)
        self._settings = settings
        self._client = client

    def run(self, bounded: Bounded, events: int) -> Round:
        """Run a job to its end. Raises PermanentError with Flink's reason when it fails."""
        self.topics.create(bounded.scores, bounded.alerts)
        pid = require(self._settings).parts["flink_task"].pid or 0
        looks = [Look(time.time(), processor_seconds(pid), 0)]
        job = self._submit(bounded)
        deadline = time.monotonic() + _JOB_SECONDS
        while (state := ask_json(f"{self._settings.flink_url}/jobs/{job}"))["state"] not in _ENDED:
            if time.monotonic() > deadline:
                raise TransientError(f"The job {bounded.name} does not end.")
            time.sleep(_LOOK_SECONDS)
            written = self.topics.count(bounded.scores)
            looks.append(Look(time.time(), processor_seconds(pid), written))
        looks.append(Look(time.time(), processor_seconds(pid), self.topics.count(bounded.scores)))
        if state["state"] != "FINISHED":
            raise PermanentError(
                f"{bounded.name} {state['state']}: {Cluster(self._settings.flink_url).root_cause(job)}"
            )
        begin, end = (state["timestamps"][name] / 1000 for name in ("RUNNING", "FINISHED"))
        return Round(events, end - begin, processor_between(looks, begin, end), tuple(looks))

    def _submit(self, bounded: Bounded) -> str:
        assert self._client.stdin is not None
        assert self._client.stdout is not None
        self._client.stdin.write(bounded.line())
        self._client.stdin.flush()
        answer = self._client.stdout.readline().strip()
        if not answer:
            log = self._settings.state / "logs" / "bench-client.log"
            raise PermanentError(f"{bounded.name} could not be submitted.", hint=f"The log: {log}")
        return answer


@contextmanager
def open_rig(settings: Settings) -> Iterator[Rig]:
    """The process that submits, for as long as it is needed."""
    log = (settings.state / "logs" / "bench-client.log").open("w")
    client = subprocess.Popen(
        [str(environment_python(settings, "flink")), "-m", "tests.bench.streaming_client"],
        cwd=PROJECT,
        env={**os.environ, **settings.child_environment(), **client_environment(settings)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        yield Rig(settings, client)
    finally:
        client.terminate()
        client.wait(30)
        for stream in (client.stdin, client.stdout, log):
            if stream is not None:
                stream.close()


def processor_seconds(pid: int) -> float:
    """What a process has used so far, in user and in system mode."""
    fields = (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def processor_between(looks: list[Look], begin: float, end: float) -> float:
    """Processor seconds between two moments, by straight lines from look to look."""
    return _processor_at(looks, end) - _processor_at(looks, begin)


def _processor_at(looks: list[Look], moment: float) -> float:
    for earlier, later in pairwise(looks):
        if moment <= later.at:
            share = max(moment - earlier.at, 0.0) / (later.at - earlier.at)
            return earlier.processor + share * (later.processor - earlier.processor)
    return looks[-1].processor
