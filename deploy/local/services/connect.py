"""Kafka Connect: the worker that runs Debezium and the Iceberg sink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from contracts.errors import TransientError
from contracts.settings import Settings, secret_variable
from deploy.local.http import ask_json
from deploy.local.jars import part
from deploy.local.layout import data, write_atomically
from deploy.local.parts import connect_plugins
from deploy.local.service import Service
from deploy.local.services.java import QUICK_START, java_command, write_logging

_HEAP_MIB = 768
_PLUGINS = (
    "io.debezium.connector.postgresql.PostgresConnector",
    "org.apache.iceberg.connect.IcebergSinkConnector",
)
# Hadoop's file system and the sink's compression reach into these.
_OPENS = ("--add-opens=java.base/java.lang=ALL-UNNAMED", "--add-opens=java.base/java.nio=ALL-UNNAMED")


# Of the connectors: PostgreSQL's log, and the lakehouse's catalog.
_SECRETS = ("postgres_debezium", "postgres_lake")


def _directory(settings: Settings) -> Path:
    return data(settings, "connect")


def _properties(settings: Settings) -> str:
    lines: Mapping[str, object] = {
        "bootstrap.servers": settings.kafka_bootstrap,
        "listeners": f"http://{settings.host}:{settings.port('connect')}",
        "rest.advertised.host.name": settings.host,
        "group.id": "atalaya-connect",
        "config.storage.topic": "connect.configs",
        "offset.storage.topic": "connect.offsets",
        "status.storage.topic": "connect.status",
        "config.storage.replication.factor": 1,
        "offset.storage.replication.factor": 1,
        "offset.storage.partitions": 1,
        "status.storage.replication.factor": 1,
        "status.storage.partitions": 1,
        "offset.flush.interval.ms": 5000,
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "key.converter.schemas.enable": "false",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
        # With it on, one broker kill in ten left a hung transaction and capture standing still.
        "exactly.once.source.support": "disabled",
        "connector.client.config.override.policy": "All",
        # What connectors may refer to as ${env:NAME}; the values are in this process's environment alone.
        "config.providers": "env",
        "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
        "config.providers.env.param.allowlist.pattern": "|".join(map(secret_variable, _SECRETS)),
        "plugin.path": connect_plugins(settings),
        "plugin.discovery": "service_load",
        "scheduled.rebalance.max.delay.ms": 0,
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def _logging(settings: Settings) -> Path:
    return _directory(settings) / "log4j2.properties"


def _command(settings: Settings) -> Sequence[str]:
    compiling = () if settings.optimised_landing else (QUICK_START,)
    return [
        *java_command(settings, _HEAP_MIB, *compiling, *_OPENS, f"-Dlog4j2.configurationFile={_logging(settings)}"),
        *("-cp", f"{part(settings, 'kafka')}/*", "org.apache.kafka.connect.cli.ConnectDistributed"),
        str(_directory(settings) / "worker.properties"),
    ]


def _prepare(settings: Settings) -> None:
    write_atomically(_directory(settings) / "worker.properties", _properties(settings))
    quieter = dict.fromkeys(("org.apache.kafka.clients", "org.apache.kafka.common", "org.eclipse.jetty"), "WARN")
    write_logging(_logging(settings), "INFO", {**quieter, "org.reflections": "ERROR"})


def _environment(settings: Settings) -> Mapping[str, str]:
    return {secret_variable(name): settings.secret(name).get_secret_value() for name in _SECRETS}


def _probe(settings: Settings) -> None:
    """Both plugins are offered, and the worker answers for its connectors: it has joined its group."""
    offered = {plugin["class"] for plugin in ask_json(f"{settings.connect_url}/connector-plugins")}
    if absent := [plugin for plugin in _PLUGINS if plugin not in offered]:
        raise TransientError(f"Connect does not offer {', '.join(absent)}.")
    ask_json(f"{settings.connect_url}/connectors")


SERVICE = Service(
    name="connect",
    beside=("kafka",),
    command=_command,
    ports=("connect",),
    prepare=_prepare,
    environment=_environment,
    probe=_probe,
)
