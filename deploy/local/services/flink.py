"""Flink: one JobManager and one TaskManager from the wheel's distribution, started without its shell scripts.

The scripts start a further JVM each to work out memory sizes; here the sizes are written down instead.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from contracts.errors import ConfigurationError, TransientError
from contracts.settings import Settings
from deploy.local.http import ask_json
from deploy.local.jars import part
from deploy.local.layout import data, environment_python, write_atomically
from deploy.local.service import Service
from deploy.local.services.java import QUICK_START, java_command, java_options, write_logging

SLOTS = 4

_JOB_MANAGER_HEAP_MIB = 448
_CLIENT_HEAP_MIB = 512
_FRAMEWORK_HEAP_MIB = 128
_NETWORK_MIB = 64
_MANAGED_MIB = 16
_TASK_OFF_HEAP_MIB = 64
_FRAMEWORK_OFF_HEAP_MIB = 128
_METASPACE_MIB = 256
_OVERHEAD_MIB = 192

_PREPARING = threading.Lock()
_SETS = ("flink", "cel")
_OPENED = (
    *("java.lang", "java.net", "java.io", "java.nio", "java.lang.reflect", "java.text", "java.time", "java.util"),
    *("sun.nio.ch", "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks"),
)


def flink_home(settings: Settings) -> Path:
    """The distribution inside the wheel of the `flink` environment."""
    library = environment_python(settings, "flink").parent.parent / "lib"
    homes = sorted(library.glob("python3*/site-packages/pyflink"))
    if not homes:
        raise ConfigurationError("There is no apache-flink below the home.", hint="Run './atalaya doctor'.")
    return homes[0]


def flink_library(settings: Settings) -> Path:
    """The folder of links that is the class path of the cluster and of whoever submits a job (FLINK_LIB_DIR)."""
    return data(settings, "flink") / "lib"


def flink_configuration(settings: Settings) -> Path:
    """The folder of our configuration (FLINK_CONF_DIR)."""
    return data(settings, "flink") / "conf"


def client_environment(settings: Settings) -> dict[str, str]:
    """What a process that submits a job needs in its environment."""
    return {
        "JAVA_HOME": str(part(settings, "java")),
        "FLINK_HOME": str(flink_home(settings)),
        "FLINK_LIB_DIR": str(flink_library(settings)),
        "FLINK_OPT_DIR": str(flink_home(settings) / "opt"),
        "FLINK_CONF_DIR": str(flink_configuration(settings)),
        "FLINK_LOG_DIR": str(settings.state / "logs"),
        "JVM_ARGS": " ".join([*java_options(settings, _CLIENT_HEAP_MIB), QUICK_START]),
    }


def configuration(settings: Settings) -> Mapping[str, object]:
    """The cluster's settings; memory as measured in docs/benchmarks/stack.md."""
    checkpoints = data(settings, "flink") / "checkpoints"
    return {
        "env.java.opts.all": " ".join(_java_options()),
        "jobmanager.bind-host": settings.host,
        "jobmanager.rpc.address": settings.host,
        "jobmanager.rpc.port": settings.port("flink_rpc"),
        "jobmanager.execution.failover-strategy": "region",
        "rest.address": settings.host,
        "rest.bind-address": settings.host,
        "rest.port": settings.port("flink"),
        "rest.bind-port": str(settings.port("flink")),
        "blob.server.port": str(settings.port("flink_blob")),
        "taskmanager.bind-host": settings.host,
        "taskmanager.host": settings.host,
        "taskmanager.rpc.port": str(settings.port("flink_task_rpc")),
        "taskmanager.data.port": settings.port("flink_data"),
        "taskmanager.resource-id": "local",
        "taskmanager.numberOfTaskSlots": SLOTS,
        "taskmanager.cpu.cores": 2.0,
        "taskmanager.memory.task.heap.size": f"{settings.task_heap_mib}m",
        "taskmanager.memory.task.off-heap.size": f"{_TASK_OFF_HEAP_MIB}m",
        "taskmanager.memory.framework.heap.size": f"{_FRAMEWORK_HEAP_MIB}m",
        "taskmanager.memory.framework.off-heap.size": f"{_FRAMEWORK_OFF_HEAP_MIB}m",
        "taskmanager.memory.network.min": f"{_NETWORK_MIB}m",
        "taskmanager.memory.network.max": f"{_NETWORK_MIB}m",
        "taskmanager.memory.managed.size": f"{_MANAGED_MIB}m",
        "taskmanager.memory.jvm-metaspace.size": f"{_METASPACE_MIB}m",
        "taskmanager.memory.jvm-overhead.min": f"{_OVERHEAD_MIB}m",
        "taskmanager.memory.jvm-overhead.max": f"{_OVERHEAD_MIB}m",
        "parallelism.default": 1,
        # The default of 10 s is not enough where ten processes wait for each core.
        "pekko.startup-timeout": "60 s",
        # With the default of 10 s a call between the two processes timed out on such a machine, and a job that had just
        # been restored started over (docs/operations/drills.md).
        "pekko.ask.timeout": "30 s",
        # How long the TaskManager waits before it looks for a JobManager again that was not there: by default 10 s.
        "cluster.registration.error-delay": "1 s",
        "heartbeat.interval": "1 s",
        "heartbeat.timeout": "20 s",
        # By default 10 s: who waits for the job to have taken everything (cli/flow/catch_up.py) would wait for that.
        "metrics.fetcher.update-interval": f"{settings.metrics_age_millis} ms",
        "pipeline.object-reuse": True,
        "execution.buffer-timeout.interval": "5 ms",
        "state.backend.type": "hashmap",
        "execution.checkpointing.dir": checkpoints.as_uri(),
        "execution.checkpointing.savepoint-dir": (data(settings, "flink") / "savepoints").as_uri(),
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.num-retained": 2,
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "10 s",
        "io.tmp.dirs": str(data(settings, "flink") / "tmp"),
        # Nobody uploads a jar: the job comes by the client, as a graph (streaming/job.py).
        "web.submit.enable": False,
        "web.upload.dir": str(data(settings, "flink") / "upload"),
        "table.exec.source.idle-timeout": "200 ms",
    }


def _java_options() -> list[str]:
    exports = ["--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED"]
    return exports + [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENED]


def _prepare(settings: Settings) -> None:
    """Write the configuration that both processes read; they start at the same time."""
    with _PREPARING:
        _write_configuration(settings)


def _write_configuration(settings: Settings) -> None:
    directory = data(settings, "flink")
    for name in ("checkpoints", "savepoints", "tmp", "upload", "lib"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(dict(configuration(settings)), sort_keys=False, width=10_000)
    write_atomically(flink_configuration(settings) / "config.yaml", text)
    quieter = dict.fromkeys(("org.apache.kafka", "org.apache.pekko", "org.apache.flink.configuration"), "WARN")
    logging = flink_configuration(settings) / "log4j-console.properties"
    write_logging(logging, "INFO", quieter)
    write_logging(flink_configuration(settings) / "log4j-cli.properties", "WARN", {})
    _link_library(settings)


def _link_library(settings: Settings) -> None:
    folders = (flink_home(settings) / "lib", *(part(settings, name) for name in _SETS))
    wanted = {jar.name: jar.resolve() for folder in folders for jar in folder.glob("*.jar")}
    library = flink_library(settings)
    for link in library.glob("*.jar"):
        if link.name not in wanted or link.resolve() != wanted[link.name]:
            link.unlink()
    for name, target in wanted.items():
        if not (library / name).is_symlink():
            (library / name).symlink_to(target)


def _process(settings: Settings, heap_mib: int, main_class: str, *options: str) -> list[str]:
    logging = f"-Dlog4j2.configurationFile={flink_configuration(settings) / 'log4j-console.properties'}"
    return [
        *java_command(
            settings, heap_mib, *_java_options(), logging, f"-XX:MaxMetaspaceSize={_METASPACE_MIB}m", *options
        ),
        *("-cp", f"{flink_library(settings)}/*", main_class, "--configDir", str(flink_configuration(settings))),
    ]


def _job_manager_command(settings: Settings) -> Sequence[str]:
    main_class = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
    return [*_process(settings, _JOB_MANAGER_HEAP_MIB, main_class, QUICK_START), "--executionMode", "cluster"]


def _task_manager_command(settings: Settings) -> Sequence[str]:
    main_class = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
    direct = _NETWORK_MIB + _TASK_OFF_HEAP_MIB + _FRAMEWORK_OFF_HEAP_MIB
    heap = settings.task_heap_mib + _FRAMEWORK_HEAP_MIB
    return _process(settings, heap, main_class, f"-XX:MaxDirectMemorySize={direct}m")


def _overview(settings: Settings) -> dict[str, int]:
    overview: dict[str, int] = ask_json(f"{settings.flink_url}/overview")
    return overview


def _job_manager_probe(settings: Settings) -> None:
    if "slots-total" not in _overview(settings):
        raise TransientError("The JobManager does not say how many slots it has.")


def _task_manager_probe(settings: Settings) -> None:
    if _overview(settings)["slots-total"] < SLOTS:
        raise TransientError("The TaskManager has not offered its slots yet.")


def _environment(settings: Settings) -> Mapping[str, str]:
    return client_environment(settings)


JOB_MANAGER = Service(
    name="flink",
    command=_job_manager_command,
    ports=("flink", "flink_rpc", "flink_blob"),
    prepare=_prepare,
    probe=_job_manager_probe,
    environment=_environment,
)
TASK_MANAGER = Service(
    name="flink_task",
    beside=("flink",),
    command=_task_manager_command,
    ports=("flink_data", "flink_task_rpc"),
    prepare=_prepare,
    probe=_task_manager_probe,
    environment=_environment,
)
