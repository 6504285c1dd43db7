"""The job's wiring: three topics in, the kernel by account, its outputs back to Kafka. Runs inside PyFlink's gateway."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from pyflink.java_gateway import get_gateway  # type: ignore[import-not-found]
from pyflink.util.java_utils import add_jars_to_context_class_loader  # type: ignore[import-not-found]

from streaming.cluster import JOB_NAME
from streaming.configuration import DECLARED, JobTopics

# What py4j hands out: its members are those of the Java object, which no type checker sees.
Java: TypeAlias = Any

MAX_PARALLELISM = 128  # fixed for the life of the state: key groups are counted by it

_CHECKPOINT_MS = 1000
_BUFFER_MS = 2
_CONSUMER = {"max.poll.records": "2000"}
_PRODUCER = {"linger.ms": "1", "acks": "all", "compression.type": "lz4", "transaction.timeout.ms": "60000"}


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
    restore_from: Path | None
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
        for name, value in {
            "execution.checkpointing.interval": f"{_CHECKPOINT_MS} ms",
            "execution.checkpointing.mode": "AT_LEAST_ONCE",
            "execution.checkpointing.dir": self.checkpoints.as_uri(),
            "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
            "execution.checkpointing.min-pause": "500 ms",
            "execution.checkpointing.timeout": "2 min",
            "execution.checkpointing.tolerable-failed-checkpoints": "10",
            "execution.buffer-timeout.interval": f"{_BUFFER_MS} ms",
            "pipeline.object-reuse": "true",
            "pipeline.generic-types": "false",
            "state.backend.type": "hashmap",
        }.items():
            options.setString(name, value)
        return options

    def _wire(self, jvm: Java, environment: Java) -> None:
        kernel = jvm.atalaya.kernel
        sources = [self._source(jvm, environment, declared) for declared in self.topics.inputs]
        stream = sources[0].union(_array(jvm.org.apache.flink.streaming.api.datastream.DataStream, sources[1:]))
        text = jvm.org.apache.flink.api.common.typeinfo.Types.STRING
        decided = stream.keyBy(kernel.StreamKey(self.configuration), text).process(
            kernel.KernelFunction(self.configuration), kernel.OwnType.output()
        )
        decided.name("kernel").uid("kernel")
        decided.sinkTo(self._sink(jvm)).name("outputs").uid("outputs")

    def _source(self, jvm: Java, environment: Java, declared: str) -> Java:
        connector = jvm.org.apache.flink.connector.kafka.source
        builder = connector.KafkaSource.builder()
        builder.setBootstrapServers(self.kafka_bootstrap)
        builder.setTopics(_array(jvm.java.lang.String, [self.topics.inputs[declared]]))
        builder.setGroupId(self.name)
        builder.setClientIdPrefix(f"{self.name}-{declared}")
        builder.setStartingOffsets(connector.enumerator.initializer.OffsetsInitializer.earliest())
        builder.setDeserializer(jvm.atalaya.kernel.KafkaIn(self.configuration))
        if self.bounded:
            builder.setBounded(connector.enumerator.initializer.OffsetsInitializer.latest())
        for name, value in _CONSUMER.items():
            builder.setProperty(name, value)
        unmarked = jvm.org.apache.flink.api.common.eventtime.WatermarkStrategy.noWatermarks()
        return environment.fromSource(builder.build(), unmarked, declared).uid(declared)

    def _sink(self, jvm: Java) -> Java:
        builder = jvm.org.apache.flink.connector.kafka.sink.KafkaSink.builder()
        builder.setBootstrapServers(self.kafka_bootstrap)
        builder.setRecordSerializer(jvm.atalaya.kernel.KafkaOut())
        builder.setDeliveryGuarantee(jvm.org.apache.flink.connector.base.DeliveryGuarantee.AT_LEAST_ONCE)
        for name, value in _PRODUCER.items():
            builder.setProperty(name, value)
        return builder.build()


def _array(java_class: Java, items: list[Java]) -> Java:
    array = get_gateway().new_array(java_class, len(items))
    for index, item in enumerate(items):
        array[index] = item
    return array
