"""What a risk team reviews of a run beside its figures: calibration, gains, stability, segments and reasons."""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm
import numpy as np
import pandas as pd  # type: ignore[import-untyped]

from contracts.models import FraudModel
from contracts.models.monitoring import model_monitoring
from ml.fraud.dataset import FraudDataset
from ml.fraud.reasons import first_reasons
from ml.fraud.training import predict
from ml.governance.calibration import Calibration, Gain, calibration, gains
from ml.governance.drift import binned, drift
from ml.governance.reasons import ReasonStability, reason_stability
from ml.governance.resampling import Clusters, Values, numbered
from ml.governance.segments import SegmentRow, score_bands, value_bands
from ml.governance.stability import Stability
from ml.governance.tables import population_files, probability_files


@dataclass(frozen=True)
class Review:
    """The tables of the judged kinds; `stability` is by input, the score among them as `score`."""

    calibration: Calibration
    gains: tuple[Gain, ...]
    stability: dict[str, Stability]
    segments: tuple[SegmentRow, ...]
    reasons: ReasonStability

    def metrics(self) -> dict[str, float]:
        """The tables' sums; an input that moved is counted, its index stands in the table."""
        score = self.stability["score"]
        return {
            **self.calibration.metrics(),
            "score_stability": score.index,
            "score_stability_critical": score.critical,
            "shifted_inputs": float(sum(found.shifted for name, found in self.stability.items() if name != "score")),
            **self.reasons.metrics(),
        }

    def files(self) -> dict[str, str]:
        """The run's artefacts by name."""
        return {
            **probability_files(self.calibration, self.gains),
            **population_files(self.stability, self.segments, self.reasons),
        }


def review(booster: lightgbm.Booster, dataset: FraudDataset, model: FraudModel) -> Review:
    """Held-out time beside the time before it: inputs beside training, score and reasons beside validation.

    Of movements that the trees have learnt from they are too sure, so that nothing can be compared with those.
    """
    train, validation, test = (part.judged_only() for part in (dataset.train, dataset.validation, dataset.test))
    before, scores = predict(booster, validation.inputs), predict(booster, test.inputs)
    significance = model_monitoring("fraud").drift_significance / (len(model.inputs) + 1)
    in_train, in_validation, in_test = (numbered(part.account) for part in (train, validation, test))
    stability = {"score": _moved(before, in_validation, scores, in_test, significance)}
    for place, name in enumerate(model.inputs):
        earlier, later = (part.inputs[:, place].astype(np.float64) for part in (train, test))
        stability[name] = _moved(earlier, in_train, later, in_test, significance)
    columns = list(model.inputs)
    seen_inputs, inputs = (pd.DataFrame(part.inputs, columns=columns) for part in (train, test))
    return Review(
        calibration=calibration(scores, test.fraud, test.account),
        gains=gains(scores, test.fraud),
        stability=stability,
        segments=score_bands(scores, test.fraud) + value_bands(seen_inputs, inputs, scores, test.fraud),
        reasons=reason_stability(
            [group.code for group in model.reasons.groups],
            first_reasons(booster, validation, before, model),
            first_reasons(booster, test, scores, model),
            significance,
        ),
    )


def _moved(earlier: Values, before: Clusters, later: Values, after: Clusters, significance: float) -> Stability:
    reference = binned(earlier, before)
    return drift(reference, binned(later, after, reference.edges), significance)
