"""The plain baseline: a logistic regression on standardised numbers and dummies, with nothing chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from contracts.models.credit import CreditDesign
from ml.credit.encoding import Outcomes

_RARE = 0.01  # a text of fewer rows is pooled with other rare ones: a set of cities would make thousands of columns


def fit_baseline(features: pd.DataFrame, default: Outcomes, design: CreditDesign) -> Any:  # noqa: ANN401 - untyped
    """A fitted scikit-learn pipeline; a missing number is the column's mean, a missing text a text of its own."""
    from sklearn.compose import ColumnTransformer  # type: ignore[import-untyped]  # noqa: PLC0415 - 2 s to import
    from sklearn.impute import SimpleImputer  # type: ignore[import-untyped]  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]  # noqa: PLC0415
    from sklearn.preprocessing import OneHotEncoder, StandardScaler  # type: ignore[import-untyped]  # noqa: PLC0415

    numbers = [item.name for item in design.features if item.kind == "number" and item.ratio is None]
    texts = [item.name for item in design.features if item.kind != "number"]
    columns = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            ("texts", OneHotEncoder(min_frequency=_RARE, handle_unknown="infrequent_if_exist"), texts),
        ]
    )
    return make_pipeline(columns, LogisticRegression(max_iter=2000)).fit(_filled(features, texts), default)


def baseline_probabilities(
    fitted: Any,  # noqa: ANN401
    features: pd.DataFrame,
    design: CreditDesign,
) -> npt.NDArray[np.float64]:
    """Probabilities of default."""
    texts = [item.name for item in design.features if item.kind != "number"]
    return np.asarray(fitted.predict_proba(_filled(features, texts))[:, 1], dtype=np.float64)


def _filled(features: pd.DataFrame, texts: list[str]) -> pd.DataFrame:
    return features.assign(**{name: features[name].fillna("") for name in texts})
