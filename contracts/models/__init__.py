"""Model declarations: inputs, labels, splits, thresholds' costs, promotion gates and reason texts."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import yaml
from pydantic import Field, model_validator

from contracts.features import feature_names
from contracts.models.credit import CardName, CreditModel, PointScale, micro_loan_model
from contracts.models.shapes import Declared as _Declared
from contracts.models.shapes import Duration, Share, validated
from contracts.rules import Language

DIRECTORY = Path(__file__).parent

__all__ = ["MODELS", "CreditModel", "FraudModel", "ModelName", "PointScale", "fraud_model", "micro_loan_model"]

ModelName = Literal["fraud", CardName]
MODELS: tuple[ModelName, ...] = get_args(ModelName)


class TimeSplit(_Declared):
    """Shares of the judged frauds, in time order, that lie before validation and before the test."""

    validation_from: Share
    test_from: Share


class FraudTraining(_Declared):
    """How the trees are grown. Each tree draws the share of the inputs that it may ask about anew."""

    seed: int
    trees: int = Field(ge=1, le=100)
    leaves: int = Field(ge=2, le=31)
    learning_rate: float
    minimum_leaf: int
    l2: float = Field(ge=0)
    input_share: Share
    minimum_frauds: int


class AlertCosts(_Declared):
    """What errors cost, and how many alerts analysts can take."""

    alert_budget: Share
    review_cost_usd_minor: int
    decline_cost_usd_minor: int
    decline_precision: Share


class FraudGate(_Declared):
    """What a challenger must hold to become champion."""

    minimum_auc: Share
    maximum_parity_gap: float
    average_precision_tolerance: Share


class ReasonGroup(_Declared):
    """Inputs that say one thing: `inputs` are patterns of feature names (`*` for anything)."""

    code: str = Field(pattern=r"^[a-z_]+$")
    inputs: tuple[str, ...]
    analyst: str
    customer: dict[Language, str]

    def holds(self, feature: str) -> bool:
        """Whether a feature fits one of the patterns."""
        return any(fnmatchcase(feature, pattern) for pattern in self.inputs)


class ScoreReasons(_Declared):
    """What a score is made of, in words."""

    most: int = Field(ge=1)
    groups: tuple[ReasonGroup, ...]

    def group_of(self, feature: str) -> ReasonGroup | None:
        """The first group that a feature fits; None for what only an earlier model read."""
        return next((group for group in self.groups if group.holds(feature)), None)


class FraudModel(_Declared):
    """The fraud model's declaration."""

    model: Literal["fraud"]
    version: int
    inputs: tuple[str, ...]
    judged_kinds: tuple[str, ...]
    label_maturity: Duration
    split: TimeSplit
    training: FraudTraining
    decision: AlertCosts
    gate: FraudGate
    reason: dict[Language, str]
    reasons: ScoreReasons

    @model_validator(mode="after")
    def _inputs_have_reasons(self) -> FraudModel:
        without = [name for name in self.inputs if self.reasons.group_of(name) is None]
        if without:
            raise ValueError(f"no reason has {', '.join(without)}")
        return self

    @model_validator(mode="after")
    def _inputs_are_features(self) -> FraudModel:
        unknown = set(self.inputs) - set(feature_names())
        if unknown:
            raise ValueError(f"no feature is declared as {', '.join(sorted(unknown))}")
        return self


@cache
def fraud_model() -> FraudModel:
    """The fraud model; raises ConfigurationError when its file breaks its shape."""
    return validated(FraudModel, yaml.safe_load((DIRECTORY / "fraud.yml").read_text(encoding="utf-8")))
