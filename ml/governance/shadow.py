"""A challenger's way: nominated in the registry, scored in the champion's shadow, then promoted or rejected.

The registry's alias `challenger` says which version it is; the shadow's file follows it. Each step can be repeated after
a crash: `follow` makes the file what the alias says.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.errors import NotFoundError
from contracts.models import ModelName
from contracts.settings import Settings
from ml.governance.publication import publish, publish_challenger, withdraw_challenger
from ml.governance.registry import CHALLENGER, load_mlflow, open_registry, promote

if TYPE_CHECKING:
    from mlflow import MlflowClient


def nominate(settings: Settings, model: ModelName, number: str) -> None:
    """Make a registered version the challenger, in the place of any other. Raises NotFoundError for an unknown number."""
    client = open_registry(settings)
    _content(client, model, number)
    client.set_registered_model_alias(model, CHALLENGER, number)
    follow(settings, model)


def reject(settings: Settings, model: ModelName) -> None:
    """Leave the champion without a challenger; the version stays registered."""
    client = open_registry(settings)
    if challenger_number(client, model) is not None:
        client.delete_registered_model_alias(model, CHALLENGER)
    follow(settings, model)


def promote_challenger(settings: Settings, model: ModelName) -> str:
    """Make the challenger champion; gives its number. Raises NotFoundError when there is none."""
    client = open_registry(settings)
    number = challenger_number(client, model)
    if number is None:
        raise NotFoundError(f"{model} has no challenger.", hint="Nominate a registered version first.")
    publish(_content(client, model, number), settings, model)
    promote(settings, model, number)
    follow(settings, model)
    return number


def follow(settings: Settings, model: ModelName) -> str | None:
    """Make the shadow's file what the registry says, also where the alias was moved on MLflow's page; gives the number."""
    client = open_registry(settings)
    number = challenger_number(client, model)
    if number is None:
        withdraw_challenger(settings, model)
    else:
        publish_challenger(_content(client, model, number), settings, model)
    return number


def challenger_number(client: MlflowClient, model: ModelName) -> str | None:
    """The registered version that is challenger; None for none, or while nothing is registered."""
    for registered in client.search_registered_models(f"name = '{model}'"):
        number = dict(registered.aliases).get(CHALLENGER)
        return None if number is None else str(number)
    return None


def _content(client: MlflowClient, model: ModelName, number: str) -> bytes:
    mlflow = load_mlflow()
    try:
        client.get_model_version(model, number)
    except mlflow.exceptions.MlflowException as error:
        raise NotFoundError(f"{model} has no registered version {number}.") from error
    with tempfile.TemporaryDirectory() as folder:
        place = mlflow.artifacts.download_artifacts(f"models:/{model}/{number}", dst_path=folder)
        return (Path(place) / "model.onnx").read_bytes()
