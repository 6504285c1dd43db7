"""MLflow without a server: runs, artefacts and the registry with its aliases, straight on PostgreSQL."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import onnx

from contracts.errors import NotFoundError
from contracts.models import ModelName
from contracts.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"
_EXPERIMENT = "atalaya"


@dataclass(frozen=True)
class Run:
    """What one training leaves behind; `content` is the ONNX file, `files` are artefacts by name."""

    model: ModelName
    content: bytes
    version: str
    parameters: Mapping[str, str | int | float]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True)
class Registered:
    """Where MLflow keeps a run: its run id and the number of the registered version."""

    run_id: str
    number: str


def open_registry(settings: Settings) -> MlflowClient:
    """A client on this platform's tracking database; telemetry stays off."""
    mlflow = load_mlflow()
    address = settings.database_url("mlflow", driver="postgresql+psycopg")
    mlflow.set_tracking_uri(address)
    mlflow.set_registry_uri(address)
    if mlflow.get_experiment_by_name(_EXPERIMENT) is None:
        artifacts = (settings.state / "mlflow").as_uri()
        mlflow.create_experiment(_EXPERIMENT, artifact_location=artifacts)
    mlflow.set_experiment(_EXPERIMENT)
    client: MlflowClient = mlflow.MlflowClient()
    return client


def record(settings: Settings, run: Run) -> Registered:
    """Log a run and register its model; it becomes champion only by `promote`."""
    client = open_registry(settings)
    mlflow = load_mlflow()
    with mlflow.start_run(run_name=run.version, tags={**run.tags, "model_version": run.version}) as active:
        mlflow.log_params(dict(run.parameters))
        mlflow.log_metrics(dict(run.metrics))
        with tempfile.TemporaryDirectory() as directory:
            for name, content in run.files.items():
                (Path(directory) / name).write_text(content, encoding="utf-8")
            mlflow.log_artifacts(directory)
        info = mlflow.onnx.log_model(
            onnx.load_from_string(run.content),
            name=run.model,
            registered_model_name=run.model,
            pip_requirements=["onnxruntime"],
            save_as_external_data=False,
        )
    number = str(info.registered_model_version)
    client.set_model_version_tag(run.model, number, "model_version", run.version)
    return Registered(run_id=active.info.run_id, number=number)


def promote(settings: Settings, model: ModelName, number: str) -> None:
    """Point the alias `champion` at a registered version, which is nobody's challenger from then on."""
    client = open_registry(settings)
    client.set_registered_model_alias(model, CHAMPION, number)
    aliases = dict(client.get_registered_model(model).aliases)
    if str(aliases.get(CHALLENGER)) == number:
        client.delete_registered_model_alias(model, CHALLENGER)


def artefact(settings: Settings, model: ModelName, number: str) -> bytes:
    """The ONNX file of a registered version; raises NotFoundError for a version that the registry does not have."""
    client = open_registry(settings)
    mlflow = load_mlflow()
    try:
        client.get_model_version(model, number)
    except mlflow.exceptions.MlflowException as error:
        raise NotFoundError(
            f"MLflow has no version {number} of {model}.", hint="Its page lists them: './atalaya open mlflow'."
        ) from error
    content: bytes = mlflow.onnx.load_model(f"models:/{model}/{number}").SerializeToString()
    return content


def load_mlflow() -> ModuleType:
    """MLflow, 3 s to import, and warning about its own type hints while it is."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow  # noqa: PLC0415
        import mlflow.onnx  # noqa: PLC0415
    return mlflow
