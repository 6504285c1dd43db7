"""What has to be done once per start: migrations, connectors, the streaming job."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.settings import Settings
from deploy.local.layout import environment_python
from deploy.local.service import Step
from deploy.local.services.flink import client_environment
from deploy.local.services.python import main_python


def _migrations(settings: Settings) -> Sequence[str]:
    return main_python(settings, "-m", "sources.migrations")


def _connectors(settings: Settings) -> Sequence[str]:
    return main_python(settings, "-m", "pipelines.landing.connectors")


def _job(settings: Settings) -> Sequence[str]:
    return [str(environment_python(settings, "flink")), "-m", "streaming.submit"]


STEPS = (
    Step(name="migrations", command=_migrations, needs=("postgres",)),
    Step(name="connectors", command=_connectors, needs=("migrations", "kafka", "connect")),
    Step(
        name="job",
        command=_job,
        needs=("kafka", "flink", "flink_task"),
        again_after=("flink",),  # a session cluster forgets its jobs; the command restores from the last checkpoint
        environment=client_environment,
    ),
)
