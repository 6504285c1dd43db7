"""What the API answers about providers: whose offer it is, how well they answer, and what an order stands on."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from contracts.credit.providers import Basis, Finding, load_providers
from contracts.rules import Language
from ml.credit.panel import Provider
from ml.credit.provider_health import Breaker

_SHARE_DIGITS = 4


class HealthFinding(BaseModel):
    """Something that stands against a provider, or that is not known of it."""

    code: Finding = Field(description="The same in every language", examples=["answers_slow"])
    text: str = Field(description="In the language asked for", examples=["The provider's answers take too long."])


class ProviderHealthTold(BaseModel):
    """How well a provider answers, over the declared window; no finding is good health and fresh terms."""

    findings: list[HealthFinding]
    answered_ratio: float | None = Field(description="Null where it was not asked", examples=[0.9874])
    latency_p95_ms: int | None = Field(description="Nineteen of twenty answers take no longer", examples=[1350])
    breaker: Breaker | None = Field(description="At its newest check; an open one gets no requests")
    checked_at: datetime | None = Field(description="Its newest check")


class OfferProvider(BaseModel):
    """A lender of the panel."""

    provider_id: str = Field(examples=["provider-prairie"])
    name: str = Field(examples=["Prairie Credit"])
    offered_ratio: float = Field(
        description="Share of its answers to people with such a bureau score that offered all they asked for",
        examples=[0.8125],
    )
    quoted_at: datetime | None = Field(description="The newest of these answers; null where that is not known")
    health: ProviderHealthTold


class OfferOrder(BaseModel):
    """What the order of the offers stands on."""

    code: Basis = Field(description="The same in every language", examples=["benefit_and_health"])
    text: str = Field(
        description="In the language asked for",
        examples=["Offers stand by what they cost and by the health of their providers."],
    )


def provider_told(provider: Provider, language: Language) -> OfferProvider:
    """A provider with its findings in a language."""
    health, declared = provider.health, load_providers().findings
    figures = health.figures
    return OfferProvider(
        provider_id=provider.provider_id,
        name=provider.name,
        offered_ratio=round(provider.offered_ratio, _SHARE_DIGITS),
        quoted_at=provider.quoted_at,
        health=ProviderHealthTold(
            findings=[HealthFinding(code=code, text=declared[code].text[language]) for code in health.findings],
            answered_ratio=round(figures.answered / figures.asked, _SHARE_DIGITS) if figures.asked else None,
            latency_p95_ms=figures.latency_p95_ms,
            breaker=figures.breaker,
            checked_at=figures.checked_at,
        ),
    )


def order_told(code: Basis, language: Language) -> OfferOrder:
    """What an order stands on in the words of a language."""
    return OfferOrder(code=code, text=load_providers().bases[code][language])
