"""Providers in recommendations: whose figures count, for how long, and what each finding does to an offer."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

import yaml
from pydantic import Field, model_validator

from contracts.credit import load_breaker_policy
from contracts.credit.texts import Texts
from contracts.models.shapes import Declared, Duration, Share, validated

FILE = Path(__file__).parent / "providers.yml"

Finding = Literal[
    "breaker_open",
    "breaker_half_open",
    "answers_few",
    "answers_slow",
    "figures_missing",
    "figures_stale",
    "terms_stale",
]
Effect = Literal["left_out", "last", "by_benefit"]
Basis = Literal[
    "benefit_and_health",
    "benefit_own_offers",
    "benefit_terms_missing",
    "benefit_terms_stale",
    "benefit_health_missing",
    "benefit_health_stale",
]

# Nothing is known of a provider's health.
UNKNOWN_HEALTH: frozenset[Finding] = frozenset({"figures_missing", "figures_stale"})

Span = Annotated[Duration, Field(gt=timedelta(0))]


class HealthPolicy(Declared):
    """When a provider counts as healthy; a figure that equals its bound does."""

    window: Span
    least_asked: int = Field(ge=1)
    answered_ratio: Share
    latency_p95: Span
    stale_after: Span

    @model_validator(mode="after")
    def _latency_can_be_missed(self) -> Self:
        if self.latency_p95 >= (limit := load_breaker_policy().time_limit):
            raise ValueError(f"no answer takes longer than {limit}")
        return self


class TermsPolicy(Declared):
    """Whose quotes stand for what a provider would offer."""

    window: Span
    stale_after: Span
    least_offers: int = Field(ge=1)
    score_bands: tuple[int, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _bands_rise_from_the_lowest_score(self) -> Self:
        if self.score_bands[0] != 0 or list(self.score_bands) != sorted(set(self.score_bands)):
            raise ValueError("score bands must rise from 0")
        return self


class FindingRule(Declared):
    """What a finding does to the provider's offer, and its words."""

    effect: Effect
    text: Texts


class ProviderPolicy(Declared):
    """All of it."""

    source: str = Field(min_length=1)
    health: HealthPolicy
    terms: TermsPolicy
    findings: dict[Finding, FindingRule]
    bases: dict[Basis, Texts]

    @model_validator(mode="after")
    def _every_finding_and_basis_has_words(self) -> Self:
        wanted = {*get_args(Finding), *get_args(Basis)}
        if missing := wanted - self.findings.keys() - self.bases.keys():
            raise ValueError(f"nothing is said of {', '.join(sorted(missing))}")
        return self

    @model_validator(mode="after")
    def _what_is_not_known_harms_nobody(self) -> Self:
        for finding, rule in self.findings.items():
            if (rule.effect == "by_benefit") != (finding in UNKNOWN_HEALTH):
                raise ValueError(f"{finding} cannot have the effect {rule.effect}")
        return self

    @model_validator(mode="after")
    def _a_stale_price_is_not_told(self) -> Self:
        if (effect := self.findings["terms_stale"].effect) != "left_out":
            raise ValueError(f"terms_stale cannot have the effect {effect}")
        return self


@cache
def load_providers() -> ProviderPolicy:
    """The declared policy; raises ConfigurationError when the file breaks its shape or says nothing of a finding."""
    return validated(ProviderPolicy, yaml.safe_load(FILE.read_text(encoding="utf-8")))
