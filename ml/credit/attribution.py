"""What each feature added to the challenger's log odds of default: exact, in the sense that the parts are the whole."""

from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from ml.credit.challenger import Challenger

BASE = "base"


def contributions(challenger: Challenger, features: pd.DataFrame) -> pd.DataFrame:
    """Log odds by feature, and `base` for the average training applicant; a row adds up to the calibrated log odds.

    Trees are told apart by their Shapley values over the training rows (LightGBM's `pred_contrib`), the linear start by
    each value's distance from its mean.
    """
    values = challenger.encoding.apply(features).to_numpy()
    start, boosters = challenger.grown.start, challenger.grown.boosters
    trees = np.mean([booster.predict(values, pred_contrib=True, num_threads=1) for booster in boosters], axis=0)
    parts = challenger.slope * (trees[:, :-1] + start.parts(values))
    base = challenger.slope * (trees[:, -1] + start.intercept)
    found = pd.DataFrame(parts, index=features.index, columns=features.columns)
    return found.assign(**{BASE: base + challenger.intercept})
