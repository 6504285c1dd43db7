"""A stored decision as the API tells it: with its reasons for the analyst and, in their language, for the customer."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from contracts.decisions import Outcome
from contracts.events import Json
from contracts.models import fraud_model
from contracts.rules import Language
from contracts.rules.active import ActiveRules
from ml.champions import Champion
from serving.decisions.fallback import reasons_of_facts


class Reason(BaseModel):
    """One reason. A rule that informs compliance only is never told to the customer."""

    code: str = Field(examples=["CA-VELOC-001"])
    source: Literal["rule", "score", "fallback"]
    analyst: str = Field(examples=["More than five movements within an hour."])
    customer: str | None = Field(examples=["Más de cinco movimientos en una hora."])


class Decision(BaseModel):
    """The one decision on a movement."""

    decision_id: str = Field(description="transaction_id:leg:attempt", examples=["tx-20261122-000042:debit:1"])
    transaction_id: str
    leg: Literal["debit", "credit"]
    attempt: int
    account_id: str
    outcome: Outcome
    score: float | None = Field(description="Calibrated fraud probability; null while no champion exists")
    reasons: list[Reason]
    mode: Literal["job", "fallback"] = Field(description="fallback: made on the last stored activity, without the job")
    origin: Literal["live", "request"]
    model_version: str | None
    pack_version: str
    policy_version: str
    features_version: int
    decided_at: str
    feature_age_seconds: float | None = Field(default=None, description="Fallback only: age of the stored activity")
    features: dict[str, float | None] | None = Field(default=None, description="With `include=features`")


def decision_id(transaction_id: str, leg: str, attempt: int) -> str:
    """A decision's public name."""
    return f"{transaction_id}:{leg}:{attempt}"


def explain(
    document: Json, language: Language, champion: Champion | None, rules: ActiveRules, *, features: bool
) -> Decision:
    """The answer for a stored document."""
    return Decision.model_validate(
        {
            **{name: document.get(name) for name in Decision.model_fields if name not in {"reasons", "features"}},
            "decision_id": decision_id(document["transaction_id"], document["leg"], document["attempt"]),
            "reasons": reasons(document, language, champion, rules),
            "features": document["features"] if features else None,
        }
    )


def reasons(document: Json, language: Language, champion: Champion | None, rules: ActiveRules) -> list[Reason]:
    """Rules first, in pack order, then the score, then what the fallback lacked."""
    told = [_rule(rule_id, language, document["outcome"], rules) for rule_id in document["rules"]]
    if _score_counts(document, champion, rules):
        told.append(_reason("fraud_score", "score", fraud_model().reason, language))
    if document["mode"] == "fallback":
        codes = reasons_of_facts(document.get("feature_age_seconds"), document["amount_usd_minor"], rules.policy)
        told += [_reason(code, "fallback", rules.fallback[code], language) for code in codes]
    return told


def _rule(rule_id: str, language: Language, outcome: str, rules: ActiveRules) -> Reason:
    rule = rules.find(rule_id)
    if rule is None:
        return Reason(code=rule_id, source="rule", analyst="A rule of an earlier pack.", customer=None)
    silent = rule.action == "alert" or outcome == "allow"
    return Reason(
        code=rule_id, source="rule", analyst=rule.reason["en"], customer=None if silent else rule.reason[language]
    )


def _reason(
    code: str, source: Literal["score", "fallback"], texts: dict[Language, str] | dict[str, str], language: Language
) -> Reason:
    by_language = dict(texts)
    return Reason(code=code, source=source, analyst=by_language["en"], customer=by_language[language])


def _score_counts(document: Json, champion: Champion | None, rules: ActiveRules) -> bool:
    """Whether the score passed a threshold; after a change of champion the old one's thresholds are no longer known."""
    score = document["score"]
    if score is None or champion is None or champion.version != document["model_version"]:
        return (
            score is not None and document["outcome"] != "allow" and not document["rules"] and document["mode"] == "job"
        )
    return bool(score >= champion.number(rules.policy.score.review_at))


def preferred_language(accept_language: str) -> Language:
    """The first of en, es and fr that an Accept-Language header wants most (RFC 9110, 12.5.4); en for none of them."""
    wanted: list[tuple[float, int, Language]] = []
    known: tuple[Language, ...] = ("en", "es", "fr")
    for place, part in enumerate(accept_language.split(",")):
        tag, _, parameter = part.strip().partition(";")
        quality = _quality(parameter)
        primary = tag.strip().lower().partition("-")[0]
        wanted += [(-quality, place, language) for language in known if language == primary and quality > 0]
    return min(wanted)[2] if wanted else "en"


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
