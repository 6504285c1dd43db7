"""What the API answers about an application: the decision, its offer and its limit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from contracts.credit.offers import Refusal, load_offers
from contracts.events import Json
from contracts.models.credit import CREDIT_MODELS, CreditModelName, credit_model
from contracts.rules import Language
from ml.credit.price import Offer

_CENTS, _RATE_DIGITS = 2, 4
WINDOWS = ", ".join(f"{credit_model(product).outcome_window.days} days for {product}" for product in CREDIT_MODELS)


class CreditReason(BaseModel):
    """A feature that lost points against its best bin."""

    feature: str = Field(examples=["applied_employment_months"])
    code: str = Field(description="The same in every language", examples=["employment_recent"])
    points_lost: int = Field(examples=[23])
    text: str = Field(description="In the language asked for", examples=["The present employment is recent."])


class CreditOffer(BaseModel):
    """A loan at its price. Amounts are in the currency of the application, rates in percent a year."""

    principal: float = Field(examples=[2500.0])
    months: int = Field(description="Number of equal monthly instalments", examples=[24])
    nominal_rate_pct: float = Field(description="Paid monthly, a twelfth each", examples=[13.2114])
    instalment: float = Field(examples=[119.12])
    disclosed_rate_name: str = Field(description="What the law calls the rate to be disclosed", examples=["APR"])
    disclosed_rate_pct: float = Field(description="By the legal measure of that rate", examples=[13.8702])
    cap_pct: float = Field(description="The highest rate allowed there", examples=[35.0])


class OfferRefusal(BaseModel):
    """Why there is no offer for what was asked."""

    code: Refusal = Field(description="The same in every language", examples=["instalment_above_income"])
    text: str = Field(
        description="In the language asked for",
        examples=["The instalment would take too much of the monthly income, beside other debt."],
    )


class CreditDecision(BaseModel):
    """The one decision on an application."""

    decision_id: str = Field(description="The application's id", examples=["app-2026-0001"])
    customer_id: str
    product: CreditModelName
    outcome: Literal["approve", "review", "decline"]
    probability_of_default: float = Field(description=f"Within the outcome window of the product's model: {WINDOWS}")
    points: int = Field(description="600 stand for odds of repaying of 50 to 1; 20 more double them")
    reasons: list[CreditReason] = Field(description="Most points lost first; empty for an approval")
    offer: CreditOffer | None = Field(
        description="For what was asked; of a review it holds if a person approves. Null for a declined application, "
        "with a refusal, and for decisions from before offers were made"
    )
    offer_refusal: OfferRefusal | None = Field(description="Why an application that is not declined has no offer")
    limit: CreditOffer | None = Field(
        description="The largest loan over the same months that would be approved, has a price within the cap and fits the "
        "income, of a business the money that comes in; null where there is none"
    )
    model_version: str
    decided_at: datetime


def offer_told(offer: Offer | None) -> Json | None:
    """An offer as it is stored and told: amounts to the cent, percents to four digits."""
    if offer is None:
        return None
    told = CreditOffer(
        principal=offer.loan.principal,
        months=offer.loan.months,
        nominal_rate_pct=round(100 * offer.loan.yearly_rate, _RATE_DIGITS),
        instalment=round(offer.loan.instalment, _CENTS),
        disclosed_rate_name=offer.disclosed_name,
        disclosed_rate_pct=round(offer.disclosed_pct, _RATE_DIGITS),
        cap_pct=offer.cap_pct,
    )
    return told.model_dump()


def refusal_told(code: Refusal | None, language: Language) -> OfferRefusal | None:
    """A refusal in the words of a language; None for none."""
    return None if code is None else OfferRefusal(code=code, text=load_offers().refusals[code][language])


def decision_told(stored: Json, language: Language) -> CreditDecision:
    """The answer for a stored decision, reasons and refusal in a language."""
    declared = {feature.name: feature for feature in credit_model(stored["product"]).features}
    reasons = [
        CreditReason(**reason, code=feature.code, text=feature.reason[language])
        for reason in stored["reasons"]
        if (feature := declared.get(reason["feature"])) is not None
    ]
    names = CreditDecision.model_fields.keys() - {"decision_id", "reasons", "offer_refusal", "limit"}
    return CreditDecision(
        decision_id=stored["application_id"],
        reasons=reasons,
        offer_refusal=refusal_told(stored["offer_refusal"], language),
        limit=stored["credit_limit"],
        **{name: stored[name] for name in names},
    )
