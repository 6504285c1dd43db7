"""The platform's own processes: they run in the main environment and answer over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from contracts.errors import TransientError
from contracts.settings import PROJECT, Settings
from contracts.settings import Service as PortName
from deploy.local.http import ask
from deploy.local.layout import data, environment_python
from deploy.local.service import Service


def main_python(settings: Settings, *arguments: str) -> list[str]:
    """A Python command in the main environment."""
    return [str(environment_python(settings, "main")), *arguments]


def answers(settings: Settings, port: PortName, path: str, content: str) -> None:
    """Raise TransientError unless the page answers 200 and holds `content`."""
    if content not in ask(f"{settings.url(port)}{path}"):
        raise TransientError(f"{path} on port {settings.port(port)} answers without {content!r}.")


def _recorder(settings: Settings) -> Sequence[str]:
    return main_python(settings, "-m", "serving.recorder")


def _api(settings: Settings) -> Sequence[str]:
    return main_python(settings, "-m", "serving.api")


def _dashboard(settings: Settings) -> Sequence[str]:
    return main_python(
        settings,
        *("-m", "streamlit", "run", str(PROJECT / "dashboards" / "executive.py")),
        *("--server.address", settings.host, "--server.port", str(settings.port("dashboard"))),
        *("--server.headless", "true", "--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"),
    )


def _mlflow(settings: Settings) -> Sequence[str]:
    return main_python(
        settings,
        *("-m", "mlflow", "server", "--host", settings.host, "--port", str(settings.port("mlflow"))),
        *("--workers", "1", "--artifacts-destination", data(settings, "mlflow").as_uri()),
    )


def _mlflow_environment(settings: Settings) -> Mapping[str, str]:
    return {
        "MLFLOW_BACKEND_STORE_URI": settings.database_url("mlflow", driver="postgresql+psycopg"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }


def _dagster(settings: Settings) -> Sequence[str]:
    return main_python(settings, "-m", "pipelines.web", settings.host, str(settings.port("dagster")))


def _dagster_probe(settings: Settings) -> None:
    if "data" not in json.loads(ask(f"{settings.url('dagster')}/graphql", {"query": "{ version }"})):
        raise TransientError("Dagster answers without data.")


SERVICES = (
    Service(
        name="recorder",
        command=_recorder,
        needs=("kafka", "migrations", "valkey"),
        ports=("recorder",),
        probe=lambda settings: answers(settings, "recorder", "/metrics", "recorder_messages"),
    ),
    Service(
        name="api",
        command=_api,
        needs=("kafka", "migrations", "valkey"),
        ports=("api",),
        probe=lambda settings: answers(settings, "api", "/ready", "ready"),
        page=True,
    ),
    Service(
        name="dashboard",
        command=_dashboard,
        needs=("migrations",),
        ports=("dashboard",),
        probe=lambda settings: answers(settings, "dashboard", "/_stcore/health", "ok"),
        page=True,
    ),
    Service(
        name="mlflow",
        command=_mlflow,
        needs=("postgres",),
        ports=("mlflow",),
        environment=_mlflow_environment,
        probe=lambda settings: answers(settings, "mlflow", "/health", "OK"),
        on_demand=True,
        page=True,
    ),
    Service(
        name="dagster",
        command=_dagster,
        needs=("migrations",),
        ports=("dagster",),
        probe=_dagster_probe,
        on_demand=True,
        page=True,
    ),
)
