"""What stands against a provider's offers: findings in its health by the declared bounds, or that nothing is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from contracts.credit.providers import UNKNOWN_HEALTH, Effect, Finding, HealthPolicy, ProviderPolicy, TermsPolicy

Breaker = Literal["closed", "half_open", "open"]

_MILLISECOND = timedelta(milliseconds=1)
_GRAVEST: tuple[Effect, ...] = ("left_out", "last", "by_benefit")


@dataclass(frozen=True)
class HealthFigures:
    """A provider over the declared window: requests, those answered in time, its breaker at the newest check (UTC)."""

    asked: int
    answered: int
    latency_p95_ms: int | None
    breaker: Breaker | None
    checked_at: datetime | None


@dataclass(frozen=True)
class ProviderHealth:
    """Figures with what was found in them and in the age of the provider's terms; no finding is good health."""

    figures: HealthFigures
    findings: tuple[Finding, ...]

    @property
    def is_known(self) -> bool:
        """Whether the figures are there, and young enough to say anything."""
        return UNKNOWN_HEALTH.isdisjoint(self.findings)

    @property
    def has_fresh_terms(self) -> bool:
        """Whether what the provider offers is young enough to be told."""
        return "terms_stale" not in self.findings

    def effect(self, policy: ProviderPolicy) -> Effect:
        """The gravest one of the findings; `by_benefit` where there are none."""
        found = {policy.findings[finding].effect for finding in self.findings}
        return next((effect for effect in _GRAVEST if effect in found), "by_benefit")


def judged(figures: HealthFigures, policy: HealthPolicy, now: datetime) -> ProviderHealth:
    """Figures held against the declared bounds; those of an age above the declared one say nothing."""
    if figures.checked_at is None or figures.breaker is None:
        return ProviderHealth(figures, ("figures_missing",))
    if now - figures.checked_at > policy.stale_after:
        return ProviderHealth(figures, ("figures_stale",))
    holds: dict[Finding, bool] = {
        "breaker_open": figures.breaker == "open",
        "breaker_half_open": figures.breaker == "half_open",
        "answers_few": _answers_few(figures, policy),
        "answers_slow": _answers_slow(figures, policy),
    }
    return ProviderHealth(figures, tuple(finding for finding, found in holds.items() if found))


def with_terms(
    health: ProviderHealth, quoted_at: datetime | None, policy: TermsPolicy, now: datetime
) -> ProviderHealth:
    """The same health, the terms' age found first where it is above the declared one or not known."""
    if quoted_at is not None and now - quoted_at <= policy.stale_after:
        return health
    return replace(health, findings=("terms_stale", *health.findings))


def _answers_few(figures: HealthFigures, policy: HealthPolicy) -> bool:
    return figures.asked >= policy.least_asked and figures.answered < policy.answered_ratio * figures.asked


def _answers_slow(figures: HealthFigures, policy: HealthPolicy) -> bool:
    return (
        figures.asked >= policy.least_asked
        and figures.latency_p95_ms is not None
        and figures.latency_p95_ms * _MILLISECOND > policy.latency_p95
    )
