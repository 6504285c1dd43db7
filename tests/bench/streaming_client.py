"""Submits bounded jobs from Flink's environment: `python -m tests.bench.streaming_client`, one command a line.

A command is the JSON of a `Bounded`; the answer is the job's id on a line of its own. One process for all submissions,
because a start of Java and Python is dearer than many a job.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contracts.events import event_schema, load_envelope
from contracts.settings import Settings, load_settings
from streaming.configuration import job_configuration
from streaming.kernel_jar import kernel_jar
from streaming.topics import JobTopics

Json = dict[str, Any]

TYPE = "transaction.processed.v1"


@dataclass(frozen=True)
class Bounded:
    """One job to the end of what `source` holds. `padding` makes it a copy, its events longer by so much."""

    name: str
    source: str
    labels: str
    scores: str
    alerts: str
    declared: str = "transaction.events"
    rules_file: str = ""
    parallelism: int = 2
    padding: str | None = None

    def line(self) -> str:
        """The command."""
        return json.dumps(asdict(self)) + "\n"

    @property
    def topics(self) -> JobTopics:
        """What the job reads, under the contract of the declared topic, and writes."""
        return JobTopics({self.declared: self.source}, self.scores, self.alerts, labels=self.labels)


def submit(settings: Settings, bounded: Bounded) -> str:
    """The id of the job that was sent to the cluster."""
    return _decisions(settings, bounded) if bounded.padding is None else _copy(settings, bounded)


def _decisions(settings: Settings, bounded: Bounded) -> str:
    from streaming.job import Job  # noqa: PLC0415 - starts a JVM

    rules_file = Path(bounded.rules_file) if bounded.rules_file else None
    return Job(
        flink_url=settings.flink_url,
        kafka_bootstrap=settings.kafka_bootstrap,
        jar=kernel_jar(settings),
        configuration=job_configuration(settings, topics=bounded.topics, rules_file=rules_file),
        fingerprint="bench",
        checkpoints=_checkpoints(settings),
        parallelism=bounded.parallelism,
        name=bounded.name,
        topics=bounded.topics,
        bounded=True,
    ).submit()


def _copy(settings: Settings, bounded: Bounded) -> str:
    from pyflink.common import Configuration  # type: ignore[import-not-found]  # noqa: PLC0415 - starts a JVM
    from pyflink.table import EnvironmentSettings, TableEnvironment  # type: ignore[import-not-found]  # noqa: PLC0415

    from streaming.job import OPTIONS  # noqa: PLC0415

    address = urlsplit(settings.flink_url)
    options = Configuration()
    for name, value in {
        **OPTIONS,  # what differs from the job is only what is done with an event
        "execution.target": "remote",
        "rest.address": str(address.hostname),
        "rest.port": str(address.port),
        "parallelism.default": str(bounded.parallelism),
        "pipeline.name": bounded.name,
        "execution.checkpointing.dir": _checkpoints(settings).as_uri(),
    }.items():
        options.set_string(name, value)
    environment = TableEnvironment.create(
        EnvironmentSettings.new_instance().in_streaming_mode().with_configuration(options).build()
    )
    fields = ", ".join(f"`{name}` {kind}" for name, kind in _columns().items())
    environment.execute_sql(f"create temporary table events ({fields}) with ({_with(settings, _reads(bounded))})")
    environment.execute_sql(
        f"create temporary table copied ({fields}, padding string) with ({_with(settings, _writes(bounded))})"
    )
    # A literal: what the copy writes more costs it the writing, and nothing to make.
    return str(
        environment.execute_sql(f"insert into copied select *, {_text(bounded.padding or '')} from events")
        .get_job_client()
        .get_job_id()
    )


def _reads(bounded: Bounded) -> dict[str, str]:
    from streaming.job import CONSUMER  # noqa: PLC0415 - starts a JVM

    return {
        "topic": bounded.source,
        "scan.startup.mode": "earliest-offset",
        "scan.bounded.mode": "latest-offset",
        "properties.group.id": bounded.name,
        "format": "json",
        **{f"properties.{name}": value for name, value in CONSUMER.items()},
    }


def _writes(bounded: Bounded) -> dict[str, str]:
    from streaming.job import PRODUCER  # noqa: PLC0415 - starts a JVM

    return {
        "topic": bounded.scores,
        "key.format": "raw",
        "key.fields": "subject",
        "value.format": "json",
        "value.json.encode.ignore-null-fields": "true",
        "sink.delivery-guarantee": "at-least-once",
        **{f"properties.{name}": value for name, value in PRODUCER.items()},
    }


def _with(settings: Settings, options: dict[str, str]) -> str:
    given = {"connector": "kafka", "properties.bootstrap.servers": settings.kafka_bootstrap, **options}
    return ", ".join(f"{_text(name)} = {_text(value)}" for name, value in given.items())


def _columns() -> dict[str, str]:
    """The same fields as the kernel reads: the envelope, and in it the movement."""
    fields = ", ".join(f"`{name}` {_kind(spec)}" for name, spec in event_schema(TYPE).schema["properties"].items())
    envelope = {name: _kind(spec) for name, spec in load_envelope()["properties"].items() if name != "data"}
    return {**envelope, "data": f"row<{fields}>"}


def _kind(spec: Json) -> str:
    return "bigint" if spec.get("type") == "integer" else "string"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _checkpoints(settings: Settings) -> Path:
    return settings.state / "bench" / "checkpoints"


def main() -> None:
    """Answer until the input ends. What the engines print goes to the log."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    settings = load_settings()
    for line in sys.stdin:
        print(submit(settings, Bounded(**json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
