"""The behaviour card as Dagster sees it: trained from loans and their instalments, by the code of every card."""

# Dagster resolves types itself and cannot read them from text: no annotations import here.

from typing import TYPE_CHECKING

import dagster as dg

from contracts.models.behaviour import micro_loan_behaviour_model
from contracts.settings import Settings
from pipelines.lakehouse.catalog import open_lake
from pipelines.models.assets import card_asset
from pipelines.models.observations import observed_tables, read_observations

if TYPE_CHECKING:
    from ml.credit.run import Outcome

_MODEL = micro_loan_behaviour_model()

MICRO_LOAN_BEHAVIOUR = dg.AssetKey(["models", _MODEL.model])


def _fit(settings: Settings) -> tuple["Outcome", dict[str, str]]:
    from ml.credit.behaviour_run import run_behaviour  # noqa: PLC0415 - kept beside optbinning, which costs 10 s

    with open_lake(settings) as lake:
        observed = read_observations(lake, _MODEL)
    return run_behaviour(observed.observations, settings, snapshots=observed.snapshots), observed.snapshots


micro_loan_behaviour = card_asset(_MODEL, observed_tables(_MODEL), _fit)
