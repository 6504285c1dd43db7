"""Model declarations: inputs, labels, splits, thresholds' costs, promotion gates and reason texts."""

from __future__ import annotations

from datetime import timedelta
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contracts.durations import parse_duration
from contracts.errors import ConfigurationError
from contracts.features import feature_names
from contracts.rules import Language

DIRECTORY = Path(__file__).parent

ModelName = Literal["fraud", "micro_loan"]
Trend = Literal["ascending", "descending", "auto_asc_desc"]
Share = Annotated[float, Field(ge=0, le=1)]
Duration = Annotated[timedelta, BeforeValidator(lambda text: parse_duration(text) if isinstance(text, str) else text)]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Declaration = TypeVar("Declaration", bound=_Declared)


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


class CreditFeature(_Declared):
    """A column as it was at application, or `ratio` of two; `reason` is told to whom it cost points."""

    name: str
    trend: Trend
    ratio: tuple[str, str] | None = None
    reason: dict[Language, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it is computed from."""
        return self.ratio or (self.name,)


class PointScale(_Declared):
    """points = base_points + points_to_double_odds * log2(odds of repaying / base_odds)."""

    base_points: int
    base_odds: float
    points_to_double_odds: int


class CreditTraining(_Declared):
    """How the scorecard is fitted and held out."""

    seed: int
    test_from: Share
    minimum_defaults: int
    minimum_bin_share: Share


class CreditDecision(_Declared):
    """Probabilities of default between which a person decides."""

    approve_below: Share
    decline_from: Share
    reasons: int


class CreditGate(_Declared):
    """What a challenger must hold to become champion."""

    minimum_auc: Share
    maximum_parity_gap: float
    auc_tolerance: Share


class CreditModel(_Declared):
    """A scorecard's declaration."""

    model: Literal["micro_loan"]
    version: int
    app: str
    table: str
    outcome_window: Duration
    features: tuple[CreditFeature, ...]
    scale: PointScale
    training: CreditTraining
    decision: CreditDecision
    gate: CreditGate

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that an application must bring, in order of first use."""
        return tuple(dict.fromkeys(column for feature in self.features for column in feature.columns))


@cache
def fraud_model() -> FraudModel:
    """The fraud model; raises ConfigurationError when its file breaks its shape."""
    return _validated(FraudModel, yaml.safe_load((DIRECTORY / "fraud.yml").read_text(encoding="utf-8")))


@cache
def micro_loan_model() -> CreditModel:
    """The micro-loan scorecard; raises ConfigurationError when its file breaks its shape."""
    document = yaml.safe_load((DIRECTORY / "micro_loan.yml").read_text(encoding="utf-8"))
    features = [{"name": name, **spec} for name, spec in document["features"].items()]
    return _validated(CreditModel, {**document, "features": features})


def _validated(kind: type[Declaration], document: object) -> Declaration:
    try:
        return kind.model_validate(document)
    except ValueError as error:
        raise ConfigurationError(f"contracts/models: {error}") from error
