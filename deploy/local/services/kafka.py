"""Kafka: one KRaft node that is broker and controller, with the declared topics."""

from __future__ import annotations

import base64
import shutil
import subprocess
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]
from confluent_kafka.cimpl import NewTopic

from contracts.errors import ConfigurationError, TransientError
from contracts.settings import Settings
from contracts.topics import SINK_CONTROL_TOPIC, load_topics
from deploy.local.jars import part
from deploy.local.layout import data, write_atomically
from deploy.local.service import Service
from deploy.local.services.java import QUICK_START, java_command, write_logging

_PROBE_TOPIC = "stack.probe"

_HEAP_MIB = 512
_CALL_SECONDS = 10.0
_LEADER_SECONDS = 60.0
_PAUSE_SECONDS = 0.2
_WEEK_MS = 7 * 86_400_000
_HOUR_MS = 3_600_000


def _directory(settings: Settings) -> Path:
    return data(settings, "kafka")


def _properties(settings: Settings) -> str:
    lines = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.bootstrap.servers": f"{settings.host}:{settings.port('kafka_controller')}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{settings.host}:{settings.port('kafka')},"
        f"CONTROLLER://{settings.host}:{settings.port('kafka_controller')}",
        "advertised.listeners": f"PLAINTEXT://{settings.host}:{settings.port('kafka')}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": _directory(settings) / "log",
        # A topic that nobody declared is a mistake to be told about, not to be made.
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 5,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 5,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 1,
        "group.initial.rebalance.delay.ms": 0,
        # After an unclean end the broker cannot register again before its old session is over.
        "broker.session.timeout.ms": 4000,
        "broker.heartbeat.interval.ms": 1000,
        "log.segment.bytes": 67_108_864,
        "log.message.timestamp.type": "LogAppendTime",
        "num.network.threads": 2,
        "num.io.threads": 4,
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def _class_path(settings: Settings) -> str:
    return f"{part(settings, 'kafka')}/*"


def _logging(settings: Settings) -> Path:
    return _directory(settings) / "log4j2.properties"


def _command(settings: Settings) -> Sequence[str]:
    return [
        *java_command(settings, _HEAP_MIB, f"-Dlog4j2.configurationFile={_logging(settings)}"),
        *("-cp", _class_path(settings), "kafka.Kafka", str(_directory(settings) / "server.properties")),
    ]


def _prepare(settings: Settings) -> None:
    directory = _directory(settings)
    write_atomically(directory / "server.properties", _properties(settings))
    write_logging(_logging(settings), "INFO", {"org.apache.kafka.common.config": "WARN", "state.change.logger": "WARN"})
    if not (directory / "log" / "meta.properties").exists():
        _format(settings, directory)


def _format(settings: Settings, directory: Path) -> None:
    shutil.rmtree(directory / "log", ignore_errors=True)
    command = [
        *java_command(settings, 128, QUICK_START),
        *("-cp", _class_path(settings), "kafka.tools.StorageTool", "format", "--standalone"),
        *("-t", _cluster_id(), "-c", str(directory / "server.properties")),
    ]
    made = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if made.returncode != 0:
        raise ConfigurationError(f"Kafka could not format its storage: {(made.stdout + made.stderr).strip()[-500:]}")


def _cluster_id() -> str:
    """A UUID as Kafka writes it; its first letter is none that the command would take for an option."""
    first, *rest = uuid.uuid4().bytes
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")


def _admin(settings: Settings) -> AdminClient:
    return AdminClient({"bootstrap.servers": settings.kafka_bootstrap, "log_level": 0})


def _probe(settings: Settings) -> None:
    """Write a message and read the same message back."""
    metadata = _admin(settings).list_topics(timeout=2)
    if _PROBE_TOPIC not in metadata.topics:
        _create(settings, [NewTopic(_PROBE_TOPIC, 1, 1, config={"retention.ms": str(_HOUR_MS)})])
    token = uuid.uuid4().bytes
    offsets: list[int | None] = []
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "acks": "all", "log_level": 0})
    producer.produce(
        _PROBE_TOPIC, token, partition=0, on_delivery=lambda _error, message: offsets.append(message.offset())
    )
    if producer.flush(_CALL_SECONDS) or not offsets or offsets[0] is None:
        raise TransientError("Kafka did not acknowledge a message.")
    reader = {"bootstrap.servers": settings.kafka_bootstrap, "group.id": "stack.probe", "enable.auto.commit": "false"}
    consumer = Consumer({**reader, "log_level": 0})
    try:
        consumer.assign([TopicPartition(_PROBE_TOPIC, 0, offsets[0])])
        message = consumer.poll(_CALL_SECONDS)
    finally:
        consumer.close()
    if message is None or message.value() != token:
        raise TransientError("Kafka did not give back the message it acknowledged.")


def ensure_topics(settings: Settings) -> None:
    """Create the declared topics that are missing; done when every partition of every declared topic answers."""
    declared = {topic.name: (topic.partitions, int(topic.retention.total_seconds() * 1000)) for topic in load_topics()}
    declared[SINK_CONTROL_TOPIC] = (1, _WEEK_MS)
    known = _admin(settings).list_topics(timeout=_CALL_SECONDS).topics
    _create(
        settings,
        [
            NewTopic(name, partitions, 1, config={"retention.ms": str(retention), "compression.type": "producer"})
            for name, (partitions, retention) in declared.items()
            if name not in known
        ],
    )
    _await_leaders(settings, {name: partitions for name, (partitions, _) in declared.items()})


def _await_leaders(settings: Settings, topics: dict[str, int]) -> None:
    """A created topic is known before its partitions are led: until then, clients are told "not leader" for seconds."""
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    waiting = {TopicPartition(name, number): latest for name, count in topics.items() for number in range(count)}
    admin = _admin(settings)
    deadline = time.monotonic() + _LEADER_SECONDS
    while waiting:
        answers = admin.list_offsets(waiting, request_timeout=_CALL_SECONDS)
        waiting = {place: latest for place, answer in answers.items() if answer.exception(_CALL_SECONDS)}
        if waiting and time.monotonic() > deadline:
            place = min(waiting, key=lambda one: (one.topic, one.partition))
            raise TransientError(
                f"Kafka has no leader for {len(waiting)} partitions, {place.topic} {place.partition} first."
            )
        if waiting:
            time.sleep(_PAUSE_SECONDS)


def _create(settings: Settings, topics: list[NewTopic]) -> None:
    if not topics:
        return
    admin = _admin(settings)  # kept until the futures are done: a collected client drops its requests
    for future in admin.create_topics(topics, operation_timeout=_CALL_SECONDS).values():
        future.result(_CALL_SECONDS)


SERVICE = Service(
    name="kafka",
    command=_command,
    ports=("kafka", "kafka_controller"),
    prepare=_prepare,
    probe=_probe,
    settle=ensure_topics,
)
