"""MLflow without a server: runs, artefacts and the registry, straight on PostgreSQL."""

from __future__ import annotations

import hashlib
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
    from mlflow.entities.model_registry import ModelVersion

CHAMPION, CHALLENGER = "champion", "challenger"
CONTENT = "content_sha256"  # the run tag that holds the digest of the ONNX file, as the gate judged it
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


@dataclass(frozen=True)
class RecordedRun:
    """What MLflow keeps of a run, in its texts: `parameters` are how it trained."""

    tags: dict[str, str]
    parameters: dict[str, str]


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
    """Log a run and register its model; who makes it champion is another question (ml.governance.succession)."""
    client = open_registry(settings)
    mlflow = load_mlflow()
    made = {"model_version": run.version, CONTENT: hashlib.sha256(run.content).hexdigest()}
    with mlflow.start_run(run_name=run.version, tags={**run.tags, **made}) as active:
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


def find_version(client: MlflowClient, model: ModelName, number: str) -> ModelVersion:
    """A registered version; raises NotFoundError for one that the registry does not have."""
    mlflow = load_mlflow()
    try:
        return client.get_model_version(model, number)
    except mlflow.exceptions.MlflowException as error:
        raise NotFoundError(
            f"{model} has no registered version {number}.", hint=f"There are others: './atalaya model list {model}'."
        ) from error


def recorded_run(client: MlflowClient, version: ModelVersion) -> RecordedRun:
    """What the run of a version recorded of itself; nothing for a version that somebody registered without a run."""
    if not version.run_id:
        return RecordedRun({}, {})
    data = client.get_run(version.run_id).data
    return RecordedRun(dict(data.tags), dict(data.params))


def artefact(settings: Settings, model: ModelName, number: str) -> bytes:
    """The ONNX file of a registered version, byte by byte; raises NotFoundError for one that the registry does not have."""
    find_version(open_registry(settings), model, number)
    with tempfile.TemporaryDirectory() as folder:
        place = load_mlflow().artifacts.download_artifacts(f"models:/{model}/{number}", dst_path=folder)
        return (Path(place) / "model.onnx").read_bytes()


def alias_holder(client: MlflowClient, model: ModelName, alias: str) -> str | None:
    """The number of the version that holds an alias; None for none, or while nothing is registered."""
    for registered in client.search_registered_models(f"name = '{model}'"):
        number = dict(registered.aliases).get(alias)
        return None if number is None else str(number)
    return None


def load_mlflow() -> ModuleType:
    """MLflow, 3 s to import, and warning about its own type hints while it is."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow  # noqa: PLC0415
        import mlflow.onnx  # noqa: PLC0415
    return mlflow
