"""The first reason of each alert: the declared group of inputs that spoke most for fraud (as serving tells it)."""

from __future__ import annotations

import lightgbm
import numpy as np
import numpy.typing as npt

from contracts.models import FraudModel
from ml.fraud.dataset import Part
from ml.governance.reasons import FirstReasons


def first_reasons(
    booster: lightgbm.Booster, part: Part, scores: npt.NDArray[np.float64], model: FraudModel
) -> FirstReasons:
    """Of the movements that the alert budget holds, highest scores first. Contributions are exact (ml.fraud.attribution)."""
    count = max(round(len(scores) * model.decision.alert_budget), 1)
    alerts = np.argsort(-scores, kind="stable")[:count]
    added = np.asarray(booster.predict(part.inputs[alerts], pred_contrib=True, num_threads=1))[:, :-1]
    codes = [group.code for group in model.reasons.groups]
    found = (model.reasons.group_of(name) for name in model.inputs)
    member = np.array([[group is not None and group.code == code for code in codes] for group in found])
    strongest = (added @ member.astype(np.float64)).argmax(axis=1)
    return FirstReasons([codes[place] for place in strongest], part.account[alerts])
