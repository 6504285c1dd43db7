"""How served models are watched: windows, what a window must hold to be judged, and how often chance may raise an alarm."""

from __future__ import annotations

from functools import cache
from typing import Self

import yaml
from pydantic import Field, model_validator

from contracts.models import DIRECTORY, MODELS, ModelName
from contracts.models.shapes import Declared, Duration, Share, validated

# What a risk team bears: one false alarm in thirty windows.
LARGEST_SIGNIFICANCE = 1 / 30


class ModelMonitoring(Declared):
    """One model's. A stability index alarms when chance does not explain it and it is at least `minimum_index`."""

    window: Duration
    minimum_rows: int = Field(ge=1)
    minimum_clusters: int = Field(ge=2)
    minimum_events: int = Field(ge=2)
    drift_significance: Share
    minimum_index: float = Field(ge=0)
    performance_significance: Share

    @model_validator(mode="after")
    def _false_alarms_stay_rare(self) -> Self:
        if self.drift_significance + self.performance_significance > LARGEST_SIGNIFICANCE:
            raise ValueError(
                "drift_significance and performance_significance make more than one false alarm in 30 windows"
            )
        if not self.window:
            raise ValueError("window must not be empty")
        return self


class Monitoring(Declared):
    """Every model's."""

    models: dict[ModelName, ModelMonitoring]

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        missing = set(MODELS) - self.models.keys()
        if missing:
            raise ValueError(f"no monitoring is declared for {', '.join(sorted(missing))}")
        return self


@cache
def model_monitoring(model: ModelName) -> ModelMonitoring:
    """What is declared for a model; raises ConfigurationError when the file breaks its shape or lacks a model."""
    declared = yaml.safe_load((DIRECTORY / "monitoring.yml").read_text(encoding="utf-8"))
    return validated(Monitoring, {"models": declared}).models[model]
