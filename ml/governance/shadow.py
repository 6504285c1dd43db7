"""A challenger's way: nominated in the registry, scored in the champion's shadow, then approved or rejected.

The registry's alias `challenger` says which version it is; the shadow's file follows it. Each step can be repeated after
a crash: `follow` makes the file what the alias says.
"""

from __future__ import annotations

from contracts.models import ModelName
from contracts.settings import Settings
from ml.governance.publication import publish_challenger, withdraw_challenger
from ml.governance.registry import CHALLENGER, alias_holder, artefact, find_version, open_registry


def nominate(settings: Settings, model: ModelName, number: str) -> None:
    """Make a registered version the challenger, in the place of any other. Raises NotFoundError for an unknown number."""
    client = open_registry(settings)
    find_version(client, model, number)
    client.set_registered_model_alias(model, CHALLENGER, number)
    follow(settings, model)


def reject(settings: Settings, model: ModelName) -> None:
    """Leave the champion without a challenger; the version stays registered."""
    client = open_registry(settings)
    if alias_holder(client, model, CHALLENGER) is not None:
        client.delete_registered_model_alias(model, CHALLENGER)
    follow(settings, model)


def follow(settings: Settings, model: ModelName) -> str | None:
    """Make the shadow's file what the registry says, also where the alias was moved on MLflow's page; gives the number."""
    number = alias_holder(open_registry(settings), model, CHALLENGER)
    if number is None:
        withdraw_challenger(settings, model)
    else:
        publish_challenger(artefact(settings, model, number), settings, model)
    return number
