"""Deciding without the job: the last stored activity, the same champion, and a policy for what they cannot tell.

No window is computed here. The features of the movement itself come from the movement, which is all they need; the
rules are the job's alone, so `rules` is empty and `pack_version` says none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from contracts.decisions import DecisionPolicy, Outcome, strongest
from contracts.errors import ConfigurationError
from contracts.events import Json, event_schema
from contracts.features import Feature, Range, feature_names, feature_view, features_version
from contracts.formats import instant
from feature_repo.vectors import ACCOUNT, ActivityVector
from ml.champions import Champion

NO_PACK = "none"
# What a decision repeats of its movement.
_COPIED = [
    name
    for name in event_schema("transaction.scored.v1").schema["properties"]
    if name in event_schema("transaction.attempted.v1").schema["properties"]
]

Vectors = Mapping[str, ActivityVector]  # by view; none where nothing is stored


def decide_alone(
    movement: Json, vectors: Vectors, champion: Champion | None, policy: DecisionPolicy, now: datetime
) -> Json:
    """The decision (transaction.scored.v1 data, mode fallback) on a movement at a moment."""
    features = dict.fromkeys(feature_names()) | stored_features(movement, vectors) | transaction_features(movement)
    score = champion.probability(features) if champion else None
    outcomes = [policy_outcome(policy, reason) for reason in fallback_reasons(movement, vectors, policy)]
    if champion is not None and score is not None:
        outcomes.append(score_outcome(score, champion, policy))
    return {
        **{name: movement[name] for name in _COPIED if name in movement},
        "origin": "request",
        "mode": "fallback",
        "decided_at": instant(now),
        "sequence": 0,
        "outcome": strongest(outcomes),
        "score": score,
        "model_version": champion.version if champion else None,
        "pack_version": NO_PACK,
        "policy_version": policy.version,
        "features_version": features_version(),
        "rules": [],
        "features": features,
        "feature_age_seconds": _age_seconds(movement, vectors),
    }


def stored_features(movement: Json, vectors: Vectors) -> dict[str, float | None]:
    """What was last stored of the movement's keys.

    The policy judges the age of an account's vector as a whole. Another key may have stood still for long, and then
    only what is over a longer time than that says something of the present.
    """
    moment = datetime.fromisoformat(movement["occurred_at"])
    found = dict(account.features) if (account := vectors.get(ACCOUNT)) else {}
    for view, vector in vectors.items():
        if view != ACCOUNT:
            age = vector.age(moment)
            found |= {
                one.name: _by_now(one, vector.features.get(one.name), age)
                for one in feature_view(view).features
                if _lasts(one, age)
            }
    return found


def _lasts(feature: Feature, age: timedelta) -> bool:
    return feature.window is None or age <= feature.window + (feature.delay or timedelta(0))


def _by_now(feature: Feature, value: float | None, age: timedelta) -> float | None:
    """How long a streak has lasted goes on while its key stands still; 0 is none."""
    goes_on = feature.aggregate == "fraud_streak_seconds"
    return value + age.total_seconds() if goes_on and value else value


def fallback_reasons(movement: Json, vectors: Vectors, policy: DecisionPolicy) -> list[str]:
    """Codes of what kept the fallback from simply allowing."""
    return reasons_of_facts(_age_seconds(movement, vectors), movement["amount_usd_minor"], policy)


def _age_seconds(movement: Json, vectors: Vectors) -> float | None:
    """The age of the account's vector at the movement; None without one."""
    account = vectors.get(ACCOUNT)
    moment = datetime.fromisoformat(movement["occurred_at"])
    return account.age(moment).total_seconds() if account else None


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
        within = (wanted.min is None or value >= wanted.min) and (wanted.max is None or value <= wanted.max)
        return within and (wanted.multiple_of is None or value % wanted.multiple_of == 0)
    return value in wanted
