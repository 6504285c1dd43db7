"""The topic table: names, partitions, retention and the event types each topic carries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from contracts.durations import parse_duration
from contracts.tables import load_tables

FILE = Path(__file__).parent / "topics.yml"

# Where the sink of bronze agrees with itself on its commits. It must exist before the sink starts: without it the
# task says RUNNING and dies a minute later.
SINK_CONTROL_TOPIC = "control-bronze"

TopicKind = Literal["events", "requests", "changes"]


@dataclass(frozen=True)
class Topic:
    """One Kafka topic; `types` are the CloudEvents types it may carry, empty for row changes."""

    name: str
    kind: TopicKind
    partitions: int
    retention: timedelta
    key: str
    types: tuple[str, ...] = ()


@cache
def load_topics() -> tuple[Topic, ...]:
    """Every topic of the platform, row changes of every declared table included."""
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    kinds: tuple[TopicKind, ...] = ("events", "requests")
    named = [_named(name, kind, spec) for kind in kinds for name, spec in document[kind].items()]
    changes = document["changes"]
    rows = [
        Topic(
            name=f"{changes['prefix']}.{table.app}.{table.name}",
            kind="changes",
            partitions=changes["partitions"],
            retention=parse_duration(changes["retention"]),
            key=",".join(table.key),
        )
        for table in load_tables()
    ]
    return (*named, *rows)


def event_topics() -> tuple[Topic, ...]:
    """The topics that land in `bronze.events`."""
    return tuple(topic for topic in load_topics() if topic.kind == "events")


def _named(name: str, kind: TopicKind, spec: dict[str, Any]) -> Topic:
    return Topic(
        name=name,
        kind=kind,
        partitions=int(str(spec["partitions"])),
        retention=parse_duration(str(spec["retention"])),
        key=str(spec["key"]),
        types=tuple(spec["types"]),
    )
