"""One bounded job from its start to its end: seconds of the wall and of the TaskManager's processor, output by output."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from contracts.errors import PermanentError, TransientError
from contracts.settings import PROJECT, Settings
from deploy.local.http import ask_json
from deploy.local.layout import environment_python
from deploy.local.logfiles import tail
from deploy.local.services.flink import client_environment
from deploy.local.stack import require
from streaming.cluster import Cluster
from tests.bench.streaming_client import Bounded
from tests.bench.streaming_kafka import BenchTopics

_TICKS = os.sysconf("SC_CLK_TCK")
_LOOK_SECONDS = 0.25
_JOB_SECONDS = 900.0
_LAST_LINES = 15
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

    def processor_micros(self, begin: float, end: float = 1.0) -> float:
        """For each message written between two shares of all; from a third on it is without start and first compilation."""
        total = self.looks[-1].written
        spent = _processor_when(self.looks, end * total) - _processor_when(self.looks, begin * total)
        return 1e6 * spent / ((end - begin) * total)


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
            words = "\n".join(tail(_log(self._settings), _LAST_LINES))
            raise PermanentError(f"{bounded.name} could not be submitted:\n{words}")
        return answer


@contextmanager
def open_rig(settings: Settings) -> Iterator[Rig]:
    """The process that submits, for as long as it is needed."""
    log = _log(settings).open("w")
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


def _log(settings: Settings) -> Path:
    return settings.state / "logs" / "bench-client.log"


def processor_seconds(pid: int) -> float:
    """What a process has used so far, in user and in system mode."""
    fields = (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def processor_between(looks: Sequence[Look], begin: float, end: float) -> float:
    """Processor seconds between two moments, by straight lines from look to look."""
    spent, at = ([getattr(look, name) for look in looks] for name in ("processor", "at"))
    return float(np.interp(end, at, spent) - np.interp(begin, at, spent))


def _processor_when(looks: Sequence[Look], written: float) -> float:
    """Processor seconds when so many were written; while nothing more is written, the work counts for what comes."""
    grown = [later for earlier, later in pairwise(looks) if later.written > earlier.written]
    kept = [next(look for look in reversed(looks) if look.written == 0), *grown]
    return float(np.interp(written, [look.written for look in kept], [look.processor for look in kept]))
