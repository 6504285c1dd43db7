"""What monitoring judges of the behaviour model: loans on the observation days of a window, and the defaults that followed."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from contracts.errors import InvalidInputError
from contracts.models.behaviour import BehaviourModel
from ml.champions import Champion
from ml.credit.behaviour_dataset import Observations, defaults_within
from ml.credit.dataset import feature_frame
from ml.governance.monitoring import Decided, Window
from pipelines.lakehouse.catalog import Lake
from pipelines.models.behaviour_scores import taught_to
from pipelines.models.observations import read_observations
from pipelines.models.windows import Watched


def watched_behaviour(lake: Lake, model: BehaviourModel) -> Watched | None:
    """The observations in the lakehouse; None while there is no loan. Raises NotFoundError for a table that is not there."""
    try:
        observed = read_observations(lake, model).observations
    except InvalidInputError:
        return None

    def read(champion: Champion, window: Window) -> Decided | None:
        taught = taught_to(champion, model)
        # Nobody measured what another `recent` time would have shown.
        return _observed_in(observed, taught, champion, window) if taught.recent == model.recent else None

    return Watched(model.model, observed.present.to_pydatetime(), model.outcome_window, None, read)


def _observed_in(observed: Observations, model: BehaviourModel, champion: Champion, window: Window) -> Decided | None:
    """Every observation of a day that the window holds; a loan observed twice in it is one cluster with its borrower's others.

    A day counts from when it is over in UTC, whenever it is where the loan is: the lenders of one month end are judged together.
    The outcome is that of the window which the champion was taught by, once it is over.
    """
    rows = observed.rows
    over = (rows["observed_on"] + timedelta(days=1)).dt.tz_localize("UTC")
    own = rows[(over >= window.start) & (over < window.end)]
    if own.empty or not set(champion.features) <= set(own.columns):
        return None
    features = feature_frame(own, model)
    return Decided(
        columns={str(name): features[name].to_numpy(dtype=np.float64) for name in features.columns},
        scores=champion.run(own[list(champion.features)].to_numpy(dtype=np.float64))[0][:, 1].astype(np.float64),
        clusters=pd.factorize(own["borrower"])[0],
        judged=(own["observed_at"] + model.outcome_window <= observed.present).to_numpy(dtype=np.bool_),
        outcome=defaults_within(own, model).to_numpy(dtype=np.bool_),
        shadow=np.full(len(own), np.nan),
    )
