"""Columns of texts as numbers: an ordered text's place, a category's log odds of default beside everybody's.

The card and the challenger read the same numbers, so that a bin of a category is a group of its texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]

from contracts.models.credit import CreditFeature

Outcomes = npt.NDArray[np.bool_]

_FOLDS = 5


@dataclass(frozen=True)
class ColumnEncoding:
    """Numbers by text; a text that training did not hold is worth `other`, NaN where that says it is missing."""

    numbers: Mapping[str, float]
    other: float


@dataclass(frozen=True)
class Encoding:
    """Encodings by feature; a feature without one holds numbers already."""

    columns: Mapping[str, ColumnEncoding]

    def apply(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame in float64."""
        return pd.DataFrame(
            {
                name: _encoded(frame[name], self.columns[name]) if name in self.columns else frame[name]
                for name in frame.columns
            },
            index=frame.index,
        ).astype("float64")


def fit_encoding(
    frame: pd.DataFrame, default: Outcomes, features: tuple[CreditFeature, ...], smoothing: float
) -> Encoding:
    """Encodings of the training rows; `smoothing` is how many average applicants each category is mixed with."""
    columns = {}
    for feature in features:
        if feature.kind == "ordered":
            places = {level: float(place) for place, level in enumerate(feature.levels)}
            columns[feature.name] = ColumnEncoding(places, float("nan"))
        elif feature.kind == "category":
            columns[feature.name] = _category(frame[feature.name], default, smoothing)
    return Encoding(columns)


def encode_for_training(
    frame: pd.DataFrame, default: Outcomes, features: tuple[CreditFeature, ...], smoothing: float, seed: int
) -> pd.DataFrame:
    """The training rows, where a category is sparse each by folds that do not hold it: else it would tell its own outcome.

    Sparse: its texts have fewer rows on average than average applicants are mixed in. Where they have more, mixing
    keeps a row's own outcome small, and folds would only add noise.
    """
    from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]  # noqa: PLC0415 - 2 s to import

    encoded = fit_encoding(frame, default, features, smoothing).apply(frame)
    sparse = tuple(
        item
        for item in features
        if item.kind == "category" and len(frame) < smoothing * frame[item.name].nunique(dropna=False)
    )
    names = [item.name for item in sparse]
    places = [int(place) for place in encoded.columns.get_indexer(names)]
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    for others, own in folds.split(frame, default) if sparse else ():
        encoding = fit_encoding(frame.iloc[others], default[others], sparse, smoothing)
        encoded.iloc[own, places] = encoding.apply(frame.iloc[own][names]).to_numpy()
    return encoded


def _category(texts: pd.Series, default: Outcomes, smoothing: float) -> ColumnEncoding:
    share = float(default.mean())
    groups = pd.Series(default, index=texts.index).groupby(texts.fillna("")).agg(["sum", "count"])
    mixed = (groups["sum"] + smoothing * share) / (groups["count"] + smoothing)
    weights = np.log(mixed / (1 - mixed)) - np.log(share / (1 - share))
    return ColumnEncoding({str(text): float(weight) for text, weight in weights.items()}, 0.0)


def _encoded(texts: pd.Series, encoding: ColumnEncoding) -> pd.Series:
    known = texts.fillna("").map(dict(encoding.numbers)).astype("float64")
    return known.fillna(encoding.other)
