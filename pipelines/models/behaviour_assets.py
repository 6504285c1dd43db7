"""Behaviour cards as Dagster sees them: trained from loans and their instalments, by the code of every card."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from functools import partial
from typing import TYPE_CHECKING

import dagster as dg

from contracts.models.behaviour import BehaviourModel, behaviour_model
from contracts.models.credit import BEHAVIOUR_MODELS
from contracts.settings import Settings
from pipelines.lakehouse.catalog import open_lake
from pipelines.models.assets import card_asset
from pipelines.models.observations import observed_tables, read_observations

if TYPE_CHECKING:
    from ml.credit.run import Outcome


def _behaviour_asset(model: BehaviourModel) -> dg.AssetsDefinition:
    return card_asset(model.model, observed_tables(model), partial(_fit, model))


def _fit(model: BehaviourModel, settings: Settings) -> tuple["Outcome", dict[str, str]]:
    from ml.credit.behaviour_run import run_behaviour  # noqa: PLC0415 - kept beside optbinning, which costs 10 s

    with open_lake(settings) as lake:
        observed = read_observations(lake, model)
    return run_behaviour(model, observed.observations, settings, snapshots=observed.snapshots), observed.snapshots


BEHAVIOUR_CARDS = {name: _behaviour_asset(behaviour_model(name)) for name in BEHAVIOUR_MODELS}
