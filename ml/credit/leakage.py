"""Features that know the outcome: one that alone tells defaults better than any application can was filled in later."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from ml.governance.comparison import auc


def feature_aucs(features: pd.DataFrame, default: npt.NDArray[np.bool_]) -> dict[str, float]:
    """How well each numeric feature alone, in its better direction, tells defaults: by its value or by being missing."""
    return {name: _alone(features[name].to_numpy(dtype=np.float64), default) for name in features.columns}


def _alone(values: npt.NDArray[np.float64], default: npt.NDArray[np.bool_]) -> float:
    missing = np.isnan(values)
    told = [auc(missing.astype(np.float64), default)]
    if 0 < default[~missing].sum() < (~missing).sum():
        told.append(auc(values[~missing], default[~missing]))
    return max(max(share, 1 - share) for share in told)
