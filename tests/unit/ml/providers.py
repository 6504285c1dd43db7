"""Builders of providers for the tests of panels and rankings: in good health until told otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contracts.credit.providers import load_providers
from ml.credit.panel import Provider
from ml.credit.provider_health import Breaker, HealthFigures, judged

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


def provider(name: str = "prairie", rate_pct: float = 12.0, known: HealthFigures | None = None) -> Provider:
    """A provider with the figures that are known of it."""
    return Provider(name, name.title(), rate_pct, 0.8, judged(known or figures(), POLICY.health, NOW))
