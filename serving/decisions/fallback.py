"""Deciding without the job: the last stored activity, the same champion, and a policy for what they cannot tell.

No window is computed here. The features of the movement itself come from the movement, which is all they need; the
rules are the job's alone, so `rules` is empty and `pack_version` says none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.decisions import DecisionPolicy, Outcome, strongest
from contracts.errors import ConfigurationError
from contracts.events import Json
from contracts.features import Feature, Range, feature_names, feature_view, features_version
from feature_repo.online import ActivityVector
from ml.champions import Champion

NO_PACK = "none"
_COPIED = (
    "transaction_id",
    "leg",
    "attempt",
    "app",
    "tenant_id",
    "jurisdiction",
    "kind",
    "account_id",
    "customer_id",
    "amount_usd_minor",
    "occurred_at",
)


def decide_alone(
    movement: Json, vector: ActivityVector | None, champion: Champion | None, policy: DecisionPolicy, now: datetime
) -> Json:
    """The decision (transaction.scored.v1 data, mode fallback) on a movement at a moment."""
    moment = datetime.fromisoformat(movement["occurred_at"])
    stored = dict(vector.features) if vector else {}
    features = dict.fromkeys(feature_names()) | stored | transaction_features(movement)
    score = champion.probability(features) if champion else None
    outcomes = [policy_outcome(policy, reason) for reason in fallback_reasons(movement, vector, policy)]
    if champion is not None and score is not None:
        outcomes.append(score_outcome(score, champion, policy))
    return {
        **{name: movement[name] for name in _COPIED if name in movement},
        "origin": "request",
        "mode": "fallback",
        "decided_at": now.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "sequence": 0,
        "outcome": strongest(outcomes),
        "score": score,
        "model_version": champion.version if champion else None,
        "pack_version": NO_PACK,
        "policy_version": policy.version,
        "features_version": features_version(),
        "rules": [],
        "features": features,
        "feature_age_seconds": vector.age(moment).total_seconds() if vector else None,
    }


def fallback_reasons(movement: Json, vector: ActivityVector | None, policy: DecisionPolicy) -> list[str]:
    """Codes of what kept the fallback from simply allowing."""
    moment = datetime.fromisoformat(movement["occurred_at"])
    age = vector.age(moment).total_seconds() if vector else None
    return reasons_of_facts(age, movement["amount_usd_minor"], policy)


def reasons_of_facts(age_seconds: float | None, amount_usd_minor: int, policy: DecisionPolicy) -> list[str]:
    """The same from a stored decision's own facts, so that it explains itself when it is read again."""
    limits = policy.fallback
    reasons = []
    if age_seconds is None:
        reasons.append("without_vector")
    elif age_seconds > limits.maximum_vector_age.total_seconds():
        reasons.append("stale_vector")
    if amount_usd_minor > limits.maximum_allow_usd_minor:
        reasons.append("large_amount")
    return reasons


def policy_outcome(policy: DecisionPolicy, reason: str) -> Outcome:
    """What the policy makes of a reason; an amount above the limit is reviewed."""
    outcomes: dict[str, Outcome] = {
        "without_vector": policy.fallback.without_vector,
        "stale_vector": policy.fallback.stale_vector,
        "large_amount": "review",
    }
    return outcomes[reason]


def score_outcome(score: float, champion: Champion, policy: DecisionPolicy) -> Outcome:
    """The champion's own thresholds, which travel inside its file."""
    if score >= champion.number(policy.score.decline_at):
        return "decline"
    return "review" if score >= champion.number(policy.score.review_at) else "allow"


def transaction_features(movement: Json) -> dict[str, float | None]:
    """The features that a movement alone determines, as the kernel computes them; its instant is in UTC."""
    return {feature.name: _value(feature, movement) for feature in feature_view("transaction").features}


def _value(feature: Feature, movement: Json) -> float | None:
    if feature.aggregate == "matches":
        return float(all(_holds(movement.get(name), wanted) for name, wanted in feature.filter.items()))
    value: Any = movement.get(feature.of or "")
    if value is None:
        return None
    if feature.aggregate == "value":
        return float(value)
    moment = datetime.fromisoformat(value)
    if feature.aggregate == "hour_of_day":
        return float(moment.hour)
    if feature.aggregate == "day_of_week":
        return float(moment.weekday())
    raise ConfigurationError(f"{feature.name} is not a feature of the movement alone.")


def _holds(value: Any, wanted: tuple[str, ...] | Range) -> bool:  # noqa: ANN401 - a JSON value
    if isinstance(wanted, Range):
        if value is None:
            return False
        return (wanted.min is None or value >= wanted.min) and (wanted.max is None or value <= wanted.max)
    return value in wanted
