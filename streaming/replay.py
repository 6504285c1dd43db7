"""Sends one bounded job to the cluster: `python -m streaming.replay REQUEST`, REQUEST the JSON of a `Replay`. Prints the job's id."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from contracts.settings import Settings, load_settings
from streaming.configuration import job_configuration
from streaming.kernel_jar import kernel_jar
from streaming.topics import JobTopics

# Movements of history wait for what was written before them, so that a replay at full speed gives what the live run gave.
DECLARED = "transaction.history"


@dataclass(frozen=True)
class Replay:
    """A job to the end of what its topics hold, all of them named `<name>.<what>`; it works in `folder`."""

    name: str
    folder: str

    def topic(self, what: str) -> str:
        """One topic's name: movements, labels, scores, alerts, replies or quarantine."""
        return f"{self.name}.{what}"

    @property
    def topics(self) -> JobTopics:
        """Everything that the job reads and writes."""
        told = {what: self.topic(what) for what in ("scores", "alerts", "replies", "quarantine", "labels")}
        return JobTopics({DECLARED: self.topic("movements")}, **told)

    @property
    def rules_file(self) -> Path:
        """The compiled rules."""
        return Path(self.folder) / "rules.json"

    @property
    def model_file(self) -> Path:
        """The model; absent where none decides."""
        return Path(self.folder) / "model.onnx"

    def request(self) -> str:
        """The command's argument."""
        return json.dumps(asdict(self))

    def configuration(self, settings: Settings) -> str:
        """The kernel's configuration. The rules are within it, so that a job with rules that do not compile ends."""
        document = json.loads(
            job_configuration(settings, topics=self.topics, rules_file=self.rules_file, model_file=self.model_file)
        )
        document["rules"] = self.rules_file.read_text(encoding="utf-8")
        return json.dumps(document, sort_keys=True)


def submit(settings: Settings, replay: Replay) -> str:
    """The id of the job that was sent to the cluster."""
    from streaming.job import Job  # noqa: PLC0415 - starts a JVM

    return Job(
        flink_url=settings.flink_url,
        kafka_bootstrap=settings.kafka_bootstrap,
        jar=kernel_jar(settings),
        configuration=replay.configuration(settings),
        fingerprint=replay.name,
        checkpoints=Path(replay.folder) / "checkpoints",
        parallelism=1,  # beside live decisions, which keep the other core
        name=replay.name,
        topics=replay.topics,
        bounded=True,
    ).submit()


def main() -> None:
    """What the engines print goes to the log."""
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    print(submit(load_settings(), Replay(**json.loads(sys.argv[1]))), file=answer, flush=True)


if __name__ == "__main__":
    main()
