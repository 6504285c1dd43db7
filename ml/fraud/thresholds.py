"""From probability to action: the thresholds that cost least on validation, within what analysts can review."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contracts.models import AlertCosts
from ml.fraud.dataset import Part

NEVER = 1.0  # a logistic probability stays below it
_FEWEST_DECLINES = 5  # a precision over fewer says nothing


@dataclass(frozen=True)
class Thresholds:
    """Probabilities from which a movement is reviewed, and from which it is declined."""

    review: float
    decline: float


def choose_thresholds(scores: npt.NDArray[np.float64], part: Part, costs: AlertCosts) -> Thresholds:
    """Costs in US cents: a missed fraud costs its amount, a review and a wrongly declined payment what is declared."""
    order = np.argsort(-scores, kind="stable")
    ranked, fraud = scores[order], part.fraud[order]
    amount = part.amount_usd_minor[order]
    ends = np.flatnonzero(np.append(np.diff(ranked) != 0, True))  # the last row of each run of ties
    taken = ends + 1
    caught = np.cumsum(fraud)[ends]
    saved = np.cumsum(np.where(fraud, amount, 0.0))[ends]
    cost = taken * costs.review_cost_usd_minor - saved
    allowed = taken <= max(int(len(scores) * costs.alert_budget), 1)
    review = _best(ranked, ends, np.where(allowed, cost, np.inf))
    wrong = taken - caught
    gain = taken * costs.review_cost_usd_minor - wrong * costs.decline_cost_usd_minor
    precise = (caught >= costs.decline_precision * taken) & (taken >= _FEWEST_DECLINES) & allowed
    decline = _best(ranked, ends, np.where(precise, -gain, np.inf))
    return Thresholds(review=review, decline=max(review, decline))


def _best(ranked: npt.NDArray[np.float64], ends: npt.NDArray[np.intp], cost: npt.NDArray[np.float64]) -> float:
    """Half way between the last score taken and the first left: neighbours in float32 stay on their sides."""
    if not (cost < 0).any():
        return NEVER
    last = int(ends[int(np.argmin(cost))])
    following = float(ranked[last + 1]) if last + 1 < len(ranked) else 0.0
    return (float(ranked[last]) + following) / 2
