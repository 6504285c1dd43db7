"""How a model's scores did over an interval, by the metrics and thresholds that training knows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cli.backtest.movements import Decision, Movement
from contracts.models import fraud_model
from ml.champions import Champion
from ml.fraud.dataset import Part
from ml.fraud.metrics import evaluate, headline
from ml.fraud.thresholds import Thresholds


def judge(scored: Sequence[tuple[Movement, Decision]], model: Champion) -> dict[str, float | str]:
    """The metrics of scores on judged movements that are fraud or legitimate by today's labels; empty without both of them."""
    kinds = fraud_model().judged_kinds
    rows = [
        (movement, decision.score)
        for movement, decision in scored
        if movement.kind in kinds and movement.truth in {"fraud", "legitimate"} and decision.score is not None
    ]
    fraud = np.array([movement.truth == "fraud" for movement, _ in rows], dtype=np.bool_)
    if not fraud.any() or fraud.all():
        return {}
    part = Part(
        inputs=np.empty((len(rows), 0), dtype=np.float32),
        fraud=fraud,
        judged=np.ones(len(rows), dtype=np.bool_),
        amount_usd_minor=np.array([movement.amount for movement, _ in rows], dtype=np.float64),
        account=np.unique([movement.account for movement, _ in rows], return_inverse=True)[1],
    )
    thresholds = Thresholds(model.number("review_threshold"), model.number("decline_threshold"))
    scores = np.array([score for _, score in rows], dtype=np.float64)
    judged = headline(scores, part, fraud_model().decision.alert_budget)
    metrics = evaluate(scores, part, thresholds, judged)
    return {
        "version": model.version,
        "review_threshold": thresholds.review,
        "decline_threshold": thresholds.decline,
        **metrics,
    }
