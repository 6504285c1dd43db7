"""Builders of providers for the tests of panels and rankings: in good health until told otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contracts.credit.providers import load_providers
from ml.credit.panel import Provider
from ml.credit.provider_health import Breaker, HealthFigures, judged, with_terms

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
POLICY = load_providers()


def figures(
    asked: int = 100,
    answered: int = 100,
    latency_p95_ms: int | None = 900,
    breaker: Breaker | None = "closed",
    checked_at: datetime | None = NOW - timedelta(minutes=1),
) -> HealthFigures:
    """A hundred requests, all answered within a second, and a check a minute ago."""
    return HealthFigures(asked, answered, latency_p95_ms, breaker, checked_at)


def provider(
    name: str = "prairie",
    rate_pct: float = 12.0,
    known: HealthFigures | None = None,
    quoted_at: datetime | None = NOW - timedelta(days=1),
) -> Provider:
    """A provider with the figures that are known of it, and an answer a day ago."""
    health = with_terms(judged(known or figures(), POLICY.health, NOW), quoted_at, POLICY.terms, NOW)
    return Provider(name, name.title(), rate_pct, 0.8, quoted_at, health)
