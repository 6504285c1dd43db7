"""A stored decision as the API tells it: with its reasons for the analyst and, in their language, for the customer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from pydantic import BaseModel, Field

from contracts.decisions import Outcome
from contracts.events import Json
from contracts.models import fraud_model
from contracts.rules import Language
from contracts.rules.active import ActiveRules
from ml.champions import Champion
from serving.decisions.contributions import Explanation, strongest_reasons, take_apart
from serving.decisions.fallback import reasons_of_facts

Part = Literal["features", "contributions"]

_OURS = frozenset({"reasons", "features", "explanation"})


class Reason(BaseModel):
    """One reason. A rule that informs compliance only is never told to the customer."""

    code: str = Field(
        description="A rule's id; `fraud_score` and what it was made of, `fraud_score.<reason>`; or what the fallback lacked",
        examples=["CA-VELOC-001", "fraud_score", "fraud_score.amount"],
    )
    source: Literal["rule", "score", "fallback"]
    analyst: str = Field(
        description="In English, with values and units; never for the customer",
        examples=["More than five movements within an hour."],
    )
    customer: str | None = Field(
        description="In the customer's language; null where they must not or need not be told",
        examples=["Más de cinco movimientos en una hora."],
    )


class Decision(BaseModel):
    """The one decision on a movement."""

    decision_id: str = Field(description="transaction_id:leg:attempt", examples=["tx-20261122-000042:debit:1"])
    transaction_id: str
    leg: Literal["debit", "credit"]
    attempt: int
    account_id: str
    outcome: Outcome
    score: float | None = Field(description="Calibrated fraud probability; null while no champion exists")
    reasons: list[Reason] = Field(
        description="Rules in pack order, then the score with up to three reasons for it, strongest first, then the fallback's"
    )
    explanation: Explanation | None = Field(
        default=None,
        description="With `include=contributions`: the score taken apart; null without a score, and where the version that "
        "decided is kept no more",
    )
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
    document: Json, language: Language, champion: Champion | None, rules: ActiveRules, include: Collection[Part] = ()
) -> Decision:
    """The answer for a stored document; `champion` is the model that decided, None where it is not known any more."""
    apart = None
    if "contributions" in include and champion is not None and document["score"] is not None:
        apart = take_apart(document["features"], champion)
    return Decision.model_validate(
        {
            **{name: document.get(name) for name in Decision.model_fields if name not in _OURS},
            "decision_id": decision_id(document["transaction_id"], document["leg"], document["attempt"]),
            "reasons": reasons(document, language, champion, rules),
            "explanation": apart,
            "features": document["features"] if "features" in include else None,
        }
    )


def reasons(document: Json, language: Language, champion: Champion | None, rules: ActiveRules) -> list[Reason]:
    """Rules first, in pack order, then the score, then what the fallback lacked."""
    told = [_rule(rule_id, language, document["outcome"], rules) for rule_id in document["rules"]]
    if _score_counts(document, champion, rules):
        told += _score(document, language, champion)
    if document["mode"] == "fallback":
        codes = reasons_of_facts(document.get("feature_age_seconds"), document["amount_usd_minor"], rules.policy)
        told += [_reason(code, "fallback", rules.fallback[code], language) for code in codes]
    return told


def _score(document: Json, language: Language, champion: Champion | None) -> list[Reason]:
    """That the score led to the outcome, and what it was made of where the model that gave it is known."""
    general = _reason("fraud_score", "score", fraud_model().reason, language)
    apart = None if champion is None else take_apart(document["features"], champion)
    if apart is None:
        return [general]
    single = [
        Reason(
            code=f"fraud_score.{group.code}", source="score", analyst=analyst, customer=dict(group.customer)[language]
        )
        for group, analyst in strongest_reasons(apart)
    ]
    return [general, *single]


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
    """Whether the score passed a threshold of the model that gave it, which may not be known any more."""
    score = document["score"]
    if score is None or champion is None:
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
