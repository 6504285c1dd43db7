"""What the API answers about a customer: offers, improvements and alerts, in their language."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from contracts.credit.monitoring import Movement, load_monitoring
from contracts.events import Json
from contracts.models.credit import CreditModelName
from contracts.rules import Language
from ml.credit.improvements import Gain, Improvement
from ml.credit.ranking import RankedOffer
from ml.credit.underwriting import Underwriting
from serving.credit.answers import WINDOWS, CreditOffer, OfferRefusal, offer_told, refusal_told
from serving.credit.provider_answers import OfferOrder, OfferProvider, order_told, provider_told
from serving.credit.recommendations import Recommendation

_CENTS, _SHARE_DIGITS = 2, 4


class Standing(BaseModel):
    """What an application gets."""

    outcome: Literal["approve", "review", "decline"]
    probability_of_default: float = Field(description=f"Within the outcome window of the product's model: {WINDOWS}")
    points: int = Field(examples=[612])
    offer: CreditOffer | None = Field(description="For the amount and the months of the application")
    offer_refusal: OfferRefusal | None
    limit: CreditOffer | None


class RecommendedOffer(CreditOffer):
    """An offer for the amount that was asked for, with what it costs."""

    total_cost: float = Field(description="All that is paid above the principal", examples=[358.88])
    instalment_to_income: float = Field(description="Share of a month's income", examples=[0.0372])
    burden: float = Field(
        description="What the order is made by, health apart; the lowest is the first", examples=[0.1808]
    )
    provider: OfferProvider | None = Field(
        description="Null for the lender's own. What a provider would offer is taken from its recent offers to people with "
        "such a bureau score: it has not been asked, and promises nothing"
    )


class Step(BaseModel):
    """Something to do, and what it brings."""

    code: str = Field(description="The same in every language", examples=["repay_half_of_debt"])
    text: str = Field(description="In the language asked for", examples=["Pay off half of the other debt first."])
    improves: list[Gain] = Field(examples=[["price", "limit"]])
    before: Standing
    after: Standing


class CreditMove(BaseModel):
    """Something that moved by the declared step or more."""

    code: Movement = Field(description="The same in every language", examples=["bureau_score_fell"])
    text: str = Field(
        description="In the language asked for",
        examples=["The credit bureau's score fell since the last application."],
    )


class CreditAlert(BaseModel):
    """A move of the customer's credit between two applications, both scored for the earlier amount by one model."""

    decision_id: str = Field(description="The later application's id", examples=["app-2026-0002"])
    previous_decision_id: str = Field(description="The earlier one's id", examples=["app-2026-0001"])
    movements: list[CreditMove]
    score_before: int = Field(description="Points", examples=[620])
    score_after: int = Field(description="Points", examples=[590])
    bureau_score_before: int | None = Field(description="Null where it was not known", examples=[655])
    bureau_score_after: int | None = Field(description="Null where it is not known", examples=[550])
    raised_at: datetime


class Recommendations(BaseModel):
    """By the customer's last application, as the present model and prices would decide on it."""

    customer_id: str = Field(examples=["user-000077"])
    decision_id: str = Field(description="The last application's id", examples=["app-2026-0001"])
    product: CreditModelName = Field(description="What it was for: all of this is of that product")
    model_version: str = Field(description="The model that all of this was scored by")
    now: Standing
    offers: list[RecommendedOffer] = Field(
        description="The lender's own over the declared terms and those of providers over the months applied for, the least "
        "burden first, but offers of providers in bad health last"
    )
    order: OfferOrder
    left_out: list[OfferProvider] = Field(
        description="Providers whose offer is not told, with the reason in their health"
    )
    improvements: list[Step] = Field(description="Best outcome first, then price, then limit; only what improves one")
    alerts: list[CreditAlert] = Field(description="The newest first, twenty at most")


def recommendations_told(
    stored: Json, version: str, found: Recommendation, alerts: list[Json], language: Language
) -> Recommendations:
    """The answer in a language."""
    return Recommendations(
        customer_id=stored["customer_id"],
        decision_id=stored["application_id"],
        product=stored["product"],
        model_version=version,
        now=_standing(found.now, language),
        offers=[_offer(one, language) for one in found.offers],
        order=order_told(found.basis, language),
        left_out=[provider_told(one, language) for one in found.left_out],
        improvements=[_step(found.now, one, language) for one in found.improvements],
        alerts=[_alert(row, language) for row in alerts],
    )


def _standing(underwriting: Underwriting, language: Language) -> Standing:
    return Standing.model_validate(
        {
            "outcome": underwriting.assessment.outcome,
            "probability_of_default": underwriting.assessment.probability,
            "points": round(underwriting.assessment.score),
            "offer": offer_told(underwriting.offer),
            "offer_refusal": refusal_told(underwriting.refusal, language),
            "limit": offer_told(underwriting.limit),
        }
    )


def _offer(one: RankedOffer, language: Language) -> RecommendedOffer:
    return RecommendedOffer.model_validate(
        {
            **(offer_told(one.offer) or {}),
            "total_cost": round(one.cost, _CENTS),
            "instalment_to_income": round(one.instalment_to_income, _SHARE_DIGITS),
            "burden": round(one.burden, _SHARE_DIGITS),
            "provider": None if one.provider is None else provider_told(one.provider, language),
        }
    )


def _step(before: Underwriting, one: Improvement, language: Language) -> Step:
    return Step(
        code=one.action.code,
        text=one.action.text[language],
        improves=list(one.gains),
        before=_standing(before, language),
        after=_standing(one.after, language),
    )


def _alert(row: Json, language: Language) -> CreditAlert:
    texts = load_monitoring().texts
    moves = [{"code": code, "text": texts[code][language]} for code in row["movements"]]
    own = {"decision_id": row["application_id"], "previous_decision_id": row["previous_application_id"]}
    return CreditAlert.model_validate({**row, **own, "movements": moves})
