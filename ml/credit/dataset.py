"""The scorecard's data: loans as they were at application, with what became of them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd  # type: ignore[import-untyped]

from contracts.errors import InvalidInputError
from contracts.models.behaviour import HeldOut
from contracts.models.credit import CreditDesign, CreditModel
from ml.credit.outcomes import counted, defaulted


@dataclass(frozen=True)
class CreditDataset:
    """Rows in time order. `train` and `test` hold the features by name and `default` (bool).

    `test_from` is the first moment of the test part, before which nothing was held out where it is `later` than what was taught.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    test_from: pd.Timestamp
    held_out: HeldOut = "later"


def feature_frame(columns: pd.DataFrame, design: CreditDesign) -> pd.DataFrame:
    """The declared features from the columns of an application: numbers in float64, texts as they are.

    A ratio to nothing is missing.
    """
    features = {}
    for feature in design.features:
        if feature.kind != "number":
            features[feature.name] = columns[feature.name]
        elif feature.ratio is None:
            features[feature.name] = columns[feature.name].astype("float64")
        else:
            features[feature.name] = _ratio(columns, feature.ratio)
    return pd.DataFrame(features, index=columns.index)


def _ratio(columns: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    value, *divisors = (columns[name].astype("float64") for name in names)
    for divisor in divisors:
        value = value / divisor.where(divisor > 0)
    return value


def build_dataset(loans: pd.DataFrame, model: CreditModel) -> CreditDataset:
    """Loans whose outcome counts, split by disbursement; raises InvalidInputError when too few defaulted."""
    if loans.empty:
        raise InvalidInputError("there is no loan to learn from", field=f"{model.app}.{model.table}")
    known = loans[counted(loans, model)]
    if known.empty:
        raise InvalidInputError("no loan has an outcome yet", field=f"{model.app}.{model.table}.status")
    known = known.sort_values(["disbursed_at", "loan_id"], kind="stable")
    frame = feature_frame(known, model).assign(default=defaulted(known, model))
    first = int(len(frame) * model.training.test_from)
    dataset = CreditDataset(frame.iloc[:first], frame.iloc[first:], known["disbursed_at"].iloc[first])
    for name, part, least in (
        ("train", dataset.train, model.training.minimum_defaults),
        ("test", dataset.test, model.training.minimum_defaults // 4),
    ):
        defaults = int(part["default"].sum())
        if defaults < max(least, 1) or defaults == len(part):
            raise InvalidInputError(
                f"the {name} part holds {defaults} defaults among {len(part)} loans, at least {least} are needed",
                field=f"{model.app}.{model.table}.status",
                hint="Load more history.",
            )
    return dataset
