"""The job's wiring: four topics in, the kernel's stages key by key, their outputs back to Kafka. Runs inside PyFlink's gateway."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from pyflink.java_gateway import get_gateway  # type: ignore[import-not-found]
from pyflink.util.java_utils import add_jars_to_context_class_loader  # type: ignore[import-not-found]

from streaming.cluster import JOB_NAME
from streaming.configuration import stage_names
from streaming.state_shape import StateShape
from streaming.topics import DECLARED, LABELS, JobTopics

# What py4j hands out: its members are those of the Java object, which no type checker sees.
Java: TypeAlias = Any

MAX_PARALLELISM = 128  # fixed for the life of the state: key groups are counted by it

CONSUMER = {"max.poll.records": "2000"}
PRODUCER = {"linger.ms": "1", "acks": "all", "compression.type": "lz4", "transaction.timeout.ms": "60000"}
OPTIONS = {
    "execution.checkpointing.interval": "5 s",
    # State exactly once: a stage behind the account's does not know what it took before.
    "execution.checkpointing.mode": "EXACTLY_ONCE",
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    # A checkpoint is the whole state: after a million movements it takes seconds of a core, and every five would be half of it.
    "execution.checkpointing.min-pause": "5 s",
    "pipeline.auto-watermark-interval": "50 ms",  # the kernel counts the quiet of a partition in these
    "execution.checkpointing.timeout": "2 min",
    "execution.checkpointing.tolerable-failed-checkpoints": "10",
    # On at once: otherwise each edge has a thread that wakes up to flush it, and forty of them took a fifth of a core at rest.
    "execution.buffer-timeout.interval": "0 ms",
    "pipeline.object-reuse": "true",
    "pipeline.generic-types": "false",
    "state.backend.type": "hashmap",
}


@dataclass(frozen=True)
class Job:
    """One submission: code, configuration and what to go on from.

    `topics` are the ones of the configuration. A `bounded` job ends with what its topics hold when it starts. `name` is
    also the consumer group.
    """

    flink_url: str
    kafka_bootstrap: str
    jar: Path
    configuration: str
    fingerprint: str
    checkpoints: Path
    restore_from: Path | None = None
    parallelism: int = 2
    name: str = JOB_NAME
    topics: JobTopics = DECLARED
    bounded: bool = False

    def submit(self) -> str:
        """Send the job to its cluster without waiting for it to run; the job's id."""
        jvm = get_gateway().jvm
        add_jars_to_context_class_loader([self.jar.as_uri()])
        environment = self._environment(jvm)
        self._wire(jvm, environment)
        return str(environment.executeAsync(self.name).getJobID().toString())

    def state_shape(self) -> StateShape:
        """What the state of this job will hold."""
        add_jars_to_context_class_loader([self.jar.as_uri()])
        formats = get_gateway().jvm.atalaya.kernel.Formats.saved()
        return StateShape({str(form): int(formats[form]) for form in formats}, tuple(stage_names(self.configuration)))

    def _environment(self, jvm: Java) -> Java:
        address = urlsplit(self.flink_url)
        restore = jvm.org.apache.flink.runtime.jobgraph.SavepointRestoreSettings.none()
        if self.restore_from is not None:
            mode = jvm.org.apache.flink.core.execution.RecoveryClaimMode.CLAIM
            settings = jvm.org.apache.flink.runtime.jobgraph.SavepointRestoreSettings
            restore = settings.forPath(self.restore_from.as_uri(), False, mode)  # noqa: FBT003 - a Java signature
        gateway = get_gateway()
        jars = gateway.new_array(jvm.java.lang.String, 1)
        jars[0] = str(self.jar)
        environment = jvm.org.apache.flink.streaming.api.environment.RemoteStreamEnvironment(
            address.hostname, address.port, self._options(jvm), jars, gateway.new_array(jvm.java.net.URL, 0), restore
        )
        parameters = jvm.java.util.HashMap()
        parameters.put("atalaya.fingerprint", self.fingerprint)
        configuration = jvm.org.apache.flink.configuration.Configuration.fromMap(parameters)
        environment.getConfig().setGlobalJobParameters(configuration)
        environment.setParallelism(self.parallelism)
        environment.setMaxParallelism(MAX_PARALLELISM)
        return environment

    def _options(self, jvm: Java) -> Java:
        options = jvm.org.apache.flink.configuration.Configuration()
        for name, value in {**OPTIONS, "execution.checkpointing.dir": self.checkpoints.as_uri()}.items():
            options.setString(name, value)
        return options

    def _wire(self, jvm: Java, environment: Java) -> None:
        """Each stage sends a movement straight to the next one whose key it has; what needs none goes aside."""
        kernel, configuration = jvm.atalaya.kernel, self.configuration
        text = jvm.org.apache.flink.api.common.typeinfo.Types.STRING
        movements = [
            self._source(jvm, environment, declared, topic, kernel.KafkaIn.movements(configuration))
            for declared, topic in self.topics.inputs.items()
        ]
        labels = self._source(jvm, environment, LABELS, self.topics.labels, kernel.KafkaIn.labels(configuration))
        came = _union(jvm, [*movements, labels]).keyBy(kernel.StreamKey(configuration), text)
        stages = [
            came.process(kernel.AccountStage(configuration), kernel.OwnType.output()).name("account").uid("account")
        ]
        for number, view in enumerate(stage_names(configuration)):
            way = kernel.EntityStage.way(configuration, number)
            due = _union(jvm, [stage.getSideOutput(way) for stage in stages])
            stage = due.keyBy(kernel.PassageKey(configuration, number), text).process(
                kernel.EntityStage(configuration, number), kernel.OwnType.output()
            )
            stages.append(stage.name(view).uid(view))
        outputs = _union(jvm, [stages[-1], stages[0].getSideOutput(kernel.AccountStage.aside())])
        outputs.sinkTo(self._sink(jvm)).name("outputs").uid("outputs")

    def _source(self, jvm: Java, environment: Java, declared: str, topic: str, reader: Java) -> Java:
        connector = jvm.org.apache.flink.connector.kafka.source
        builder = connector.KafkaSource.builder()
        builder.setBootstrapServers(self.kafka_bootstrap)
        builder.setTopics(_array(jvm.java.lang.String, [topic]))
        builder.setGroupId(self.name)
        builder.setClientIdPrefix(f"{self.name}-{declared}")
        builder.setStartingOffsets(connector.enumerator.initializer.OffsetsInitializer.earliest())
        builder.setDeserializer(reader)
        if self.bounded:
            builder.setBounded(connector.enumerator.initializer.OffsetsInitializer.latest())
        for name, value in CONSUMER.items():
            builder.setProperty(name, value)
        return environment.fromSource(builder.build(), jvm.atalaya.kernel.WrittenAt(), declared).uid(declared)

    def _sink(self, jvm: Java) -> Java:
        builder = jvm.org.apache.flink.connector.kafka.sink.KafkaSink.builder()
        builder.setBootstrapServers(self.kafka_bootstrap)
        builder.setRecordSerializer(jvm.atalaya.kernel.KafkaOut())
        builder.setDeliveryGuarantee(jvm.org.apache.flink.connector.base.DeliveryGuarantee.AT_LEAST_ONCE)
        for name, value in PRODUCER.items():
            builder.setProperty(name, value)
        return builder.build()


def _union(jvm: Java, streams: list[Java]) -> Java:
    first, *others = streams
    return first.union(_array(jvm.org.apache.flink.streaming.api.datastream.DataStream, others))


def _array(java_class: Java, items: list[Java]) -> Java:
    array = get_gateway().new_array(java_class, len(items))
    for index, item in enumerate(items):
        array[index] = item
    return array
